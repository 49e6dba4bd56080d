"""The layers. Source: dgl.nn.pytorch."""

from ...not_implemented import module_getattr
from .conv import *  # noqa: F403
from .conv_stack import *  # noqa: F403
from .explain import *  # noqa: F403
from .factory import *  # noqa: F403
from .glob import *  # noqa: F403
from .gt import *  # noqa: F403
from .hetero import *  # noqa: F403
from .linear import *  # noqa: F403
from .link import *  # noqa: F403
from .network_emb import *  # noqa: F403
from .softmax import *  # noqa: F403
from .sparse_emb import NodeEmbedding  # noqa: F401
from .utils import JumpingKnowledge, LabelPropagation, Sequential, WeightBasis  # noqa: F401

# What DGL has here is documented a package above.
__getattr__ = module_getattr(__package__.rpartition(".")[0])
