"""The Gaussian mixture convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ....utils import expand_as_pair
from ..propagation import Features, reduce_neighbors
from .attention import residual_projection
from .in_degree_check import InDegreeCheck


class GMMConv(InDegreeCheck):
    """Several projections of the in-neighbours, weighed by Gaussians of the edges' coordinates.

    ``h_v' = reduce over u -> v of sum over k of w_k(p_uv) W_k h_u``, where ``w_k`` is
    ``exp(-1/2 |inv_sigma_k * (p - mu_k)|^2)``; then residual and bias are added.

    Parameters: ``mu`` (normal with deviation 0.1) and ``inv_sigma`` (ones) ``[n_kernels, dim]``,
    ``fc.weight`` ``[n_kernels * out_feats, in_src]`` (Xavier-normal with the gain of relu),
    ``res_fc.weight`` with ``residual`` unless ``in_dst == out_feats``, ``bias`` ``[out_feats]``.

    Args:
        in_feats: Width of the input, or a pair for source and destination.
        out_feats: Width of the output.
        dim: Number of an edge's coordinates.
        n_kernels: How many Gaussians.
        aggregator_type: ``"sum"``, ``"mean"`` or ``"max"``.
        residual: Whether the destination's input is added.
        bias: Whether a bias is added.
        allow_zero_in_degree: Whether a node without in-edges is no error.

    Raises:
        KeyError: For another aggregator.

    Source: dgl.nn.GMMConv; Monti et al., 2017.
    """

    def __init__(
        self,
        in_feats: int | tuple[int, int],
        out_feats: int,
        dim: int,
        n_kernels: int,
        aggregator_type: str = "sum",
        residual: bool = False,
        bias: bool = True,
        allow_zero_in_degree: bool = False,
    ) -> None:
        super().__init__(allow_zero_in_degree)
        self._in_src_feats, self._in_dst_feats = expand_as_pair(in_feats)
        self._out_feats = out_feats
        self._dim = dim
        self._n_kernels = n_kernels
        if aggregator_type not in ("sum", "mean", "max"):
            raise KeyError(
                f"GMMConv: aggregator_type: expected sum, mean or max, got {aggregator_type!r}"
            )
        self._aggre_type = aggregator_type
        self.mu = nn.Parameter(torch.empty(n_kernels, dim))
        self.inv_sigma = nn.Parameter(torch.empty(n_kernels, dim))
        self.fc = nn.Linear(self._in_src_feats, n_kernels * out_feats, bias=False)
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
        """Draws the parameters anew."""
        gain = nn.init.calculate_gain("relu")
        nn.init.xavier_normal_(self.fc.weight, gain=gain)
        if isinstance(self.res_fc, nn.Linear):
            nn.init.xavier_normal_(self.res_fc.weight, gain=gain)
        nn.init.normal_(self.mu, 0, 0.1)
        nn.init.ones_(self.inv_sigma)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, graph, feat: Features, pseudo: Tensor) -> Tensor:
        """New features of the destination nodes.

        Args:
            graph: A graph or block of one relation.
            feat: ``[num_src, in_src]``, or a pair with ``[num_dst, in_dst]``.
            pseudo: Coordinates of the edges, ``[num_edges, dim]``.

        Returns:
            ``[num_dst, out_feats]``.

        Raises:
            DGLError: For a node without in-edges, unless allowed.
        """
        self._check_in_degrees(graph)
        src, dst = expand_as_pair(feat, graph)
        h = self.fc(src).reshape(len(src), self._n_kernels, self._out_feats)
        distance = (pseudo.unsqueeze(1) - self.mu) * self.inv_sigma
        weight = torch.exp(-0.5 * distance.square().sum(dim=-1, keepdim=True))
        h = reduce_neighbors(graph, h, weight, self._aggre_type).sum(dim=1)
        if self.res_fc is not None:
            h = h + self.res_fc(dst)
        return h if self.bias is None else h + self.bias
