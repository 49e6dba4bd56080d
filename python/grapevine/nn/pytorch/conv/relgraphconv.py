"""The relational graph convolution."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .... import function as fn
from ..linear import TypedLinear


class RelGraphConv(nn.Module):
    """``h_v' = activation(bias + W_0 h_v + sum over u -> v of norm_e * W_type(e) h_u)``.

    Parameters: ``linear_r`` (a `TypedLinear`), ``h_bias`` ``[out_feat]`` (zeros), ``loop_weight``
    ``[in_feat, out_feat]`` (Xavier-uniform with the gain of relu), ``layer_norm_weight``.

    Args:
        in_feat: Width of the input.
        out_feat: Width of the output.
        num_rels: How many edge types.
        regularizer: ``"basis"``, ``"bdd"`` or ``None``; see `TypedLinear`.
        num_bases: How many bases or blocks; ``num_rels`` if not given.
        bias: Whether a bias is added.
        activation: Applied to the result, if given.
        self_loop: Whether ``W_0 h_v`` is added.
        dropout: Dropout of the result.
        layer_norm: Whether the sum over the edges is normalised.

    Source: dgl.nn.RelGraphConv; Schlichtkrull et al., 2018.
    """

    def __init__(
        self,
        in_feat: int,
        out_feat: int,
        num_rels: int,
        regularizer: str | None = None,
        num_bases: int | None = None,
        bias: bool = True,
        activation: Callable[[Tensor], Tensor] | None = None,
        self_loop: bool = True,
        dropout: float = 0.0,
        layer_norm: bool = False,
    ) -> None:
        super().__init__()
        if regularizer is not None and num_bases is None:
            num_bases = num_rels
        self.linear_r = TypedLinear(in_feat, out_feat, num_rels, regularizer, num_bases)
        self.bias = bias
        self.activation = activation
        self.self_loop = self_loop
        self.layer_norm = layer_norm
        self.presorted = False
        if bias:
            self.h_bias = nn.Parameter(torch.zeros(out_feat))
        if layer_norm:
            self.layer_norm_weight = nn.LayerNorm(out_feat, elementwise_affine=True)
        if self_loop:
            self.loop_weight = nn.Parameter(torch.empty(in_feat, out_feat))
            nn.init.xavier_uniform_(self.loop_weight, gain=nn.init.calculate_gain("relu"))
        self.dropout = nn.Dropout(dropout)

    def message(self, edges) -> dict[str, Tensor]:
        """Each source's features times its edge's weights and norm, ``[num_edges, out_feat]``."""
        m = self.linear_r(edges.src["h"], edges.data["etype"], self.presorted)
        return {"m": m * edges.data["norm"] if "norm" in edges.data else m}

    def forward(
        self,
        g,
        feat: Tensor,
        etypes: Tensor,
        norm: Tensor | None = None,
        *,
        presorted: bool = False,
    ) -> Tensor:
        """``[num_src, in_feat]`` to ``[num_dst, out_feat]``.

        Args:
            g: A graph or block of one relation.
            feat: ``[num_src, in_feat]``; a block's destinations are its first sources.
            etypes: Type of each edge, ``[num_edges]``.
            norm: A factor for each edge, ``[num_edges, 1]``.
            presorted: Whether the edges are sorted by type, which is faster.
        """
        self.presorted = presorted
        with g.local_scope():
            g.srcdata["h"] = feat
            if norm is not None:
                g.edata["norm"] = norm
            g.edata["etype"] = etypes
            g.update_all(self.message, fn.sum("m", "h"))
            h = g.dstdata["h"]
        if self.layer_norm:
            h = self.layer_norm_weight(h)
        if self.bias:
            h = h + self.h_bias
        if self.self_loop:
            h = h + feat[: g.num_dst_nodes()] @ self.loop_weight
        if self.activation is not None:
            h = self.activation(h)
        return self.dropout(h)
