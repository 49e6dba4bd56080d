"""The atomic convolution."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .... import ops

__all__ = ["AtomicConv", "RadialPooling"]


class RadialPooling(nn.Module):
    """Bumps of a distance: Gaussians that fall to 0 at a cutoff.

    Parameters, each ``[num_filters, 1, 1]``: ``interaction_cutoffs``, ``rbf_kernel_means``,
    ``rbf_kernel_scaling``.

    Args:
        interaction_cutoffs: Distances from which on a filter is 0, ``[num_filters]``.
        rbf_kernel_means: Where the filters are highest, ``[num_filters]``.
        rbf_kernel_scaling: How narrow they are, ``[num_filters]``.

    Source: dgl.nn.pytorch.conv.atomicconv.RadialPooling.
    """

    def __init__(
        self, interaction_cutoffs: Tensor, rbf_kernel_means: Tensor, rbf_kernel_scaling: Tensor
    ) -> None:
        super().__init__()
        self.interaction_cutoffs = nn.Parameter(interaction_cutoffs.reshape(-1, 1, 1))
        self.rbf_kernel_means = nn.Parameter(rbf_kernel_means.reshape(-1, 1, 1))
        self.rbf_kernel_scaling = nn.Parameter(rbf_kernel_scaling.reshape(-1, 1, 1))

    def forward(self, distances: Tensor) -> Tensor:
        """``[num_edges, 1]`` to ``[num_filters, num_edges, 1]``."""
        bump = torch.exp(-self.rbf_kernel_scaling * (distances - self.rbf_kernel_means) ** 2)
        cutoff = self.interaction_cutoffs
        fall = 0.5 * (torch.cos(math.pi * distances / cutoff) + 1)
        return bump * torch.where(distances <= cutoff, fall, torch.zeros_like(fall))


class AtomicConv(nn.Module):
    """For each kind of atom, and each radial filter, the sum of the filter over the neighbours.

    Args:
        interaction_cutoffs: See `RadialPooling`.
        rbf_kernel_means: See `RadialPooling`.
        rbf_kernel_scaling: See `RadialPooling`.
        features_to_use: Atomic numbers that are told apart, ``[num_kinds]``; if not given, the
            feature is a factor.

    Source: dgl.nn.AtomicConv; Gomes et al., 2017.
    """

    def __init__(
        self,
        interaction_cutoffs: Tensor,
        rbf_kernel_means: Tensor,
        rbf_kernel_scaling: Tensor,
        features_to_use: Tensor | None = None,
    ) -> None:
        super().__init__()
        self.radial_pooling = RadialPooling(
            interaction_cutoffs, rbf_kernel_means, rbf_kernel_scaling
        )
        if features_to_use is None:
            self.num_channels = 1
            self.features_to_use = None
        else:
            self.num_channels = len(features_to_use)
            self.features_to_use = nn.Parameter(features_to_use, requires_grad=False)

    def forward(self, graph, feat: Tensor, distances: Tensor) -> Tensor:
        """``[n, 1]`` to ``[n, num_kinds * num_filters]``.

        Args:
            graph: A graph of one node type and relation.
            feat: Atomic numbers, ``[n, 1]``.
            distances: Length of each edge, ``[num_edges, 1]``.
        """
        radial = self.radial_pooling(distances).to(feat).squeeze(-1).T
        if self.features_to_use is not None:
            feat = (feat == self.features_to_use).to(feat)
        h = ops.u_mul_e_sum(graph, feat.unsqueeze(-1), radial.unsqueeze(1))
        return h.reshape(graph.num_nodes(), -1)
