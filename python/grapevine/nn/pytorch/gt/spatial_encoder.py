"""Distances as a bias of attention."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

#: As DGL has it, whose weights were trained with it.
_PI = 3.14159


class SpatialEncoder(nn.Module):
    """A row of an embedding for each distance in the graph.

    Parameters: ``embedding_table.weight`` ``[max_dist + 2, num_heads]``; the row of distance -1,
    for no path, is 0.

    Args:
        max_dist: Longer distances count as this.
        num_heads: How many numbers are made of each pair.

    Source: dgl.nn.SpatialEncoder; Ying et al., 2021.
    """

    def __init__(self, max_dist: int, num_heads: int = 1) -> None:
        super().__init__()
        self.max_dist = max_dist
        self.num_heads = num_heads
        self.embedding_table = nn.Embedding(max_dist + 2, num_heads, padding_idx=0)

    def forward(self, dist: Tensor) -> Tensor:
        """Distances ``[batch, n, n]``, -1 for no path, to ``[batch, n, n, num_heads]``."""
        return self.embedding_table(dist.clamp(min=-1, max=self.max_dist) + 1)


class SpatialEncoder3d(nn.Module):
    """Gaussians of distances in space, scaled and shifted by the types of both nodes.

    Parameters: ``means`` and ``stds`` ``[num_kernels]`` (uniform in [0, 3]), ``gamma`` (ones) and
    ``beta`` (zeros) ``[2 * max_node_type + 3, 1]``, ``linear_layer_1``, ``linear_layer_2``.

    Args:
        num_kernels: How many Gaussians.
        num_heads: How many numbers are made of each pair.
        max_node_type: The highest node type.

    Source: dgl.nn.SpatialEncoder3d; Shi et al., 2022.
    """

    def __init__(self, num_kernels: int, num_heads: int = 1, max_node_type: int = 100) -> None:
        super().__init__()
        self.num_kernels = num_kernels
        self.num_heads = num_heads
        self.max_node_type = max_node_type
        self.means = nn.Parameter(torch.empty(num_kernels))
        self.stds = nn.Parameter(torch.empty(num_kernels))
        self.linear_layer_1 = nn.Linear(num_kernels, num_kernels)
        self.linear_layer_2 = nn.Linear(num_kernels, num_heads)
        self.gamma = nn.Embedding(2 * max_node_type + 3, 1, padding_idx=0)
        self.beta = nn.Embedding(2 * max_node_type + 3, 1, padding_idx=0)
        nn.init.uniform_(self.means, 0, 3)
        nn.init.uniform_(self.stds, 0, 3)
        nn.init.ones_(self.gamma.weight)
        nn.init.zeros_(self.beta.weight)

    def _of_pairs(self, table: nn.Embedding, node_type: Tensor | None) -> Tensor:
        """The sum of both nodes' entries, ``[batch, n, n, 1]``; without types, of padding."""
        if node_type is None:
            return 2 * table.weight[0].detach()
        source = table(node_type + 2).unsqueeze(2)
        return source + table(node_type + self.max_node_type + 3).unsqueeze(1)

    def forward(self, coord: Tensor, node_type: Tensor | None = None) -> Tensor:
        """A bias for each pair of nodes.

        Args:
            coord: Places, ``[batch, n, 3]``.
            node_type: Types, ``[batch, n]``, -1 for padding.

        Returns:
            ``[batch, n, n, num_heads]``.
        """
        distance = torch.cdist(coord, coord).unsqueeze(-1)
        gamma, beta = self._of_pairs(self.gamma, node_type), self._of_pairs(self.beta, node_type)
        std = self.stds.abs() + 0.01
        z = (gamma * distance + beta - self.means) / std
        kernels = torch.exp(-0.5 * z.square()) / ((2 * _PI) ** 0.5 * std)
        return self.linear_layer_2(F.gelu(self.linear_layer_1(kernels)))
