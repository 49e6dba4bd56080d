"""Graph attention over neighbours and the features of the edges to them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .... import ops
from ...functional import edge_softmax
from ..propagation import Features, drop_pair
from .attention import HeadLayer


class EdgeGATConv(HeadLayer):
    """As `GATConv`, with edge features in the score and in the message.

    Head by head, ``h_v' = sum over u -> v of a_uv (W h_u + W_edge f_uv)``, where ``a_uv`` is the
    softmax over ``v``'s in-edges of
    ``leaky_relu(attn_l . W h_u + attn_r . W h_v + attn_edge . W_edge f_uv)``.

    Parameters: those of `GATConv`, ``fc_edge.weight`` ``[heads * out, edge_feats]`` and
    ``attn_edge`` ``[1, heads, out]``; ``res_fc`` has no bias and is there with any ``residual``.

    Args:
        in_feats: Width of the input, or a pair for source and destination.
        edge_feats: Width of the edges' input.
        out_feats: Width of each head's output.
        num_heads: How many heads.
        feat_drop: Dropout of the input.
        attn_drop: Dropout of the attention.
        negative_slope: Of the leaky relu.
        residual: Whether the destination's projected input is added.
        activation: Applied to the result, if given.
        allow_zero_in_degree: Whether a node without in-edges is no error.
        bias: Whether a bias is added.

    Source: dgl.nn.EdgeGATConv; Monninger et al., 2023.
    """

    def __init__(
        self,
        in_feats: int | tuple[int, int],
        edge_feats: int,
        out_feats: int,
        num_heads: int,
        feat_drop: float = 0.0,
        attn_drop: float = 0.0,
        negative_slope: float = 0.2,
        residual: bool = True,
        activation: Callable[[Tensor], Tensor] | None = None,
        allow_zero_in_degree: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__(in_feats, out_feats, num_heads, allow_zero_in_degree)
        width = num_heads * out_feats
        self._make_projections(in_feats)
        self._make_attention(feat_drop, attn_drop, negative_slope)
        if bias:
            self.bias = nn.Parameter(torch.empty(width))
        else:
            self.register_buffer("bias", None)
        if residual:
            self.res_fc = nn.Linear(self._in_dst_feats, width, bias=False)
        else:
            self.register_buffer("res_fc", None)
        self._edge_feats = edge_feats
        self.fc_edge = nn.Linear(edge_feats, width, bias=False)
        self.attn_edge = nn.Parameter(torch.empty(1, num_heads, out_feats))
        self.reset_parameters()
        self.activation = activation

    def reset_parameters(self) -> None:
        """Draws the weights anew and sets the bias to 0."""
        gain = nn.init.calculate_gain("relu")
        self._reset_projections(gain)
        for weight in (self.attn_l, self.attn_r, self.fc_edge.weight, self.attn_edge):
            nn.init.xavier_normal_(weight, gain=gain)
        if self.bias is not None:
            nn.init.zeros_(self.bias)
        if self.res_fc is not None:
            nn.init.xavier_normal_(self.res_fc.weight, gain=gain)

    def forward(
        self, graph, feat: Features, edge_feat: Tensor, get_attention: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """New features of the destination nodes.

        Args:
            graph: A graph or block of one relation.
            feat: ``[num_src, *, in_src]``, or a pair with ``[num_dst, *, in_dst]``.
            edge_feat: ``[num_edges, *, edge_feats]``.
            get_attention: Whether the attention is returned, too.

        Returns:
            ``[num_dst, *, heads, out]``, and ``[num_edges, *, heads, 1]`` if asked for.

        Raises:
            DGLError: For a node without in-edges, unless allowed.
        """
        self._check_in_degrees(graph)
        h_src, h_dst, dst = self._project(graph, drop_pair(self.feat_drop, feat))
        h_edge = self._heads(self.fc_edge(edge_feat))
        middle = (h_edge * self.attn_edge).sum(dim=-1, keepdim=True)
        score = self.leaky_relu(self._score(graph, h_src, h_dst) + middle)
        attention = self.attn_drop(edge_softmax(graph, score))
        result = ops.u_mul_e_sum(graph, h_src, attention)
        result = result + ops.copy_e_sum(graph, h_edge * attention)
        result = self._finish(result, dst, self.bias)
        return (result, attention) if get_attention else result
