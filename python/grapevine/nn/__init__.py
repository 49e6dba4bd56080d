"""Layers, as `torch.nn.Module` over the package's message passing. Source: dgl.nn."""

from ..not_implemented import module_getattr
from ..utils import expand_as_pair  # noqa: F401
from . import functional, pytorch  # noqa: F401
from .pytorch import *  # noqa: F403

__getattr__ = module_getattr(__name__)
