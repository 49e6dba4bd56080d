"""Names, exceptions and warnings that every module of the package shares."""

from __future__ import annotations

import warnings
from typing import Any

from ._C import DGLError

DGLError.__module__ = __name__

__all__ = ["ALL", "DGLError", "DGLWarning", "EID", "ETYPE", "NID", "NTYPE", "dgl_warning", "is_all"]

#: Stands for all nodes or edges.
ALL = "__ALL__"
#: Features under which subgraphs and blocks keep the ids of their parent.
NID = "_ID"
EID = "_ID"
#: Features under which `to_homogeneous` keeps the types of its nodes and edges.
NTYPE = "_TYPE"
ETYPE = "_TYPE"

SLICE_FULL = slice(None, None, None)


class DGLWarning(UserWarning):
    """What the package warns of."""


def dgl_warning(message: str, category: type[Warning] = DGLWarning, stacklevel: int = 2) -> None:
    """Warns the caller's caller."""
    warnings.warn(message, category=category, stacklevel=stacklevel + 1)


def is_all(arg: Any) -> bool:
    """Whether `arg` is the symbol for all nodes or edges."""
    return isinstance(arg, str) and arg == ALL


def is_internal_column(name: str) -> bool:
    """Whether a feature's name is one of those that hold ids and types."""
    return name in (NID, NTYPE)
