"""The graph convolution of deep networks."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..propagation import symmetric_hop
from .in_degree_check import InDegreeCheck


class GCN2Conv(InDegreeCheck):
    """A layer of GCNII: a hop mixed with the first layer's features, and nearly the identity.

    ``H' = ((1 - beta) I + beta W_1) ((1 - alpha) D^-1/2 A D^-1/2 H + alpha H_0) + bias``, with
    ``beta = log(lambda_ / layer + 1)``; without ``project_initial_features``, ``H_0`` has a weight
    of its own, ``W_2``.

    Parameters: ``weight1`` and ``weight2`` ``[in_feats, in_feats]`` (standard normal), ``bias``
    ``[in_feats]`` (zeros).

    Args:
        in_feats: Width of input and output.
        layer: Number of the layer, from 1.
        alpha: How much of the first features returns.
        lambda_: How far from the identity the weights are.
        project_initial_features: Whether ``W_1`` serves the first features, too.
        allow_zero_in_degree: Whether a node without in-edges is no error.
        bias: Whether a bias is added.
        activation: Applied to the result, if given.

    Source: dgl.nn.GCN2Conv; Chen et al., 2020.
    """

    def __init__(
        self,
        in_feats: int,
        layer: int,
        alpha: float = 0.1,
        lambda_: float = 1,
        project_initial_features: bool = True,
        allow_zero_in_degree: bool = False,
        bias: bool = True,
        activation: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__(allow_zero_in_degree)
        self._in_feats = in_feats
        self._project_initial_features = project_initial_features
        self.alpha = alpha
        self.beta = math.log(lambda_ / layer + 1)
        self._bias = bias
        self._activation = activation
        self.weight1 = nn.Parameter(torch.empty(in_feats, in_feats))
        self.register_parameter(
            "weight2",
            None if project_initial_features else nn.Parameter(torch.empty(in_feats, in_feats)),
        )
        self.register_parameter("bias", nn.Parameter(torch.empty(in_feats)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weights anew and sets the bias to 0."""
        nn.init.normal_(self.weight1)
        if self.weight2 is not None:
            nn.init.normal_(self.weight2)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(
        self, graph, feat: Tensor, feat_0: Tensor, edge_weight: Tensor | None = None
    ) -> Tensor:
        """``[n, in_feats]`` to ``[n, in_feats]``.

        Args:
            graph: A graph of one node type and relation.
            feat: What the layer before gave, ``[n, in_feats]``.
            feat_0: What the first layer was given, ``[n, in_feats]``.
            edge_weight: ``[num_edges]``, normalised as by `EdgeWeightNorm`.

        Raises:
            DGLError: For a node without in-edges, unless allowed.
        """
        self._check_in_degrees(graph)
        h = symmetric_hop(graph, feat, edge_weight)(feat) * (1 - self.alpha)
        first = feat_0[: len(h)] * self.alpha
        if self.weight2 is None:
            projected = (h + first) @ self.weight1
        else:
            projected = h @ self.weight1 + first @ self.weight2
        result = (1 - self.beta) * (h + first) + self.beta * projected
        if self.bias is not None:
            result = result + self.bias
        return result if self._activation is None else self._activation(result)

    def extra_repr(self) -> str:
        """Width and the two factors."""
        return f"in={self._in_feats}, alpha={self.alpha}, beta={self.beta}"
