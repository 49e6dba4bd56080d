"""TransR."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class TransR(nn.Module):
    """The score ``-|h_head M_r + r - h_tail M_r|``.

    Parameters: ``rel_emb.weight`` ``[num_rels, rfeats]``, ``rel_project.weight``
    ``[num_rels, nfeats * rfeats]``.

    Args:
        num_rels: How many relations.
        rfeats: Width of a relation's features.
        nfeats: Width of an entity's features.
        p: Of the p-norm.

    Source: dgl.nn.TransR; Lin et al., 2015.
    """

    def __init__(self, num_rels: int, rfeats: int, nfeats: int, p: float = 1) -> None:
        super().__init__()
        self.rel_emb = nn.Embedding(num_rels, rfeats)
        self.rel_project = nn.Embedding(num_rels, nfeats * rfeats)
        self.rfeats = rfeats
        self.nfeats = nfeats
        self.p = p

    def reset_parameters(self) -> None:
        """Draws relations and projections anew."""
        self.rel_emb.reset_parameters()
        self.rel_project.reset_parameters()

    def forward(self, h_head: Tensor, h_tail: Tensor, rels: Tensor) -> Tensor:
        """Two ``[n, nfeats]`` and relations ``[n]`` to ``[n]``."""
        project = self.rel_project(rels).reshape(-1, self.nfeats, self.rfeats)
        head = (h_head.unsqueeze(1) @ project).squeeze(1)
        tail = (h_tail.unsqueeze(1) @ project).squeeze(1)
        return -torch.norm(head + self.rel_emb(rels) - tail, p=self.p, dim=-1)
