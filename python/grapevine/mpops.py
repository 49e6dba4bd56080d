"""Message operators as functions of a graph and features."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch

from . import ops
from .metagraph import EtypeArg

if TYPE_CHECKING:
    from .heterograph import DGLGraph

__all__ = ["copy_u", "copy_v"]


def copy_u(g: DGLGraph, x_node: torch.Tensor, etype: EtypeArg = None) -> torch.Tensor:
    """Features of the source of each edge: `[num_edges, *shape]`. Source: `dgl.copy_u`."""
    return ops.gsddmm(g if etype is None else g[etype], "copy_lhs", x_node, None)


def copy_v(g: DGLGraph, x_node: torch.Tensor, etype: EtypeArg = None) -> torch.Tensor:
    """Features of the destination of each edge: `[num_edges, *shape]`. Source: `dgl.copy_v`."""
    return ops.gsddmm(g if etype is None else g[etype], "copy_rhs", None, x_node)


def _binary(op: str) -> Callable:
    def function(
        g: DGLGraph, x_node: torch.Tensor, y_node: torch.Tensor, etype: EtypeArg = None
    ) -> torch.Tensor:
        return ops.gsddmm(g if etype is None else g[etype], op, x_node, y_node)

    function.__name__ = function.__qualname__ = f"u_{op}_v"
    function.__doc__ = (
        f"`{op}` of the features `x_node` of each edge's source and `y_node` of its destination: "
        f"`[num_edges, *shape]`. Source: `dgl.u_{op}_v`."
    )
    return function


for _op in ("add", "sub", "mul", "div", "dot"):
    globals()[f"u_{_op}_v"] = _binary(_op)
    __all__.append(f"u_{_op}_v")
