"""What the attention layers share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .... import ops
from ....utils import expand_as_pair
from ..propagation import Features
from ..utils import Identity
from .in_degree_check import InDegreeCheck


class HeadLayer(InDegreeCheck):
    """A layer whose output is that of several heads side by side, ``[num_dst, *, heads, out]``."""

    def __init__(
        self,
        in_feats: int | tuple[int, int],
        out_feats: int,
        num_heads: int,
        allow_zero_in_degree: bool,
    ) -> None:
        super().__init__(allow_zero_in_degree)
        self._num_heads = num_heads
        self._in_src_feats, self._in_dst_feats = expand_as_pair(in_feats)
        self._out_feats = out_feats

    def _make_projections(self, in_feats: int | tuple[int, int]) -> None:
        """``fc`` for one width of the input, ``fc_src`` and ``fc_dst`` for a pair."""
        width = self._out_feats * self._num_heads
        if isinstance(in_feats, tuple):
            self.fc_src = nn.Linear(self._in_src_feats, width, bias=False)
            self.fc_dst = nn.Linear(self._in_dst_feats, width, bias=False)
        else:
            self.fc = nn.Linear(self._in_src_feats, width, bias=False)

    def _reset_projections(self, gain: float) -> None:
        for linear in (self.fc,) if hasattr(self, "fc") else (self.fc_src, self.fc_dst):
            nn.init.xavier_normal_(linear.weight, gain=gain)

    def _make_attention(self, feat_drop: float, attn_drop: float, negative_slope: float) -> None:
        """``attn_l`` and ``attn_r``, ``[1, heads, out]``, and the modules without parameters."""
        self.attn_l = nn.Parameter(torch.empty(1, self._num_heads, self._out_feats))
        self.attn_r = nn.Parameter(torch.empty(1, self._num_heads, self._out_feats))
        self._make_drops(feat_drop, attn_drop, negative_slope)

    def _make_drops(self, feat_drop: float, attn_drop: float, negative_slope: float) -> None:
        self.feat_drop = nn.Dropout(feat_drop)
        self.attn_drop = nn.Dropout(attn_drop)
        self.leaky_relu = nn.LeakyReLU(negative_slope)

    def _score(self, graph, h_src: Tensor, h_dst: Tensor) -> Tensor:
        """``attn_l . h_src + attn_r . h_dst`` of each edge, ``[num_edges, *, heads, 1]``."""
        left = (h_src * self.attn_l).sum(dim=-1, keepdim=True)
        right = (h_dst * self.attn_r).sum(dim=-1, keepdim=True)
        return ops.u_add_v(graph, left, right)

    def _finish(self, result: Tensor, dst: Tensor, bias: Tensor | None = None) -> Tensor:
        """Adds the destinations' input and a bias, and applies the activation, if there are."""
        if self.res_fc is not None:
            result = result + self._heads(self.res_fc(dst))
        if bias is not None:
            result = result + bias.view(self._num_heads, self._out_feats)
        return result if self.activation is None else self.activation(result)

    def _project(self, graph, feat: Features) -> tuple[Tensor, Tensor, Tensor]:
        """Source and destination features of each head, and the destinations' input."""
        src, dst = expand_as_pair(feat, graph)
        if hasattr(self, "fc_src"):
            return self._heads(self.fc_src(src)), self._heads(self.fc_dst(dst)), dst
        h_src = self._heads(self.fc(src))
        if isinstance(feat, tuple):
            return h_src, self._heads(self.fc(dst)), dst
        return h_src, h_src[: len(dst)], dst

    def _heads(self, feat: Tensor) -> Tensor:
        """``[n, *, heads * out]`` to ``[n, *, heads, out]``, with no rows, too."""
        return feat.reshape(*feat.shape[:-1], self._num_heads, self._out_feats)


def residual_projection(in_dst: int, width: int, bias: bool) -> nn.Linear | Identity:
    """What takes a destination's input to the width of the result."""
    return nn.Linear(in_dst, width, bias=bias) if in_dst != width else Identity()


def reset_linear(linear: nn.Module | None, gain: float) -> None:
    """Xavier-normal weights and a bias of 0, if this is a linear layer."""
    if isinstance(linear, nn.Linear):
        nn.init.xavier_normal_(linear.weight, gain=gain)
        if linear.bias is not None:
            nn.init.zeros_(linear.bias)


def weigh(attention: Tensor, edge_weight: Tensor | None) -> Tensor:
    """``[num_edges, *]`` times a number for each edge, if there are any."""
    if edge_weight is None:
        return attention
    return attention * edge_weight.reshape(-1, *[1] * (attention.dim() - 1))
