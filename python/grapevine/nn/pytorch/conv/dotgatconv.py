"""Graph attention by inner products."""

from __future__ import annotations

from torch import Tensor

from .... import ops
from ...functional import edge_softmax
from ..propagation import Features
from .attention import HeadLayer


class DotGatConv(HeadLayer):
    """Sums the projected in-neighbours, weighed by their inner products with the node.

    Head by head, ``h_v' = sum over u -> v of a_uv W h_u``, where ``a_uv`` is the softmax over
    ``v``'s in-edges of ``(W h_u . W h_v) / sqrt(out_feats)``.

    Parameters: ``fc.weight`` ``[heads * out, in]``, or ``fc_src.weight`` and ``fc_dst.weight``
    when made with a pair of widths; drawn as `torch.nn.Linear` draws them.

    Args:
        in_feats: Width of the input, or a pair for source and destination.
        out_feats: Width of each head's output.
        num_heads: How many heads.
        allow_zero_in_degree: Whether a node without in-edges is no error.

    Source: dgl.nn.DotGatConv; the attention of Vaswani et al., 2017.
    """

    def __init__(
        self,
        in_feats: int | tuple[int, int],
        out_feats: int,
        num_heads: int,
        allow_zero_in_degree: bool = False,
    ) -> None:
        super().__init__(in_feats, out_feats, num_heads, allow_zero_in_degree)
        self._make_projections(in_feats)

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
        h_src, h_dst, _ = self._project(graph, feat)
        score = ops.u_dot_v(graph, h_src, h_dst) / self._out_feats**0.5
        attention = edge_softmax(graph, score)
        result = ops.u_mul_e_sum(graph, h_src, attention)
        return (result, attention) if get_attention else result
