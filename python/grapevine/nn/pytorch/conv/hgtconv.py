"""The heterogeneous graph transformer."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .... import function as fn
from ...functional import edge_softmax
from ..linear import TypedLinear


class HGTConv(nn.Module):
    """Attention whose projections depend on the types of nodes and edges.

    Keys, queries, values and the result have a projection for each node type; score and message
    have one for each edge type and head. A learned part ``sigmoid(skip)`` of the result is new,
    the rest is the input.

    Parameters: ``linear_k``, ``linear_q``, ``linear_v``, ``linear_a`` (`TypedLinear` of node
    types), ``relation_att.i`` and ``relation_msg.i`` (`TypedLinear` of edge types),
    ``relation_pri.i`` ``[num_etypes]`` (ones), ``skip`` ``[num_ntypes]`` (ones), ``norm`` with
    ``use_norm``, and ``residual_w`` if input and output differ in width.

    Args:
        in_size: Width of the input.
        head_size: Width of each head's output.
        num_heads: How many heads.
        num_ntypes: How many node types.
        num_etypes: How many edge types.
        dropout: Dropout of the new part.
        use_norm: Whether the result is normalised.

    Source: dgl.nn.HGTConv; Hu et al., 2020.
    """

    def __init__(
        self,
        in_size: int,
        head_size: int,
        num_heads: int,
        num_ntypes: int,
        num_etypes: int,
        dropout: float = 0.2,
        use_norm: bool = False,
    ) -> None:
        super().__init__()
        self.in_size = in_size
        self.head_size = head_size
        self.num_heads = num_heads
        self.sqrt_d = math.sqrt(head_size)
        self.use_norm = use_norm
        self.presorted = False
        width = head_size * num_heads
        self.linear_k = TypedLinear(in_size, width, num_ntypes)
        self.linear_q = TypedLinear(in_size, width, num_ntypes)
        self.linear_v = TypedLinear(in_size, width, num_ntypes)
        self.linear_a = TypedLinear(width, width, num_ntypes)
        self.relation_pri = nn.ParameterList(
            nn.Parameter(torch.ones(num_etypes)) for _ in range(num_heads)
        )
        self.relation_att = nn.ModuleList(
            TypedLinear(head_size, head_size, num_etypes) for _ in range(num_heads)
        )
        self.relation_msg = nn.ModuleList(
            TypedLinear(head_size, head_size, num_etypes) for _ in range(num_heads)
        )
        self.skip = nn.Parameter(torch.ones(num_ntypes))
        self.drop = nn.Dropout(dropout)
        if use_norm:
            self.norm = nn.LayerNorm(width)
        if in_size != width:
            self.residual_w = nn.Parameter(torch.empty(in_size, width))
            nn.init.xavier_uniform_(self.residual_w)

    def _heads(self, feat: Tensor) -> Tensor:
        return feat.reshape(len(feat), self.num_heads, self.head_size)

    def message(self, edges) -> dict[str, Tensor]:
        """Score ``a`` ``[num_edges, heads]`` and message ``m`` ``[num_edges, heads, head]``."""
        etype = edges.data["etype"]
        key, query, value = edges.src["k"], edges.dst["q"], edges.src["v"]
        scores, messages = [], []
        for i in range(self.num_heads):
            projected = self.relation_att[i](key[:, i], etype, self.presorted)
            score = (projected * query[:, i]).sum(dim=-1) * self.relation_pri[i][etype]
            scores.append(score / self.sqrt_d)
            messages.append(self.relation_msg[i](value[:, i], etype, self.presorted))
        return {"a": torch.stack(scores, dim=1), "m": torch.stack(messages, dim=1)}

    def forward(
        self, g, x: Tensor, ntype: Tensor, etype: Tensor, *, presorted: bool = False
    ) -> Tensor:
        """``[num_src, in_size]`` to ``[num_dst, heads * head_size]``.

        Args:
            g: A graph or block of one relation.
            x: ``[num_src, in_size]``; a block's destinations are its first sources.
            ntype: Type of each source node, ``[num_src]``.
            etype: Type of each edge, ``[num_edges]``.
            presorted: Whether nodes and edges are sorted by type, which is faster.
        """
        self.presorted = presorted
        num_dst = g.num_dst_nodes()
        x_dst, dst_type = x[:num_dst], ntype[:num_dst]
        with g.local_scope():
            g.srcdata["k"] = self._heads(self.linear_k(x, ntype, presorted))
            g.dstdata["q"] = self._heads(self.linear_q(x_dst, dst_type, presorted))
            g.srcdata["v"] = self._heads(self.linear_v(x, ntype, presorted))
            g.edata["etype"] = etype
            g.apply_edges(self.message)
            attention = edge_softmax(g, g.edata["a"]).unsqueeze(-1)
            g.edata["m"] = g.edata["m"] * attention
            g.update_all(fn.copy_e("m", "m"), fn.sum("m", "h"))
            h = g.dstdata["h"].reshape(num_dst, self.num_heads * self.head_size)
        h = self.drop(self.linear_a(h, dst_type, presorted))
        new = torch.sigmoid(self.skip[dst_type]).unsqueeze(-1)
        old = x_dst if x_dst.shape == h.shape else x_dst @ self.residual_w
        h = h * new + old * (1 - new)
        return self.norm(h) if self.use_norm else h
