"""The edge-augmented graph transformer."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class EGTLayer(nn.Module):
    """Attention among nodes that reads, gates by and renews features of all pairs.

    Parameters: ``mha_ln_h``, ``mha_ln_e``, ``edge_input``, ``qkv_proj``, ``gate``,
    ``node_output``, ``node_ffn`` and, with ``edge_update``, ``edge_output`` and ``edge_ffn``.

    Args:
        feat_size: Width of the nodes' input and output, a multiple of ``num_heads``.
        edge_feat_size: Width of the pairs' input and output.
        num_heads: How many heads.
        num_virtual_nodes: How many of the first nodes are not scaled by their degree.
        dropout: Dropout of the outputs.
        attn_dropout: Dropout of the attention.
        activation: Of the perceptrons.
        edge_update: Whether the pairs' features are renewed.

    Raises:
        AssertionError: If ``feat_size`` is no multiple of ``num_heads``.

    Source: dgl.nn.EGTLayer; Hussain et al., 2022.
    """

    def __init__(
        self,
        feat_size: int,
        edge_feat_size: int,
        num_heads: int,
        num_virtual_nodes: int,
        dropout: float = 0,
        attn_dropout: float = 0,
        activation: nn.Module = nn.ELU(),  # noqa: B008
        edge_update: bool = True,
    ) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.num_virtual_nodes = num_virtual_nodes
        self.edge_update = edge_update
        assert feat_size % num_heads == 0, (
            f"EGTLayer: feat_size: expected a multiple of num_heads ({num_heads}), got {feat_size}"
        )
        self.dot_dim = feat_size // num_heads
        self.mha_ln_h = nn.LayerNorm(feat_size)
        self.mha_ln_e = nn.LayerNorm(edge_feat_size)
        self.edge_input = nn.Linear(edge_feat_size, num_heads)
        self.qkv_proj = nn.Linear(feat_size, feat_size * 3)
        self.gate = nn.Linear(edge_feat_size, num_heads)
        self.attn_dropout = nn.Dropout(attn_dropout)
        self.node_output = nn.Linear(feat_size, feat_size)
        self.mha_dropout_h = nn.Dropout(dropout)
        self.node_ffn = _perceptron(feat_size, activation, dropout)
        if edge_update:
            self.edge_output = nn.Linear(num_heads, edge_feat_size)
            self.mha_dropout_e = nn.Dropout(dropout)
            self.edge_ffn = _perceptron(edge_feat_size, activation, dropout)

    def forward(
        self, nfeat: Tensor, efeat: Tensor, mask: Tensor | None = None
    ) -> Tensor | tuple[Tensor, Tensor]:
        """New features of the nodes and, with ``edge_update``, of the pairs.

        Args:
            nfeat: ``[batch, n, feat_size]``.
            efeat: ``[batch, n, n, edge_feat_size]``.
            mask: Added to scores and gates, ``[batch, n, n]``: 0 or minus infinity.

        Returns:
            Of the inputs' shapes.
        """
        edge = self.mha_ln_e(efeat)
        qkv = self.qkv_proj(self.mha_ln_h(nfeat)).unflatten(-1, (-1, self.num_heads))
        query, key, value = qkv.split(self.dot_dim, dim=2)
        score = torch.einsum("bidh,bjdh->bijh", query, key).clamp(-5, 5) + self.edge_input(edge)
        added = 0 if mask is None else mask.unsqueeze(-1)
        gates = torch.sigmoid(self.gate(edge) + added)
        attention = self.attn_dropout(torch.softmax(score + added, dim=2) * gates)
        read = torch.einsum("bijh,bjdh->bidh", attention, value)
        scale = torch.log1p(gates.sum(dim=2, keepdim=True))
        is_virtual = torch.arange(scale.shape[1], device=scale.device) < self.num_virtual_nodes
        read = read * scale.masked_fill(is_virtual[:, None, None], 1.0)
        node = nfeat + self.mha_dropout_h(self.node_output(read.flatten(2)))
        node = node + self.node_ffn(node)
        if not self.edge_update:
            return node
        pair = efeat + self.mha_dropout_e(self.edge_output(score))
        return node, pair + self.edge_ffn(pair)


def _perceptron(size: int, activation: nn.Module, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.LayerNorm(size),
        nn.Linear(size, size),
        activation,
        nn.Linear(size, size),
        nn.Dropout(dropout),
    )
