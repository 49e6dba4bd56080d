"""The topology-adaptive graph convolution."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..propagation import symmetric_hop


class TAGConv(nn.Module):
    """One linear layer on the features of 0, 1, ... ``k`` hops side by side.

    Parameters: ``lin.weight`` ``[out_feats, (k + 1) * in_feats]`` (Xavier-normal with the gain of
    relu), ``lin.bias``.

    Args:
        in_feats: Width of the input.
        out_feats: Width of the output.
        k: How many hops of ``D^-1/2 A D^-1/2``.
        bias: Whether a bias is added.
        activation: Applied to the result, if given.

    Source: dgl.nn.TAGConv; Du et al., 2017.
    """

    def __init__(
        self,
        in_feats: int,
        out_feats: int,
        k: int = 2,
        bias: bool = True,
        activation: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self._in_feats = in_feats
        self._out_feats = out_feats
        self._k = k
        self._activation = activation
        self.lin = nn.Linear(in_feats * (k + 1), out_feats, bias=bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weight anew."""
        nn.init.xavier_normal_(self.lin.weight, gain=nn.init.calculate_gain("relu"))

    def forward(self, graph, feat: Tensor, edge_weight: Tensor | None = None) -> Tensor:
        """``[n, *, in_feats]`` to ``[n, *, out_feats]``.

        Args:
            graph: A graph of one node type and relation.
            feat: ``[n, *, in_feats]``.
            edge_weight: ``[num_edges]``, normalised as by `EdgeWeightNorm`.

        Raises:
            AssertionError: For a graph of several types.
        """
        assert graph.is_homogeneous, "TAGConv: graph: expected one node type and one relation"
        hop = symmetric_hop(graph, feat, edge_weight)
        hops = [feat]
        for _ in range(self._k):
            hops.append(hop(hops[-1]))
        result = self.lin(torch.cat(hops, dim=-1))
        return result if self._activation is None else self._activation(result)
