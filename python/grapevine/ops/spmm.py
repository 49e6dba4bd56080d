"""Messages made and reduced at once, without storing any."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from ..base import DGLError

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["gspmm"]

_MERGE = {"sum": torch.add, "max": torch.maximum, "min": torch.minimum}
_IDENTITY = {"max": -float("inf"), "min": float("inf")}


def gspmm(
    g: DGLGraph,
    op: str,
    reduce_op: str,
    lhs_data: torch.Tensor | Sequence[torch.Tensor | None] | None,
    rhs_data: torch.Tensor | Sequence[torch.Tensor | None] | None,
) -> Any:
    """For each node, the reduction over its in-edges of `lhs_data op rhs_data`.

    `lhs_data` `[num_src, *shape]` are features of sources, `rhs_data` `[num_edges, *shape]` of
    edges; `op` is "add", "sub", "mul", "div", "dot", "copy_lhs" or "copy_rhs", `reduce_op` "sum",
    "mean", "max" or "min". Shapes broadcast, right-aligned. Returns `[num_dst, *shape]`; a node
    without in-edges gets 0. With several relations, data are lists by type id and by relation, and
    so is the result, reduced across relations. Raises `DGLError` for shapes and dtypes that do not
    fit. Differentiable. Source: `dgl.ops.gspmm`.
    """
    if len(g.canonical_etypes) == 1:
        return _one(g._graph.adjacency(), op, reduce_op, lhs_data, rhs_data)
    if reduce_op not in _MERGE:
        raise DGLError(
            f'Expect reduce_op "sum", "max" or "min" for several relations, got {reduce_op}.'
        )
    meta = g._meta
    lhs = lhs_data if lhs_data is not None else [None] * len(meta.ntypes)
    rhs = rhs_data if rhs_data is not None else [None] * len(meta.canonical_etypes)
    found: list[list] = [[] for _ in meta.ntypes]
    for etid, etype in enumerate(meta.canonical_etypes):
        left, right = lhs[meta.src_id(etype[0])], rhs[etid]
        needs = (left if op != "copy_rhs" else True, right if op != "copy_lhs" else True)
        if any(need is None for need in needs):
            continue
        part = _one(g._graph.adjacency(etype), op, reduce_op, left, right)
        found[meta.dst_id(etype[2])].append((part, g._graph.in_degrees(None, etype)))
    return tuple(_merge(parts, reduce_op) for parts in found)


def _one(edges: Any, op: str, reduce_op: str, lhs: Any, rhs: Any) -> torch.Tensor:
    if op == "copy_lhs":
        return _C.gspmm(edges, "copy", reduce_op, ("u", lhs))
    if op == "copy_rhs":
        return _C.gspmm(edges, "copy", reduce_op, ("e", rhs))
    return _C.gspmm(edges, op, reduce_op, ("u", lhs), ("e", rhs))


def _merge(parts: list[tuple[torch.Tensor, torch.Tensor]], reduce_op: str) -> Any:
    """One node type's results of several relations; those without in-edges do not count."""
    if len(parts) < 2 or reduce_op == "sum":
        return sum(part for part, _ in parts) if parts else None
    identity = _IDENTITY[reduce_op]
    merged, reached = None, None
    for part, degrees in parts:
        has_edges = (degrees > 0).view(-1, *[1] * (part.ndim - 1))
        part = part.masked_fill(~has_edges, identity)
        merged = part if merged is None else _MERGE[reduce_op](merged, part)
        reached = has_edges if reached is None else reached | has_edges
    return merged.masked_fill(~reached, 0)


def _binary(op: str, reduce_op: str) -> Callable:
    def function(g: DGLGraph, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return gspmm(g, op, reduce_op, x, y)

    name = f"u_{op}_e_{reduce_op}"
    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"`gspmm` with `{op}` of source features `x` and edge features `y`, reduced by "
        f"`{reduce_op}`. Source: `dgl.ops.{name}`."
    )
    return function


def _copy(target: str, reduce_op: str) -> Callable:
    def function(g: DGLGraph, x: torch.Tensor) -> torch.Tensor:
        if target == "u":
            return gspmm(g, "copy_lhs", reduce_op, x, None)
        return gspmm(g, "copy_rhs", reduce_op, None, x)

    name = f"copy_{target}_{reduce_op}"
    side = "source" if target == "u" else "edge"
    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"`gspmm` of the {side} features `x`, reduced by `{reduce_op}`. Source: `dgl.ops.{name}`."
    )
    return function


for _reduce in ("sum", "max", "min", "mean"):
    _functions = [_binary(_op, _reduce) for _op in ("add", "sub", "mul", "div")]
    for _function in (*_functions, _copy("u", _reduce), _copy("e", _reduce)):
        globals()[_function.__name__] = _function
        __all__.append(_function.__name__)
