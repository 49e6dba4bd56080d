"""The continuous-filter convolution."""

from __future__ import annotations

import math

from torch import Tensor, nn

from .... import ops
from ..propagation import Features

__all__ = ["CFConv", "ShiftedSoftplus"]


class ShiftedSoftplus(nn.Module):
    """``log(1 + exp(beta x)) / beta - log(shift)``.

    Args:
        beta: Steepness.
        shift: Which number's logarithm is taken away.
        threshold: Where the softplus becomes linear.

    Source: dgl.nn.pytorch.conv.cfconv.ShiftedSoftplus.
    """

    def __init__(self, beta: float = 1, shift: float = 2, threshold: float = 20) -> None:
        super().__init__()
        self.shift = shift
        self.softplus = nn.Softplus(beta=beta, threshold=threshold)

    def forward(self, inputs: Tensor) -> Tensor:
        """Of each entry."""
        return self.softplus(inputs) - math.log(self.shift)


class CFConv(nn.Module):
    """``h_v' = project_out(sum over u -> v of project_node(h_u) * project_edge(f_uv))``.

    Parameters: ``project_node``, ``project_edge.0``, ``project_edge.2`` and ``project_out.0``,
    linear layers with biases.

    Args:
        node_in_feats: Width of the nodes' input.
        edge_in_feats: Width of the edges' input.
        hidden_feats: Width of the messages.
        out_feats: Width of the output.

    Source: dgl.nn.CFConv; Schuett et al., 2017.
    """

    def __init__(
        self, node_in_feats: int, edge_in_feats: int, hidden_feats: int, out_feats: int
    ) -> None:
        super().__init__()
        self.project_edge = nn.Sequential(
            nn.Linear(edge_in_feats, hidden_feats),
            ShiftedSoftplus(),
            nn.Linear(hidden_feats, hidden_feats),
            ShiftedSoftplus(),
        )
        self.project_node = nn.Linear(node_in_feats, hidden_feats)
        self.project_out = nn.Sequential(nn.Linear(hidden_feats, out_feats), ShiftedSoftplus())

    def forward(self, g, node_feats: Features, edge_feats: Tensor) -> Tensor:
        """New features of the destination nodes.

        Args:
            g: A graph or block of one relation.
            node_feats: ``[num_src, node_in_feats]``, or a pair of which the second is not read.
            edge_feats: ``[num_edges, edge_in_feats]``.

        Returns:
            ``[num_dst, out_feats]``.
        """
        src = node_feats[0] if isinstance(node_feats, tuple) else node_feats
        h = ops.u_mul_e_sum(g, self.project_node(src), self.project_edge(edge_feats))
        return self.project_out(h)
