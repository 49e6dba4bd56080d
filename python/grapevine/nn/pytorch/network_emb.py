"""Embeddings of nodes from random walks."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import sampling
from ...random import choice

__all__ = ["DeepWalk", "MetaPath2Vec"]


def _reset_embeddings(node: nn.Embedding, context: nn.Embedding) -> None:
    bound = 1.0 / node.embedding_dim
    nn.init.uniform_(node.weight, -bound, bound)
    nn.init.zeros_(context.weight)


def _pair_loss(first: Tensor, second: Tensor, bound: float) -> Tensor:
    """``-log sigmoid`` of the rows' inner products, which are cut to ``[-bound, bound]``."""
    return -F.logsigmoid((first * second).sum(dim=-1).clamp(-bound, bound))


def _window_pairs(length: int, window: int) -> tuple[Tensor, Tensor]:
    """All pairs of different places on a walk that lie within a window of each other."""
    place = torch.arange(length)
    distance = (place.unsqueeze(0) - place.unsqueeze(1)).abs()
    first, second = torch.nonzero((distance <= window) & (distance > 0), as_tuple=True)
    return first, second


class DeepWalk(nn.Module):
    """Embeddings that tell which nodes meet within a window of a random walk.

    Parameters: ``node_embed.weight`` (uniform, at most one over the width) and
    ``context_embed.weight`` (zeros), ``[num_nodes, emb_dim]``.

    Args:
        g: A graph of one node type and relation.
        emb_dim: Width of the embeddings.
        walk_length: How many nodes a walk has.
        window_size: How far apart nodes may be on it.
        neg_weight: Weight of the negative pairs' loss.
        negative_size: How many negative pairs for each positive one.
        fast_neg: Whether negatives come from the batch's walks, or else from all nodes by
            out-degree to the power of 0.75.
        sparse: Whether the embeddings have sparse gradients.

    Raises:
        AssertionError: If a walk is shorter than the window.

    Source: dgl.nn.DeepWalk; Perozzi et al., 2014.
    """

    def __init__(
        self,
        g,
        emb_dim: int = 128,
        walk_length: int = 40,
        window_size: int = 5,
        neg_weight: float = 1,
        negative_size: int = 5,
        fast_neg: bool = True,
        sparse: bool = True,
    ) -> None:
        super().__init__()
        assert walk_length >= window_size + 1, (
            f"DeepWalk: walk_length: expected more than window_size ({window_size}), "
            f"got {walk_length}"
        )
        self.g = g
        self.emb_dim = emb_dim
        self.window_size = window_size
        self.walk_length = walk_length
        self.neg_weight = neg_weight
        self.negative_size = negative_size
        self.fast_neg = fast_neg
        self.node_embed = nn.Embedding(g.num_nodes(), emb_dim, sparse=sparse)
        self.context_embed = nn.Embedding(g.num_nodes(), emb_dim, sparse=sparse)
        self.reset_parameters()
        if not fast_neg:
            prob = g.out_degrees().float().pow(0.75)
            self.neg_prob = prob / prob.sum()
        self.idx_list_dst, self.idx_list_src = _window_pairs(walk_length, window_size)

    def reset_parameters(self) -> None:
        """Draws the embeddings anew."""
        _reset_embeddings(self.node_embed, self.context_embed)

    def sample(self, indices: Sequence[int] | Tensor) -> Tensor:
        """A walk from each node: ``[n]`` to ``[n, walk_length]``, -1 where a walk ended."""
        return sampling.random_walk(self.g, torch.as_tensor(indices), length=self.walk_length - 1)[
            0
        ]

    def forward(self, batch_walk: Tensor) -> Tensor:
        """Walks ``[batch, walk_length]``, -1 after their ends, to the loss."""
        walks, device = batch_walk, batch_walk.device
        first = torch.arange(len(walks), device=device).unsqueeze(1) * self.walk_length
        src = (first + self.idx_list_src.to(device)).flatten()
        dst = (first + self.idx_list_dst.to(device)).flatten()
        is_node = (walks >= 0).flatten()
        is_pair = is_node[src] & is_node[dst]
        src, dst = src[is_pair], dst[is_pair]
        nodes = self.node_embed(walks.clamp(min=0)).flatten(0, 1)
        contexts = self.context_embed(walks.clamp(min=0)).flatten(0, 1)
        negative_src = dst.repeat_interleave(self.negative_size)
        if self.fast_neg:
            places = is_node.nonzero().view(-1)
            others = torch.randint(len(places), (len(negative_src),), device=device)
            negatives = contexts[places[others]]
        else:
            others = choice(self.g.num_nodes(), size=len(negative_src), prob=self.neg_prob)
            negatives = self.context_embed(others.to(device))
        positive = _pair_loss(nodes[src], contexts[dst], 6).mean()
        negative = _pair_loss(-nodes[negative_src], negatives, 6).mean()
        return positive + negative * self.negative_size * self.neg_weight


