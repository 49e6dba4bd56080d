"""Graph attention whose score depends on both ends at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .... import ops
from ....utils import expand_as_pair
from ...functional import edge_softmax
from ..propagation import Features, drop_pair
from .attention import HeadLayer, reset_linear, residual_projection


class GATv2Conv(HeadLayer):
    """As `GATConv`, with the score ``attn . leaky_relu(W_src h_u + W_dst h_v)``.

    Parameters: ``fc_src`` and ``fc_dst``, each ``weight`` ``[heads * out, in]`` and ``bias``
    ``[heads * out]`` (one module under both names with ``share_weights``); ``attn``
    ``[1, heads, out]``; with ``residual``, ``res_fc`` unless ``in_dst == heads * out``. Weights
    are Xavier-normal with the gain of relu, biases 0.

    Args:
        in_feats: Width of the input, or a pair for source and destination.
        out_feats: Width of each head's output.
        num_heads: How many heads.
        feat_drop: Dropout of the input.
        attn_drop: Dropout of the attention.
        negative_slope: Of the leaky relu.
        residual: Whether the destination's input is added.
        activation: Applied to the result, if given.
        allow_zero_in_degree: Whether a node without in-edges is no error.
        bias: Whether the linear layers have biases.
        share_weights: Whether source and destination have the same projection.

    Source: dgl.nn.GATv2Conv; Brody et al., 2022.
    """

    def __init__(
        self,
        in_feats: int | tuple[int, int],
        out_feats: int,
        num_heads: int,
        feat_drop: float = 0.0,
        attn_drop: float = 0.0,
        negative_slope: float = 0.2,
        residual: bool = False,
        activation: Callable[[Tensor], Tensor] | None = None,
        allow_zero_in_degree: bool = False,
        bias: bool = True,
        share_weights: bool = False,
    ) -> None:
        super().__init__(in_feats, out_feats, num_heads, allow_zero_in_degree)
        width = num_heads * out_feats
        self.fc_src = nn.Linear(self._in_src_feats, width, bias=bias)
        if share_weights and not isinstance(in_feats, tuple):
            self.fc_dst = self.fc_src
        else:
            self.fc_dst = nn.Linear(self._in_dst_feats, width, bias=bias)
        self.attn = nn.Parameter(torch.empty(1, num_heads, out_feats))
        self._make_drops(feat_drop, attn_drop, negative_slope)
        if residual:
            self.res_fc = residual_projection(self._in_dst_feats, width, bias)
        else:
            self.register_buffer("res_fc", None)
        self.activation = activation
        self.share_weights = share_weights
        self.bias = bias
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weights anew and sets the biases to 0."""
        gain = nn.init.calculate_gain("relu")
        reset_linear(self.fc_src, gain)
        if self.fc_dst is not self.fc_src:
            reset_linear(self.fc_dst, gain)
        nn.init.xavier_normal_(self.attn, gain=gain)
        reset_linear(self.res_fc, gain)

    def forward(
        self, graph, feat: Features, get_attention: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """New features of the destination nodes.

        Args:
            graph: A graph or block of one relation.
            feat: ``[num_src, in_src]``, or a pair with ``[num_dst, in_dst]``.
            get_attention: Whether the attention is returned, too.

        Returns:
            ``[num_dst, heads, out]``, and ``[num_edges, heads, 1]`` if asked for.

        Raises:
            DGLError: For a node without in-edges, unless allowed.
        """
        self._check_in_degrees(graph)
        src, dst = expand_as_pair(drop_pair(self.feat_drop, feat), graph)
        h_src, h_dst = self._heads(self.fc_src(src)), self._heads(self.fc_dst(dst))
        h_edge = self.leaky_relu(ops.u_add_v(graph, h_src, h_dst))
        score = (h_edge * self.attn).sum(dim=-1, keepdim=True)
        attention = self.attn_drop(edge_softmax(graph, score))
        result = self._finish(ops.u_mul_e_sum(graph, h_src, attention), dst)
        return (result, attention) if get_attention else result
