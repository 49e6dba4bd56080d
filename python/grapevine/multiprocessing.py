"""PyTorch's processes under DGL's name.

Source: dgl.multiprocessing
"""

from __future__ import annotations

from torch.multiprocessing import *  # noqa: F403
from torch.multiprocessing import spawn

from .not_implemented import module_getattr

__getattr__ = module_getattr(__name__)
