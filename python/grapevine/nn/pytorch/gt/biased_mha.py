"""Attention with a bias for each pair of nodes."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class BiasedMHA(nn.Module):
    """Attention of several heads among the nodes of each graph, with a bias of the scores.

    Parameters: ``q_proj``, ``k_proj``, ``v_proj`` (Xavier-uniform with a gain of 1 over the root
    of 2) and ``out_proj`` (Xavier-uniform, its bias 0), all ``[feat_size, feat_size]``.

    Args:
        feat_size: Width of input and output, a multiple of ``num_heads``.
        num_heads: How many heads.
        bias: Whether the projections have biases.
        attn_bias_type: ``"add"``, or ``"mul"`` for a factor of the scores.
        attn_drop: Dropout of the attention.

    Raises:
        AssertionError: If ``feat_size`` is no multiple of ``num_heads``.

    Source: dgl.nn.BiasedMHA; Ying et al., 2021.
    """

    def __init__(
        self,
        feat_size: int,
        num_heads: int,
        bias: bool = True,
        attn_bias_type: str = "add",
        attn_drop: float = 0.1,
    ) -> None:
        super().__init__()
        self.feat_size = feat_size
        self.num_heads = num_heads
        self.head_dim = feat_size // num_heads
        assert self.head_dim * num_heads == feat_size, (
            f"BiasedMHA: feat_size: expected a multiple of num_heads ({num_heads}), got {feat_size}"
        )
        self.scaling = self.head_dim**-0.5
        self.attn_bias_type = attn_bias_type
        self.q_proj = nn.Linear(feat_size, feat_size, bias=bias)
        self.k_proj = nn.Linear(feat_size, feat_size, bias=bias)
        self.v_proj = nn.Linear(feat_size, feat_size, bias=bias)
        self.out_proj = nn.Linear(feat_size, feat_size, bias=bias)
        self.dropout = nn.Dropout(p=attn_drop)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weights anew and sets the output's bias to 0."""
        for linear in (self.q_proj, self.k_proj, self.v_proj):
            nn.init.xavier_uniform_(linear.weight, gain=2**-0.5)
        nn.init.xavier_uniform_(self.out_proj.weight)
        if self.out_proj.bias is not None:
            nn.init.zeros_(self.out_proj.bias)

    def _heads(self, feat: Tensor) -> Tensor:
        return feat.unflatten(-1, (self.num_heads, self.head_dim))

    def forward(
        self, ndata: Tensor, attn_bias: Tensor | None = None, attn_mask: Tensor | None = None
    ) -> Tensor:
        """``[batch, n, feat_size]`` to ``[batch, n, feat_size]``.

        Args:
            ndata: ``[batch, n, feat_size]``.
            attn_bias: Of each pair, ``[batch, n, n, num_heads]``.
            attn_mask: Whether a node (dimension 1) must not attend to another (dimension 2),
                ``[batch, n, n]``.
        """
        query = self._heads(self.q_proj(ndata)) * self.scaling
        key, value = self._heads(self.k_proj(ndata)), self._heads(self.v_proj(ndata))
        score = torch.einsum("bihd,bjhd->bijh", query, key)
        if attn_bias is not None:
            score = score + attn_bias if self.attn_bias_type == "add" else score * attn_bias
        if attn_mask is not None:
            score = score.masked_fill(attn_mask.bool().unsqueeze(-1), -math.inf)
        attention = self.dropout(torch.softmax(score, dim=2))
        return self.out_proj(torch.einsum("bijh,bjhd->bihd", attention, value).flatten(2))
