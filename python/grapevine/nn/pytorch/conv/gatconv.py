"""Graph attention."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .... import ops
from ...functional import edge_softmax
from ..propagation import Features, drop_pair
from .attention import HeadLayer, reset_linear, residual_projection, weigh


class GATConv(HeadLayer):
    """Sums the projected in-neighbours, weighed by how much a node attends to each.

    Head by head, ``h_v' = sum over u -> v of a_uv W h_u``, where ``a_uv`` is the softmax over
    ``v``'s in-edges of ``leaky_relu(attn_l . W h_u + attn_r . W h_v)``.

    Parameters: ``fc.weight`` ``[heads * out, in]``, or ``fc_src.weight`` and ``fc_dst.weight``
    when made with a pair of widths; ``attn_l``, ``attn_r`` ``[1, heads, out]``; with ``residual``,
    ``res_fc.weight`` ``[heads * out, in_dst]`` unless ``in_dst == heads * out``. The bias is
    ``res_fc.bias`` if there is a ``res_fc``, else ``bias``. Weights are Xavier-normal with the
    gain of relu, biases 0.

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
        bias: Whether a bias is added.

    Source: dgl.nn.GATConv; Velickovic et al., 2018.
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
    ) -> None:
        super().__init__(in_feats, out_feats, num_heads, allow_zero_in_degree)
        width = num_heads * out_feats
        self._make_projections(in_feats)
        self._make_attention(feat_drop, attn_drop, negative_slope)
        if residual:
            self.res_fc = residual_projection(self._in_dst_feats, width, bias)
        else:
            self.register_buffer("res_fc", None)
        self.has_linear_res = isinstance(self.res_fc, nn.Linear)
        self.has_explicit_bias = bias and not self.has_linear_res
        if self.has_explicit_bias:
            self.bias = nn.Parameter(torch.empty(width))
        else:
            self.register_buffer("bias", None)
        self.reset_parameters()
        self.activation = activation

    def reset_parameters(self) -> None:
        """Draws the weights anew and sets the biases to 0."""
        gain = nn.init.calculate_gain("relu")
        self._reset_projections(gain)
        nn.init.xavier_normal_(self.attn_l, gain=gain)
        nn.init.xavier_normal_(self.attn_r, gain=gain)
        if self.has_explicit_bias:
            nn.init.zeros_(self.bias)
        reset_linear(self.res_fc, gain)

    def forward(
        self,
        graph,
        feat: Features,
        edge_weight: Tensor | None = None,
        get_attention: bool = False,
    ) -> Tensor | tuple[Tensor, Tensor]:
        """New features of the destination nodes.

        Args:
            graph: A graph or block of one relation.
            feat: ``[num_src, *, in_src]``, or a pair with ``[num_dst, *, in_dst]``.
            edge_weight: ``[num_edges]``; the attention is multiplied by it after the softmax.
            get_attention: Whether the attention is returned, too.

        Returns:
            ``[num_dst, *, heads, out]``, and ``[num_edges, *, heads, 1]`` if asked for.

        Raises:
            DGLError: For a node without in-edges, unless allowed.
        """
        self._check_in_degrees(graph)
        h_src, h_dst, dst = self._project(graph, drop_pair(self.feat_drop, feat))
        score = self.leaky_relu(self._score(graph, h_src, h_dst))
        attention = weigh(self.attn_drop(edge_softmax(graph, score)), edge_weight)
        result = self._finish(ops.u_mul_e_sum(graph, h_src, attention), dst, self.bias)
        return (result, attention) if get_attention else result
