"""Weights of edges, normalised for `GraphConv`."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ... import ops
from ...base import DGLError


class EdgeWeightNorm(nn.Module):
    """Divides edge weights by the weights that meet at the edge's ends.

    ``"both"`` divides the weight of ``u -> v`` by the root of (the sum over ``u``'s out-edges
    times the sum over ``v``'s in-edges), ``"right"`` by the sum over ``v``'s in-edges, ``"none"``
    by nothing.

    Args:
        norm: ``"both"``, ``"right"`` or ``"none"``.
        eps: Added to each sum.

    Source: dgl.nn.EdgeWeightNorm; Kipf and Welling, 2017.
    """

    def __init__(self, norm: str = "both", eps: float = 0.0) -> None:
        super().__init__()
        self._norm = norm
        self._eps = eps

    def forward(self, graph, edge_weight: Tensor) -> Tensor:
        """``[num_edges]`` to ``[num_edges]``.

        Raises:
            DGLError: For weights of more than one dimension and, with ``"both"``, weights that
                are not positive.
        """
        if edge_weight.dim() > 1:
            raise DGLError(
                f"EdgeWeightNorm: edge_weight: expected one number for each edge, got shape "
                f"{list(edge_weight.shape)}"
            )
        if self._norm == "both" and bool((edge_weight <= 0).any()):
            raise DGLError(
                'EdgeWeightNorm: edge_weight: expected positive weights with norm="both", '
                "which takes roots of their sums"
            )
        if self._norm == "none":
            return edge_weight.clone()
        src, dst = graph.edges(order="eid")
        in_weight = ops.copy_e_sum(graph, edge_weight) + self._eps
        if self._norm != "both":
            return edge_weight / in_weight[dst.long()]
        out_weight = edge_weight.new_zeros(graph.num_src_nodes())
        out_weight = out_weight.index_add(0, src.long(), edge_weight) + self._eps
        return edge_weight * torch.rsqrt(out_weight[src.long()] * in_weight[dst.long()])
