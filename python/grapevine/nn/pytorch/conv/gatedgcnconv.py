"""The gated graph convolution with edge features."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .... import ops


class GatedGCNConv(nn.Module):
    """Averages the in-neighbours by gates that are made of both ends and the edge.

    ``e_uv' = D h_u + E h_v + C e_uv`` and
    ``h_v' = A h_v + sum(sigmoid(e_uv') * B h_u) / (sum(sigmoid(e_uv')) + 1e-6)`` over ``u -> v``;
    then, of nodes and edges: batch norm, activation, residual, dropout.

    Parameters: linear layers ``A``, ``B``, ``D``, ``E`` (nodes) and ``C`` (edges) with biases,
    ``bn_node`` and ``bn_edge``.

    Args:
        input_feats: Width of the nodes' input.
        edge_feats: Width of the edges' input.
        output_feats: Width of both outputs.
        dropout: Dropout of both outputs.
        batch_norm: Whether both are normalised.
        residual: Whether the inputs are added, if all three widths are equal.
        activation: Applied to both, if given.

    Source: dgl.nn.GatedGCNConv; Dwivedi et al., 2020.
    """

    def __init__(
        self,
        input_feats: int,
        edge_feats: int,
        output_feats: int,
        dropout: float = 0,
        batch_norm: bool = True,
        residual: bool = True,
        activation: Callable[[Tensor], Tensor] | None = F.relu,
    ) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.batch_norm = batch_norm
        self.residual = residual and input_feats == edge_feats == output_feats
        self.A = nn.Linear(input_feats, output_feats)
        self.B = nn.Linear(input_feats, output_feats)
        self.D = nn.Linear(input_feats, output_feats)
        self.E = nn.Linear(input_feats, output_feats)
        self.C = nn.Linear(edge_feats, output_feats)
        self.bn_node = nn.BatchNorm1d(output_feats)
        self.bn_edge = nn.BatchNorm1d(output_feats)
        self.activation = activation

    def _finish(self, h: Tensor, norm: nn.Module, before: Tensor) -> Tensor:
        if self.batch_norm:
            h = norm(h)
        if self.activation is not None:
            h = self.activation(h)
        return self.dropout(before + h if self.residual else h)

    def forward(self, graph, feat: Tensor, edge_feat: Tensor) -> tuple[Tensor, Tensor]:
        """``[n, input_feats]`` and ``[num_edges, edge_feats]`` to new ones of ``output_feats``.

        ``graph`` has one node type and one relation.
        """
        edge = ops.u_add_v(graph, self.D(feat), self.E(feat)) + self.C(edge_feat)
        gate = torch.sigmoid(edge)
        total = ops.u_mul_e_sum(graph, self.B(feat), gate)
        node = self.A(feat) + total / (ops.copy_e_sum(graph, gate) + 1e-6)
        return (
            self._finish(node, self.bn_node, feat),
            self._finish(edge, self.bn_edge, edge_feat),
        )