class MetaPath2Vec(nn.Module):
    """As `DeepWalk`, for walks along a given path of edge types.

    Parameters: ``node_embed.weight`` and ``context_embed.weight``, with rows for the nodes of all
    types, one type after the other.

    Args:
        g: A graph.
        metapath: Names of relations, each from where the one before leads.
        window_size: How far apart nodes may be on a walk.
        emb_dim: Width of the embeddings.
        negative_size: How many negative pairs for each positive one; drawn by how often nodes are
            met on walks, to the power of 0.75.
        sparse: Whether the embeddings have sparse gradients.

    Raises:
        AssertionError: If a walk is shorter than the window.

    Source: dgl.nn.MetaPath2Vec; Dong et al., 2017.
    """

    def __init__(
        self,
        g,
        metapath: Sequence[str],
        window_size: int,
        emb_dim: int = 128,
        negative_size: int = 5,
        sparse: bool = True,
    ) -> None:
        super().__init__()
        assert len(metapath) + 1 >= window_size, (
            f"MetaPath2Vec: metapath: expected at least {window_size - 1} relations, "
            f"got {len(metapath)}"
        )
        self.hg = g
        self.emb_dim = emb_dim
        self.metapath = metapath
        self.window_size = window_size
        self.negative_size = negative_size
        canonical = [g.to_canonical_etype(etype) for etype in metapath]
        self.node_metapath = [canonical[0][0], *(etype[2] for etype in canonical)]
        sizes = torch.tensor([0] + [g.num_nodes(ntype) for ntype in g.ntypes]).cumsum(0)
        starts = dict(zip(g.ntypes, sizes.tolist()))
        self.local_to_global_nid = {
            ntype: torch.arange(g.num_nodes(ntype)) + starts[ntype] for ntype in g.ntypes
        }
        self._starts = torch.tensor([starts[ntype] for ntype in self.node_metapath])
        walks = self._walks(torch.arange(g.num_nodes(self.node_metapath[0])))
        counts = torch.bincount(walks[walks >= 0], minlength=g.num_nodes())
        prob = counts.float().pow(0.75)
        self.neg_prob = prob / prob.sum()
        self.node_embed = nn.Embedding(g.num_nodes(), emb_dim, sparse=sparse)
        self.context_embed = nn.Embedding(g.num_nodes(), emb_dim, sparse=sparse)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the embeddings anew."""
        _reset_embeddings(self.node_embed, self.context_embed)

    def _walks(self, nodes: Tensor) -> Tensor:
        """A walk from each node in rows of the embeddings, ``[n, places]``, -1 after its end."""
        ids = nodes.to(self.hg.idtype)
        walks = sampling.random_walk(self.hg, ids, metapath=self.metapath)[0].cpu().long()
        return torch.where(walks >= 0, walks + self._starts, walks)

    def sample(self, indices: Sequence[int] | Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Pairs of nodes from walks that start at nodes ``[n]`` of the first type.

        Returns:
            Rows of the embeddings: ``[pairs]``, ``[pairs]`` and, for negative pairs with the
            first, ``[pairs, negative_size]``.
        """
        walks = self._walks(torch.as_tensor(indices))
        rows, columns = _window_pairs(walks.shape[1], self.window_size)
        first, second = walks[:, rows].flatten(), walks[:, columns].flatten()
        is_pair = (first >= 0) & (second >= 0)
        first, second = first[is_pair], second[is_pair]
        count = len(first) * self.negative_size
        negatives = choice(self.hg.num_nodes(), size=count, prob=self.neg_prob)
        return first, second, negatives.reshape(len(first), self.negative_size)

    def forward(self, pos_u: Tensor, pos_v: Tensor, neg_v: Tensor) -> Tensor:
        """What `sample` gives to the loss."""
        node = self.node_embed(pos_u)
        positive = _pair_loss(node, self.context_embed(pos_v), 10)
        negative = _pair_loss(-node.unsqueeze(1), self.context_embed(neg_v), 10).sum(dim=1)
        return (positive + negative).mean()
