"""The Chebyshev graph convolution."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ....base import dgl_warning
from ....readout import broadcast_nodes
from ..propagation import symmetric_hop


class ChebConv(nn.Module):
    """One linear layer on ``k`` Chebyshev polynomials of the scaled Laplacian.

    ``X_0 = H``, ``X_1 = L H``, ``X_i = 2 L X_(i-1) - X_(i-2)``, where ``L`` is
    ``2 (I - D^-1/2 A D^-1/2) / lambda_max - I``.

    Parameters: ``linear.weight`` ``[out_feats, k * in_feats]``, ``linear.bias``.

    Args:
        in_feats: Width of the input.
        out_feats: Width of the output.
        k: How many polynomials.
        activation: Applied to the result, if given.
        bias: Whether a bias is added.

    Source: dgl.nn.ChebConv; Defferrard et al., 2016.
    """

    def __init__(
        self,
        in_feats: int,
        out_feats: int,
        k: int,
        activation: Callable[[Tensor], Tensor] | None = F.relu,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self._k = k
        self._in_feats = in_feats
        self._out_feats = out_feats
        self.activation = activation
        self.linear = nn.Linear(k * in_feats, out_feats, bias)

    def forward(
        self, graph, feat: Tensor, lambda_max: None | list[float] | Tensor = None
    ) -> Tensor:
        """``[n, in_feats]`` to ``[n, out_feats]``.

        Args:
            graph: A graph of one node type and relation, or a batch of such.
            feat: ``[n, in_feats]``.
            lambda_max: The Laplacian's largest eigenvalue of each graph in the batch, as a list
                or ``[batch_size]`` or ``[batch_size, 1]``; 2, with a warning, if not given.
        """
        if lambda_max is None:
            dgl_warning(
                "ChebConv: lambda_max: 2 is assumed, as none was given; "
                "dgl.laplacian_lambda_max computes it"
            )
            lambda_max = [2.0] * graph.batch_size
        if isinstance(lambda_max, list):
            lambda_max = torch.tensor(lambda_max, dtype=feat.dtype, device=feat.device)
        if lambda_max.dim() == 1:
            lambda_max = lambda_max.unsqueeze(-1)
        scale = 2.0 / broadcast_nodes(graph, lambda_max)
        hop = symmetric_hop(graph, feat)

        def scaled_laplacian(x: Tensor) -> Tensor:
            return (scale - 1) * x - scale * hop(x)

        terms = [feat]
        if self._k > 1:
            terms.append(scaled_laplacian(feat))
        while len(terms) < self._k:
            terms.append(2 * scaled_laplacian(terms[-1]) - terms[-2])
        result = self.linear(torch.cat(terms, dim=1))
        return result if self.activation is None else self.activation(result)
