"""The graph convolution of Kipf and Welling."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ....base import DGLError
from ....utils import expand_as_pair
from ..edgeweightnorm import EdgeWeightNorm
from ..propagation import Features, degree_norm, reduce_neighbors
from .in_degree_check import InDegreeCheck

__all__ = ["EdgeWeightNorm", "GraphConv"]

_NORMS = ("none", "both", "right", "left")


class GraphConv(InDegreeCheck):
    """Sums the in-neighbours' features, divided by roots of degrees, times one weight matrix.

    ``h_v' = activation(bias + sum over u -> v of edge_weight * W h_u / c_uv)``, where ``c_uv`` is
    the root of (out-degree of u times in-degree of v) for ``norm="both"``, the in-degree of v for
    ``"right"``, the out-degree of u for ``"left"``, and 1 for ``"none"``. Degrees of 0 count as 1.

    Parameters: ``weight`` ``[in_feats, out_feats]`` (Xavier-uniform), ``bias`` ``[out_feats]``
    (zeros).

    Args:
        in_feats: Width of the input.
        out_feats: Width of the output.
        norm: ``"both"``, ``"right"``, ``"left"`` or ``"none"``.
        weight: Whether the layer has a weight; if not, `forward` may be given one.
        bias: Whether a bias is added.
        activation: Applied to the result, if given.
        allow_zero_in_degree: Whether a node without in-edges is no error.

    Raises:
        DGLError: For another ``norm``.

    Source: dgl.nn.GraphConv; Kipf and Welling, 2017.
    """

    def __init__(
        self,
        in_feats: int,
        out_feats: int,
        norm: str = "both",
        weight: bool = True,
        bias: bool = True,
        activation: Callable[[Tensor], Tensor] | None = None,
        allow_zero_in_degree: bool = False,
    ) -> None:
        super().__init__(allow_zero_in_degree)
        if norm not in _NORMS:
            raise DGLError(f"GraphConv: norm: expected one of {_NORMS}, got {norm!r}")
        self._in_feats = in_feats
        self._out_feats = out_feats
        self._norm = norm
        self.register_parameter(
            "weight", nn.Parameter(torch.empty(in_feats, out_feats)) if weight else None
        )
        self.register_parameter("bias", nn.Parameter(torch.empty(out_feats)) if bias else None)
        self.reset_parameters()
        self._activation = activation

    def reset_parameters(self) -> None:
        """Draws the weight anew and sets the bias to 0."""
        if self.weight is not None:
            nn.init.xavier_uniform_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(
        self,
        graph,
        feat: Features,
        weight: Tensor | None = None,
        edge_weight: Tensor | None = None,
    ) -> Tensor:
        """New features of the destination nodes.

        Args:
            graph: A graph or block of one relation.
            feat: ``[num_src, *, in_feats]``, or a pair of which the second is not read.
            weight: ``[in_feats, out_feats]``, for a layer without its own.
            edge_weight: ``[num_edges]`` or ``[num_edges, 1]``.

        Returns:
            ``[num_dst, *, out_feats]``.

        Raises:
            DGLError: For a node without in-edges, unless allowed, and for a second weight.
        """
        self._check_in_degrees(graph)
        if weight is None:
            weight = self.weight
        elif self.weight is not None:
            raise DGLError(
                "GraphConv: weight: this layer has its own; make it with weight=False to pass one"
            )
        h, _ = expand_as_pair(feat, graph)
        if self._norm in ("left", "both"):
            h = h * degree_norm(graph.out_degrees(), h, self._exponent)
        narrows = self._in_feats > self._out_feats
        if weight is not None and narrows:
            h = h @ weight
        h = reduce_neighbors(graph, h, edge_weight)
        if weight is not None and not narrows:
            h = h @ weight
        if self._norm in ("right", "both"):
            h = h * degree_norm(graph.in_degrees(), h, self._exponent)
        if self.bias is not None:
            h = h + self.bias
        return h if self._activation is None else self._activation(h)

    @property
    def _exponent(self) -> float:
        return -0.5 if self._norm == "both" else -1.0

    def extra_repr(self) -> str:
        """Widths, normalisation and, unless it is a module, the activation."""
        summary = f"in={self._in_feats}, out={self._out_feats}, normalization={self._norm}"
        if "_activation" in self.__dict__:
            summary += f", activation={self._activation}"
        return summary
