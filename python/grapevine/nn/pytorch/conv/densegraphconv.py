"""`GraphConv` of a dense adjacency matrix."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ..propagation import degree_norm


class DenseGraphConv(nn.Module):
    """As `GraphConv`, for graphs that are nearly complete.

    Parameters: ``weight`` ``[in_feats, out_feats]`` (Xavier-uniform), ``bias`` ``[out_feats]``
    (zeros).

    Args:
        in_feats: Width of the input.
        out_feats: Width of the output.
        norm: ``"both"``, ``"right"`` or ``"none"``.
        bias: Whether a bias is added.
        activation: Applied to the result, if given.

    Source: dgl.nn.DenseGraphConv.
    """

    def __init__(
        self,
        in_feats: int,
        out_feats: int,
        norm: str = "both",
        bias: bool = True,
        activation: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self._in_feats = in_feats
        self._out_feats = out_feats
        self._norm = norm
        self.weight = nn.Parameter(torch.empty(in_feats, out_feats))
        if bias:
            self.bias = nn.Parameter(torch.empty(out_feats))
        else:
            self.register_buffer("bias", None)
        self.reset_parameters()
        self._activation = activation

    def reset_parameters(self) -> None:
        """Draws the weight anew and sets the bias to 0."""
        nn.init.xavier_uniform_(self.weight)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, adj: Tensor, feat: Tensor) -> Tensor:
        """``[num_src, in_feats]`` to ``[num_dst, out_feats]``.

        Args:
            adj: Weight of the edge from each source (column) to each destination (row),
                ``[num_dst, num_src]``.
            feat: ``[num_src, in_feats]``.
        """
        adj = adj.to(feat)
        h = feat
        if self._norm == "both":
            h = h * degree_norm(adj.sum(dim=0), h, -0.5)
        if self._in_feats > self._out_feats:
            h = adj @ (h @ self.weight)
        else:
            h = (adj @ h) @ self.weight
        if self._norm != "none":
            h = h * degree_norm(adj.sum(dim=1), h, -0.5 if self._norm == "both" else -1.0)
        if self.bias is not None:
            h = h + self.bias
        return h if self._activation is None else self._activation(h)
