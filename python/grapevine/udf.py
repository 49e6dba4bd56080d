"""What user functions are called with: batches of edges and of nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from . import _C
from .base import DGLError
from .function import BuiltinFunction, CopyMessageFunction, TargetCode

__all__ = ["EdgeBatch", "NodeBatch"]


class _Features(Mapping):
    """Features of a batch by name, one row for each member, gathered when first read."""

    __slots__ = ("_core",)

    def __init__(self, core: _C.BatchFeatures) -> None:
        self._core = core

    def __getitem__(self, name: str) -> torch.Tensor:
        return self._core[name]

    def __contains__(self, name: object) -> bool:
        return name in self._core

    def __iter__(self) -> Iterator[str]:
        return iter(self._core.names())

    def __len__(self) -> int:
        return len(self._core)

    def __repr__(self) -> str:
        return repr(dict(self))


class EdgeBatch:
    """The edges that a message function is called on. Source: `dgl.udf.EdgeBatch`."""

    __slots__ = ("_core", "data", "dst", "src")

    def __init__(self, core: _C.EdgeBatch) -> None:
        self._core = core
        #: Features of the source node, of the destination node and of each edge.
        self.src = _Features(core.src)
        self.dst = _Features(core.dst)
        self.data = _Features(core.data)

    def edges(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Sources, destinations and ids of the edges, each `[batch_size]`."""
        return self._core.edges()

    def batch_size(self) -> int:
        """How many edges there are."""
        return self._core.batch_size()

    def __len__(self) -> int:
        return self._core.batch_size()

    @property
    def canonical_etype(self) -> tuple[str, str, str]:
        """The relation of the edges."""
        return self._core.canonical_etype


class NodeBatch:
    """The nodes that a reduce or apply function is called on. Source: `dgl.udf.NodeBatch`."""

    __slots__ = ("_core", "data", "mailbox")

    def __init__(self, core: _C.NodeBatch) -> None:
        self._core = core
        #: Features of the nodes, and for a reduce function messages `[batch_size, degree, *shape]`.
        self.data = _Features(core.data)
        self.mailbox = _Features(core.mailbox)

    def nodes(self) -> torch.Tensor:
        """Ids of the nodes `[batch_size]`."""
        return self._core.nodes()

    def batch_size(self) -> int:
        """How many nodes there are."""
        return self._core.batch_size()

    def __len__(self) -> int:
        return self._core.batch_size()

    @property
    def ntype(self) -> str:
        """The type of the nodes."""
        return self._core.ntype


def _features(result: Any) -> dict[str, torch.Tensor]:
    if not isinstance(result, Mapping):
        raise DGLError(f"Expect a user function to return a dictionary, got {type(result)}.")
    return dict(result)


def message_function(func: Any) -> _C.MessageFunction:
    """The core's form of a message function, built-in or the user's."""
    if isinstance(func, BuiltinFunction):
        return func.core
    return _C.MessageFunction(lambda core: _features(func(EdgeBatch(core))))


def copied(func: CopyMessageFunction) -> Callable[[EdgeBatch], dict[str, torch.Tensor]]:
    """`copy_u` or `copy_e` as a user's function, which copies features of any dtype."""
    if func.target == TargetCode.SRC:
        return lambda edges: {func.out_field: edges.src[func.in_field]}
    return lambda edges: {func.out_field: edges.data[func.in_field]}


def node_callable(func: Callable) -> Callable[[_C.NodeBatch], dict[str, torch.Tensor]]:
    """A user's reduce or apply function as the core calls it."""
    return lambda core: _features(func(NodeBatch(core)))


def reduce_function(func: Any) -> _C.ReduceFunction:
    """The core's form of a reduce function, built-in or the user's."""
    if isinstance(func, BuiltinFunction):
        return func.core
    return _C.ReduceFunction(node_callable(func))


def apply_function(func: Callable | None) -> _C.ApplyFunction | None:
    """The core's form of an apply function; None stays None."""
    return None if func is None else _C.ApplyFunction(node_callable(func))
