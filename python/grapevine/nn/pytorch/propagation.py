"""What the convolutions do along edges, a call each."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from ... import function as fn
from .edgeweightnorm import EdgeWeightNorm

#: Node features: one tensor, or one for the source and one for the destination nodes.
Features = Tensor | tuple[Tensor, Tensor]


def reduce_neighbors(
    graph, feat: Tensor, edge_weight: Tensor | None = None, reducer: str = "sum"
) -> Tensor:
    """Reduces the features of each destination's in-neighbours.

    Args:
        graph: A graph or block of one relation.
        feat: Features of the source nodes, ``[num_src, *in]``.
        edge_weight: A factor for each message, ``[num_edges]`` or ``[num_edges, *broadcast]``.
        reducer: ``"sum"``, ``"mean"``, ``"max"`` or ``"min"``.

    Returns:
        ``[num_dst, *in]``; 0 where there is no in-edge.

    Raises:
        AssertionError: For another number of weights than edges.
    """
    with graph.local_scope():
        graph.srcdata["h"] = feat
        message = fn.copy_u("h", "m")
        if edge_weight is not None:
            num_edges = graph.num_edges()
            assert edge_weight.shape[0] == num_edges, (
                f"edge_weight: expected {num_edges} rows, got {edge_weight.shape[0]}"
            )
            graph.edata["w"] = edge_weight
            message = fn.u_mul_e("h", "w", "m")
        graph.update_all(message, getattr(fn, reducer)("m", "reduced"))
        return graph.dstdata["reduced"]


def degree_norm(degrees: Tensor, feat: Tensor, exponent: float) -> Tensor:
    """Powers of degrees, counting 0 as 1, in ``feat``'s type, device and number of dimensions."""
    norm = degrees.to(feat).clamp(min=1) ** exponent
    return norm.reshape(-1, *[1] * (feat.dim() - 1))


def symmetric_hop(
    graph, feat: Tensor, edge_weight: Tensor | None = None
) -> Callable[[Tensor], Tensor]:
    """The function ``h -> D^-1/2 A D^-1/2 h``, of a graph with one node type.

    ``D`` has the in-degrees at both ends; with ``edge_weight`` ``[num_edges]``, ``A`` has the
    weights as `EdgeWeightNorm` makes them. ``feat`` only tells the type of the features to come.
    """
    if edge_weight is not None:
        weight = EdgeWeightNorm("both")(graph, edge_weight)
        return lambda h: reduce_neighbors(graph, h, weight)
    norm = degree_norm(graph.in_degrees(), feat, -0.5)
    return lambda h: reduce_neighbors(graph, h * norm) * norm


def drop_pair(dropout: torch.nn.Module, feat: Features) -> Features:
    """Applies ``dropout`` to one tensor, or to each of a pair."""
    return tuple(dropout(side) for side in feat) if isinstance(feat, tuple) else dropout(feat)
