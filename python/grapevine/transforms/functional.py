"""Transforms as functions from graphs to graphs.

Source: dgl.transforms.functional
"""

from __future__ import annotations

from . import encodings, points, products, structure
from .encodings import *  # noqa: F403
from .points import *  # noqa: F403
from .products import *  # noqa: F403
from .structure import *  # noqa: F403

__all__ = [*encodings.__all__, *points.__all__, *products.__all__, *structure.__all__]
