"""The convolution whose weights a network makes of edge features."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ....utils import expand_as_pair
from ..propagation import Features, reduce_neighbors
from .attention import residual_projection


class NNConv(nn.Module):
    """``h_v' = reduce(h_u W(f_uv) for u -> v) + residual + bias``, with ``W = edge_func(f)``.

    Parameters: those of ``edge_func``; with ``residual``, ``res_fc.weight`` unless
    ``in_dst == out_feats`` (Xavier-normal with the gain of relu); ``bias`` ``[out_feats]``.

    Args:
        in_feats: Width of the input, or a pair for source and destination.
        out_feats: Width of the output.
        edge_func: Edge features to ``[num_edges, in_src * out_feats]``.
        aggregator_type: ``"sum"``, ``"mean"`` or ``"max"``.
        residual: Whether the destination's input is added.
        bias: Whether a bias is added.

    Raises:
        KeyError: For another aggregator.

    Source: dgl.nn.NNConv; Gilmer et al., 2017.
    """

    def __init__(
        self,
        in_feats: int | tuple[int, int],
        out_feats: int,
        edge_func: Callable[[Tensor], Tensor],
        aggregator_type: str = "mean",
        residual: bool = False,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self._in_src_feats, self._in_dst_feats = expand_as_pair(in_feats)
        self._out_feats = out_feats
        self.edge_func = edge_func
        if aggregator_type not in ("sum", "mean", "max"):
            raise KeyError(
                f"NNConv: aggregator_type: expected sum, mean or max, got {aggregator_type!r}"
            )
        self._aggre_type = aggregator_type
        if residual:
            self.res_fc = residual_projection(self._in_dst_feats, out_feats, bias=False)
        else:
            self.register_buffer("res_fc", None)
        if bias:
            self.bias = nn.Parameter(torch.empty(out_feats))
        else:
            self.register_buffer("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the residual's weight anew and sets the bias to 0."""
        if self.bias is not None:
            nn.init.zeros_(self.bias)
        if isinstance(self.res_fc, nn.Linear):
            nn.init.xavier_normal_(self.res_fc.weight, gain=nn.init.calculate_gain("relu"))

    def forward(self, graph, feat: Features, efeat: Tensor) -> Tensor:
        """New features of the destination nodes.

        Args:
            graph: A graph or block of one relation.
            feat: ``[num_src, in_src]``, or a pair with ``[num_dst, in_dst]``.
            efeat: ``[num_edges, *]``, what ``edge_func`` reads.

        Returns:
            ``[num_dst, out_feats]``.
        """
        src, dst = expand_as_pair(feat, graph)
        weight = self.edge_func(efeat)
        weight = weight.reshape(graph.num_edges(), self._in_src_feats, self._out_feats)
        h = reduce_neighbors(graph, src.unsqueeze(-1), weight, self._aggre_type).sum(dim=1)
        if self.res_fc is not None:
            h = h + self.res_fc(dst)
        return h if self.bias is None else h + self.bias
