"""Random walks, and neighbours by how often walks visit them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from ..base import DGLError
from ..convert import heterograph
from ..utils import prepare_tensor
from .keys import draw_key

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["PinSAGESampler", "RandomWalkNeighborSampler", "pack_traces", "random_walk"]


def random_walk(
    g: DGLGraph,
    nodes: Any,
    *,
    metapath: Sequence[Any] | None = None,
    length: int | None = None,
    prob: str | None = None,
    restart_prob: float | torch.Tensor | None = None,
    return_eids: bool = False,
) -> tuple[torch.Tensor, ...]:
    """Walks along out-edges from each of `nodes` `[n]`; -1 stands after a walk's end.

    Arguments:
        metapath: the edge type of each step; instead of `length`.
        length: the number of steps in a graph with one edge type.
        prob: an edge feature `[num_edges]` by which edges are chosen; otherwise uniformly.
        restart_prob: the probability to end before each step, one for all or `[length]`.
        return_eids: whether the edges are returned, too.

    Returns the nodes `[n, length + 1]`, the edges `[n, length]` if asked for, and the node types
    `[length + 1]` as positions in `g.ntypes`. Source: dgl.sampling.random_walk
    """
    if metapath is None:
        if len(g.canonical_etypes) > 1 or len(g.ntypes) > 1:
            raise DGLError("metapath not specified and the graph is not homogeneous.")
        if length is None:
            raise ValueError("Please specify either the metapath or the random walk length.")
        metapath = [g.canonical_etypes[0]] * length
    path = [g.to_canonical_etype(etype) for etype in metapath]
    if isinstance(restart_prob, float):
        restart_prob = torch.full((len(path),), restart_prob)
    elif not (restart_prob is None or isinstance(restart_prob, torch.Tensor)):
        raise TypeError("restart_prob should be float or Tensor.")
    traces, eids, _ = _C.random_walk(
        g._graph, prepare_tensor(g, nodes, "nodes"), path, prob, restart_prob, draw_key()
    )
    names = [path[0][0], *(etype[2] for etype in path)] if path else g.ntypes[:1]
    types = torch.tensor([g.get_ntype_id(name) for name in names])
    return (traces, eids, types) if return_eids else (traces, types)


def pack_traces(
    traces: torch.Tensor, types: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Walks `[n, length + 1]` one after the other, without what stands after their ends.

    Returns the nodes `[m]`, their types `[m]`, how many each walk has `[n]`, and where it begins
    `[n]`. Source: dgl.sampling.pack_traces
    """
    is_there = traces >= 0
    lengths = is_there.sum(1)
    return (
        traces[is_there],
        types.expand_as(traces)[is_there],
        lengths,
        lengths.cumsum(0) - lengths,
    )


class RandomWalkNeighborSampler:
    """Gives nodes those as neighbours that random walks from them visit most often.

    Arguments:
        G: the graph.
        num_traversals: how often a walk goes along the metapath at most.
        termination_prob: the probability to end after each time.
        num_random_walks: walks from each node.
        num_neighbors: how many neighbours a node gets.
        metapath: edge types from a node type back to it; by default the only one.
        weight_column: the edge feature that says how often a neighbour was visited.

    Source: dgl.sampling.RandomWalkNeighborSampler
    """

    def __init__(
        self,
        G: DGLGraph,
        num_traversals: int,
        termination_prob: float,
        num_random_walks: int,
        num_neighbors: int,
        metapath: Sequence[Any] | None = None,
        weight_column: str = "weights",
    ) -> None:
        if metapath is None:
            if len(G.ntypes) > 1 or len(G.canonical_etypes) > 1:
                raise ValueError("Metapath must be specified if the graph is homogeneous.")
            metapath = [G.canonical_etypes[0]]
        self.ntype = G.to_canonical_etype(metapath[0])[0]
        if self.ntype != G.to_canonical_etype(metapath[-1])[2]:
            raise ValueError("The metapath must start and end at the same node type.")
        self.G = G
        self.num_traversals = num_traversals
        self.num_random_walks = num_random_walks
        self.num_neighbors = num_neighbors
        self.weight_column = weight_column
        self.metapath = list(metapath)
        self.metapath_hops = len(metapath)
        self.full_metapath = self.metapath * num_traversals
        self.restart_prob = torch.zeros(len(self.full_metapath))
        self.restart_prob[self.metapath_hops :: self.metapath_hops] = termination_prob

    def __call__(self, seed_nodes: Any) -> DGLGraph:
        """The graph of edges to `seed_nodes` `[n]` from their neighbours."""
        seeds = prepare_tensor(self.G, seed_nodes, "seed_nodes")
        paths, _ = random_walk(
            self.G,
            seeds.repeat_interleave(self.num_random_walks),
            metapath=self.full_metapath,
            restart_prob=self.restart_prob,
        )
        visited = paths[:, self.metapath_hops :: self.metapath_hops].reshape(-1)
        starts = paths[:, 0].repeat_interleave(self.num_traversals)
        src, dst, visits = _most_visited(starts, visited, self.num_neighbors)
        count = self.G.num_nodes(self.ntype)
        result = heterograph({(self.ntype, "_E", self.ntype): (src, dst)}, {self.ntype: count})
        result.edata[self.weight_column] = visits
        return result


def _most_visited(
    starts: torch.Tensor, visited: torch.Tensor, k: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """For each start the `k` nodes that were visited most, the start, and how often."""
    pairs = torch.stack([starts, visited], 1)[visited >= 0]
    pairs, visits = pairs.unique(dim=0, return_counts=True)
    by_visits = visits.argsort(descending=True, stable=True)
    order = by_visits[pairs[by_visits, 0].argsort(stable=True)]
    pairs, visits = pairs[order], visits[order]
    _, group, sizes = pairs[:, 0].unique_consecutive(return_inverse=True, return_counts=True)
    rank = torch.arange(len(pairs)) - (sizes.cumsum(0) - sizes)[group]
    chosen = rank < k
    return pairs[chosen, 1], pairs[chosen, 0], visits[chosen]


class PinSAGESampler(RandomWalkNeighborSampler):
    """The same between two node types of a bidirected bipartite graph (Ying et al., 2018).

    Arguments:
        ntype: of the nodes and their neighbours.
        other_type: of the nodes between them.

    Further arguments are those of `RandomWalkNeighborSampler`. Source: dgl.sampling.PinSAGESampler
    """

    def __init__(
        self,
        G: DGLGraph,
        ntype: str,
        other_type: str,
        num_traversals: int,
        termination_prob: float,
        num_random_walks: int,
        num_neighbors: int,
        weight_column: str = "weights",
    ) -> None:
        ends = {(src, dst): (src, name, dst) for src, name, dst in reversed(G.canonical_etypes)}
        super().__init__(
            G,
            num_traversals,
            termination_prob,
            num_random_walks,
            num_neighbors,
            metapath=[ends[ntype, other_type], ends[other_type, ntype]],
            weight_column=weight_column,
        )
