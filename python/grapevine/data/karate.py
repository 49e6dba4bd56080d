"""Zachary's karate club."""

from __future__ import annotations

import torch

from ..networks import from_networkx
from .dgl_dataset import DGLDataset, SingleGraphDataset, Transform

__all__ = ["KarateClubDataset", "KarateClub"]


class KarateClubDataset(SingleGraphDataset, DGLDataset):
    """34 members of a club that split, 156 edges; `ndata`: "label" `[34]` int64, which side.

    Source: dgl.data.KarateClubDataset
    """

    def __init__(self, transform: Transform | None = None) -> None:
        super().__init__("karate_club", transform=transform)

    def process(self) -> None:
        """Makes the graph."""
        import networkx as nx

        club = nx.karate_club_graph()
        sides = [club.nodes[member]["club"] != "Mr. Hi" for member in club.nodes]
        self._graph = from_networkx(club)
        self._graph.ndata["label"] = torch.tensor(sides, dtype=torch.int64)
        self._data = [self._graph]

    @property
    def num_classes(self) -> int:
        """Labels are below it."""
        return 2


KarateClub = KarateClubDataset
