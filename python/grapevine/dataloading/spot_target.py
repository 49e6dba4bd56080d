"""Exclusion of edges between nodes of low degree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from .edge_prediction import find_exclude_eids

if TYPE_CHECKING:
    from ..heterograph import DGLGraph
    from .base import Ids

__all__ = ["SpotTarget"]


class SpotTarget:
    """Excludes those edges of a batch that have an end of low degree (Zhu et al., 2023).

    Hand it as `exclude` to `as_edge_prediction_sampler`.

    Arguments:
        exclude, reverse_eids, reverse_etypes: what goes with an edge, as for `find_exclude_eids`.
        degree_threshold: edges with an end of a lower in-degree are excluded.

    Source: dgl.dataloading.SpotTarget
    """

    def __init__(
        self,
        g: DGLGraph,
        exclude: Any,
        degree_threshold: int = 10,
        reverse_eids: Ids | None = None,
        reverse_etypes: Mapping[Any, Any] | None = None,
    ) -> None:
        self.g = g
        self.exclude = exclude
        self.degree_threshold = degree_threshold
        self.reverse_eids = reverse_eids
        self.reverse_etypes = reverse_etypes

    def __call__(self, seed_edges: torch.Tensor) -> Ids | None:
        """The edges to exclude for a batch of edges `[n]`."""
        src, dst = self.g.find_edges(seed_edges)
        degrees = torch.minimum(self.g.in_degrees(src), self.g.in_degrees(dst))
        return find_exclude_eids(
            self.g,
            seed_edges[degrees < self.degree_threshold],
            self.exclude,
            self.reverse_eids,
            self.reverse_etypes,
        )
