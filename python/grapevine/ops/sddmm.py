"""Features of edges made of features of their ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import permutations
from typing import TYPE_CHECKING, Any

import torch

from .. import _C

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["copy_e", "copy_u", "copy_v", "gsddmm"]

_SIDES = {"u": "source", "v": "destination", "e": "edge"}


def gsddmm(
    g: DGLGraph,
    op: str,
    lhs_data: torch.Tensor | Sequence[torch.Tensor | None] | None,
    rhs_data: torch.Tensor | Sequence[torch.Tensor | None] | None,
    lhs_target: str = "u",
    rhs_target: str = "v",
) -> Any:
    """For each edge, `lhs_data op rhs_data`: `[num_edges, *shape]`.

    Targets are "u" for features of sources, "v" of destinations and "e" of edges; `op` is "add",
    "sub", "mul", "div", "dot", "copy_lhs" or "copy_rhs". Shapes broadcast, right-aligned. With
    several relations, data are lists by type id, for edges by relation, and the result is a tuple
    by relation. Raises `DGLError` for shapes and dtypes that do not fit. Differentiable.
    Source: `dgl.ops.gsddmm`.
    """
    if len(g.canonical_etypes) == 1:
        edges = g._graph.adjacency()
        return _one(edges, op, lhs_data, rhs_data, lhs_target, rhs_target)
    meta = g._meta
    results = []
    for etid, etype in enumerate(meta.canonical_etypes):
        ids = {"u": meta.src_id(etype[0]), "v": meta.dst_id(etype[2]), "e": etid}
        lhs = None if op == "copy_rhs" else lhs_data[ids[lhs_target]]
        rhs = None if op == "copy_lhs" else rhs_data[ids[rhs_target]]
        if (lhs is None and op != "copy_rhs") or (rhs is None and op != "copy_lhs"):
            results.append(None)
            continue
        edges = g._graph.adjacency(etype)
        results.append(_one(edges, op, lhs, rhs, lhs_target, rhs_target))
    return tuple(results)


def _one(edges: Any, op: str, lhs: Any, rhs: Any, lhs_target: str, rhs_target: str) -> torch.Tensor:
    if op == "copy_lhs":
        return _C.gsddmm(edges, "copy", (lhs_target, lhs))
    if op == "copy_rhs":
        return _C.gsddmm(edges, "copy", (rhs_target, rhs))
    return _C.gsddmm(edges, op, (lhs_target, lhs), (rhs_target, rhs))


def copy_u(g: DGLGraph, x: Any) -> Any:
    """Features `x` of the source of each edge. Source: `dgl.ops.copy_u`."""
    return gsddmm(g, "copy_lhs", x, None)


def copy_v(g: DGLGraph, x: Any) -> Any:
    """Features `x` of the destination of each edge. Source: `dgl.ops.copy_v`."""
    return gsddmm(g, "copy_rhs", None, x)


def copy_e(g: DGLGraph, x: Any) -> Any:
    """Features `x` of each edge: `x` itself. Source: `dgl.ops.copy_e`."""
    return x


def _binary(lhs: str, op: str, rhs: str) -> Callable:
    def function(g: DGLGraph, x: Any, y: Any) -> Any:
        return gsddmm(g, op, x, y, lhs_target=lhs, rhs_target=rhs)

    name = f"{lhs}_{op}_{rhs}"
    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"`gsddmm` with `{op}` of {_SIDES[lhs]} features `x` and {_SIDES[rhs]} features `y`. "
        f"Source: `dgl.ops.{name}`."
    )
    return function


for _lhs, _rhs in permutations("uve", 2):
    for _op in ("add", "sub", "mul", "div", "dot"):
        _function = _binary(_lhs, _op, _rhs)
        globals()[_function.__name__] = _function
        __all__.append(_function.__name__)
