"""Optimizers of `grapevine.nn.NodeEmbedding`. Source: dgl.optim."""

from ..not_implemented import module_getattr
from .sparse_optim import SparseAdagrad, SparseAdam

__all__ = ["SparseAdagrad", "SparseAdam"]

__getattr__ = module_getattr(__name__)
