"""Graph attention that reads and writes edge features."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .... import ops
from ....utils import expand_as_pair
from ...functional import edge_softmax
from ..propagation import Features
from .attention import weigh
from .in_degree_check import InDegreeCheck


class EGATConv(InDegreeCheck):
    """Makes new edge features of both ends and the edge, and attends by them.

    Head by head, ``f_uv' = leaky_relu(W_ni h_u + W_nj h_v + W_fij f_uv + bias)`` and
    ``h_v' = sum over u -> v of a_uv W_src h_u``, where ``a_uv`` is the softmax over ``v``'s
    in-edges of ``attn . f_uv'``.

    Parameters: ``fc_node_src.weight`` ``[heads * out_node, in_src]``; ``fc_ni.weight``,
    ``fc_nj.weight`` and ``fc_fij.weight`` ``[heads * out_edge, in]``; ``attn``
    ``[1, heads, out_edge]``; ``bias`` ``[heads * out_edge]``. Weights are Xavier-normal with the
    gain of relu, the bias 0.

    Args:
        in_node_feats: Width of the nodes' input, or a pair for source and destination.
        in_edge_feats: Width of the edges' input.
        out_node_feats: Width of each head's node output.
        out_edge_feats: Width of each head's edge output.
        num_heads: How many heads.
        bias: Whether a bias is added to the edge features.

    Source: dgl.nn.EGATConv; Kaminski et al., 2022.
    """

    def __init__(
        self,
        in_node_feats: int | tuple[int, int],
        in_edge_feats: int,
        out_node_feats: int,
        out_edge_feats: int,
        num_heads: int,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self._num_heads = num_heads
        self._in_src_node_feats, self._in_dst_node_feats = expand_as_pair(in_node_feats)
        self._out_node_feats = out_node_feats
        self._out_edge_feats = out_edge_feats
        edge_width = out_edge_feats * num_heads
        self.fc_node_src = nn.Linear(
            self._in_src_node_feats, out_node_feats * num_heads, bias=False
        )
        self.fc_ni = nn.Linear(self._in_src_node_feats, edge_width, bias=False)
        self.fc_nj = nn.Linear(self._in_dst_node_feats, edge_width, bias=False)
        self.fc_fij = nn.Linear(in_edge_feats, edge_width, bias=False)
        self.attn = nn.Parameter(torch.empty(1, num_heads, out_edge_feats))
        if bias:
            self.bias = nn.Parameter(torch.empty(edge_width))
        else:
            self.register_buffer("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weights anew and sets the bias to 0."""
        gain = nn.init.calculate_gain("relu")
        for linear in (self.fc_node_src, self.fc_ni, self.fc_fij, self.fc_nj):
            nn.init.xavier_normal_(linear.weight, gain=gain)
        nn.init.xavier_normal_(self.attn, gain=gain)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(
        self,
        graph,
        nfeats: Features,
        efeats: Tensor,
        edge_weight: Tensor | None = None,
        get_attention: bool = False,
    ) -> tuple[Tensor, ...]:
        """New features of the destination nodes and of the edges.

        Args:
            graph: A graph or block of one relation.
            nfeats: ``[num_src, in_src]``, or a pair with ``[num_dst, in_dst]``.
            efeats: ``[num_edges, in_edge]``.
            edge_weight: ``[num_edges]``; the attention is multiplied by it after the softmax.
            get_attention: Whether the attention is returned, too.

        Returns:
            ``[num_dst, heads, out_node]``, ``[num_edges, heads, out_edge]`` and, if asked for,
            ``[num_edges, heads, 1]``.

        Raises:
            DGLError: For a node without in-edges.
        """
        self._check_in_degrees(graph)
        src, dst = expand_as_pair(nfeats, graph)
        h_edge = ops.u_add_v(graph, self.fc_ni(src), self.fc_nj(dst)) + self.fc_fij(efeats)
        if self.bias is not None:
            h_edge = h_edge + self.bias
        h_edge = nn.functional.leaky_relu(h_edge)
        h_edge = h_edge.reshape(len(h_edge), self._num_heads, self._out_edge_feats)
        score = (h_edge * self.attn).sum(dim=-1, keepdim=True)
        attention = weigh(edge_softmax(graph, score), edge_weight)
        h_src = self.fc_node_src(src)
        h_src = h_src.reshape(len(h_src), self._num_heads, self._out_node_feats)
        h_node = ops.u_mul_e_sum(graph, h_src, attention)
        return (h_node, h_edge, attention) if get_attention else (h_node, h_edge)
