"""The simplified graph convolution."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from ..propagation import symmetric_hop
from .in_degree_check import InDegreeCheck


class SGConv(InDegreeCheck):
    """One linear layer on ``(D^-1/2 A D^-1/2)^k H``.

    Parameters: ``fc.weight`` ``[out_feats, in_feats]`` (Xavier-uniform), ``fc.bias`` (zeros).

    Args:
        in_feats: Width of the input.
        out_feats: Width of the output.
        k: How many hops.
        cached: Whether the hops of the first call serve all later ones.
        bias: Whether a bias is added.
        norm: Applied after the hops, if given.
        allow_zero_in_degree: Whether a node without in-edges is no error.

    Source: dgl.nn.SGConv; Wu et al., 2019.
    """

    def __init__(
        self,
        in_feats: int,
        out_feats: int,
        k: int = 1,
        cached: bool = False,
        bias: bool = True,
        norm: Callable[[Tensor], Tensor] | None = None,
        allow_zero_in_degree: bool = False,
    ) -> None:
        super().__init__(allow_zero_in_degree)
        self.fc = nn.Linear(in_feats, out_feats, bias=bias)
        self._cached = cached
        self._cached_h: Tensor | None = None
        self._k = k
        self.norm = norm
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weight anew and sets the bias to 0."""
        nn.init.xavier_uniform_(self.fc.weight)
        if self.fc.bias is not None:
            nn.init.zeros_(self.fc.bias)

    def forward(self, graph, feat: Tensor, edge_weight: Tensor | None = None) -> Tensor:
        """``[n, in_feats]`` to ``[n, out_feats]``.

        Args:
            graph: A graph of one node type and relation.
            feat: ``[n, in_feats]``; not read again if the hops are cached.
            edge_weight: ``[num_edges]``, normalised as by `EdgeWeightNorm`.

        Raises:
            DGLError: For a node without in-edges, unless allowed.
        """
        self._check_in_degrees(graph)
        h = self._cached_h
        if h is None:
            h = feat
            hop = symmetric_hop(graph, feat, edge_weight)
            for _ in range(self._k):
                h = hop(h)
            if self.norm is not None:
                h = self.norm(h)
            if self._cached:
                self._cached_h = h
        return self.fc(h)
