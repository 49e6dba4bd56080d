"""TransE."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class TransE(nn.Module):
    """The score ``-|h_head + r - h_tail|``.

    Parameters: ``rel_emb.weight`` ``[num_rels, feats]``.

    Args:
        num_rels: How many relations.
        feats: Width of an entity's features.
        p: Of the p-norm.

    Source: dgl.nn.TransE; Bordes et al., 2013.
    """

    def __init__(self, num_rels: int, feats: int, p: float = 1) -> None:
        super().__init__()
        self.rel_emb = nn.Embedding(num_rels, feats)
        self.p = p

    def reset_parameters(self) -> None:
        """Draws the relations anew."""
        self.rel_emb.reset_parameters()

    def forward(self, h_head: Tensor, h_tail: Tensor, rels: Tensor) -> Tensor:
        """Two ``[n, feats]`` and relations ``[n]`` to ``[n]``."""
        return -torch.norm(h_head + self.rel_emb(rels) - h_tail, p=self.p, dim=-1)
