"""Edges on shortest paths as a bias of attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class PathEncoder(nn.Module):
    """The mean, over the edges of a shortest path, of the edge's features times a weight.

    Parameters: ``embedding_table.weight`` ``[max_len * num_heads, feat_dim]``, a weight for each
    place on the path.

    Args:
        max_len: How many edges of a path are read.
        feat_dim: Width of the edges' features.
        num_heads: How many numbers are made of each pair.

    Source: dgl.nn.PathEncoder; Ying et al., 2021.
    """

    def __init__(self, max_len: int, feat_dim: int, num_heads: int = 1) -> None:
        super().__init__()
        self.max_len = max_len
        self.feat_dim = feat_dim
        self.num_heads = num_heads
        self.embedding_table = nn.Embedding(max_len * num_heads, feat_dim)

    def forward(self, dist: Tensor, path_data: Tensor) -> Tensor:
        """A bias for each pair of nodes.

        Args:
            dist: Lengths of the shortest paths, ``[batch, n, n]``.
            path_data: Features of their edges, ``[batch, n, n, max_len, feat_dim]``.

        Returns:
            ``[batch, n, n, num_heads]``.
        """
        weight = self.embedding_table.weight.view(self.max_len, self.num_heads, self.feat_dim)
        total = torch.einsum("bijld,lhd->bijh", path_data, weight)
        return total / dist.clamp(min=1, max=self.max_len).unsqueeze(-1)
