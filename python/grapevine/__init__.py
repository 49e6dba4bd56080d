"""Graph neural networks on PyTorch: graphs, message passing, sampling, loading and layers.

A program for DGL 2.1 runs with `import grapevine as dgl`; `python -m grapevine.dgl script.py`
runs one as it is.
"""

import torch as _torch  # The core is linked against it.

from . import _build

if _torch.__version__.split("+")[0].split(".")[:2] != _build.TORCH.split("."):
    raise ImportError(
        f"grapevine was built for torch {_build.TORCH} and does not fit torch "
        f"{_torch.__version__}: run `pip install --force-reinstall --no-deps` for it again here, "
        f"or install torch {_build.TORCH}"
    )

from . import data, dataloading, function, ops, random, sampling, utils
from .base import ALL, EID, ETYPE, NID, NTYPE, DGLError, DGLWarning
from .batch import *  # noqa: F403
from .convert import *  # noqa: F403
from .data.utils import load_graphs, save_graphs
from .dataloading import (
    set_dst_lazy_features,
    set_edge_lazy_features,
    set_node_lazy_features,
    set_src_lazy_features,
)
from .frame import LazyFeature
from .generators import *  # noqa: F403
from .global_config import is_libxsmm_enabled, use_libxsmm
from .heterograph import DGLBlock, DGLGraph
from .heterograph import DGLGraph as DGLHeteroGraph
from .homophily import *  # noqa: F403
from .label_informativeness import *  # noqa: F403
from .memory import *  # noqa: F403
from .merge import *  # noqa: F403
from .mpops import *  # noqa: F403
from .networks import *  # noqa: F403
from .not_implemented import install as _install
from .not_implemented import module_getattr as _module_getattr
from .propagate import *  # noqa: F403
from .random import *  # noqa: F403
from .readout import *  # noqa: F403
from .subgraph import *  # noqa: F403
from .transforms import *  # noqa: F403
from .traversal import *  # noqa: F403
from .utils import apply_each

__version__ = _build.VERSION
__getattr__ = _module_getattr(__name__)
_install()
