"""`ChebConv` of a dense adjacency matrix."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..propagation import degree_norm


class DenseChebConv(nn.Module):
    """As `ChebConv`, for graphs that are nearly complete, and without an activation.

    Parameters: ``W`` ``[k, in_feats, out_feats]`` (Xavier-normal with the gain of relu), ``bias``
    ``[out_feats]`` (zeros).

    Args:
        in_feats: Width of the input.
        out_feats: Width of the output.
        k: How many polynomials.
        bias: Whether a bias is added.

    Source: dgl.nn.DenseChebConv.
    """

    def __init__(self, in_feats: int, out_feats: int, k: int, bias: bool = True) -> None:
        super().__init__()
        self._in_feats = in_feats
        self._out_feats = out_feats
        self._k = k
        self.W = nn.Parameter(torch.empty(k, in_feats, out_feats))
        if bias:
            self.bias = nn.Parameter(torch.empty(out_feats))
        else:
            self.register_buffer("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weights anew and sets the bias to 0."""
        if self.bias is not None:
            nn.init.zeros_(self.bias)
        gain = nn.init.calculate_gain("relu")
        for weight in self.W.unbind():
            nn.init.xavier_normal_(weight, gain)

    def forward(self, adj: Tensor, feat: Tensor, lambda_max: float | None = None) -> Tensor:
        """``[n, in_feats]`` to ``[n, out_feats]``.

        Args:
            adj: Weight of the edge from each source (column) to each destination (row),
                ``[n, n]``.
            feat: ``[n, in_feats]``.
            lambda_max: The Laplacian's largest eigenvalue; computed if not given.
        """
        adj = adj.to(feat)
        root = degree_norm(adj.sum(dim=1), adj, -0.5)
        identity = torch.eye(len(adj)).to(adj)
        laplacian = identity - root * adj * root.T
        if lambda_max is None:
            lambda_max = torch.linalg.eigvals(laplacian).real.max()
        scaled = 2 * laplacian / lambda_max - identity
        terms = [feat]
        if self._k > 1:
            terms.append(scaled @ feat)
        while len(terms) < self._k:
            terms.append(2 * scaled @ terms[-1] - terms[-2])
        result = (torch.stack(terms) @ self.W).sum(dim=0)
        return result if self.bias is None else result + self.bias
