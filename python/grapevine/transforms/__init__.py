"""Transforms: functions from graphs to graphs, and the same as objects."""

from ..not_implemented import module_getattr as _module_getattr
from .functional import *  # noqa: F403
from .module import *  # noqa: F403

__getattr__ = _module_getattr(__name__)
