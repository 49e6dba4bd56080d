"""Personalised PageRank of predictions."""

from __future__ import annotations

from torch import Tensor, nn

from ..edgeweightnorm import EdgeWeightNorm
from ..propagation import degree_norm, reduce_neighbors


class APPNPConv(nn.Module):
    """``k`` times ``H <- (1 - alpha) D^-1/2 A D^-1/2 H + alpha H_0``; nothing is learned.

    Args:
        k: How many hops.
        alpha: How much of the first features returns at each hop.
        edge_drop: Dropout of the edges' weights, anew at each hop.

    Source: dgl.nn.APPNPConv; Gasteiger et al., 2019.
    """

    def __init__(self, k: int, alpha: float, edge_drop: float = 0.0) -> None:
        super().__init__()
        self._k = k
        self._alpha = alpha
        self.edge_drop = nn.Dropout(edge_drop)

    def forward(self, graph, feat: Tensor, edge_weight: Tensor | None = None) -> Tensor:
        """``[n, *]`` to ``[n, *]``.

        Args:
            graph: A graph of one node type and relation.
            feat: ``[n, *]``.
            edge_weight: ``[num_edges]``, normalised as by `EdgeWeightNorm`.
        """
        src_norm = dst_norm = 1.0
        if edge_weight is None:
            weight = feat.new_ones(graph.num_edges(), 1)
            src_norm = degree_norm(graph.out_degrees(), feat, -0.5)
            dst_norm = degree_norm(graph.in_degrees(), feat, -0.5)
        else:
            weight = EdgeWeightNorm("both")(graph, edge_weight)
        h = feat
        for _ in range(self._k):
            h = reduce_neighbors(graph, h * src_norm, self.edge_drop(weight)) * dst_norm
            h = (1 - self._alpha) * h + self._alpha * feat
        return h
