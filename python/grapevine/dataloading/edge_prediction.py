"""Samplers of edges, out of samplers of nodes."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from ..base import EID, NID
from ..convert import heterograph
from ..sampling.neighbor import edges_of
from ..subgraph import edge_subgraph
from ..transforms import compact_graphs
from ..utils import recursive_apply
from .base import Sampler, core_sampler, set_edge_lazy_features, unwrap_ids
from .negative_sampler import core_negative_sampler

if TYPE_CHECKING:
    from ..heterograph import DGLGraph
    from .base import FeatureNames, Ids

    Exclude = str | Ids | Callable[[Ids], Ids] | None

__all__ = ["EdgePredictionSampler", "as_edge_prediction_sampler", "find_exclude_eids"]

MODES = ("self", "reverse_id", "reverse_types")


def find_exclude_eids(
    g: DGLGraph,
    seed_edges: Ids,
    exclude: Exclude,
    reverse_eids: Ids | None = None,
    reverse_etypes: Mapping[Any, Any] | None = None,
    output_device: Any = None,
) -> Ids | None:
    """The edges that a batch of edges must not see.

    Arguments:
        seed_edges: the edges of the batch, ids `[n]` or a dictionary of them by edge type.
        exclude: None; "self" for the edges themselves; "reverse_id" for them and their reverses in
            `reverse_eids`; "reverse_types" for them and the edges of the same ids in the types that
            `reverse_etypes` names; a function of `seed_edges`; or the edges.
        reverse_eids: the id of the reverse of each edge, `[num_edges]` or a dictionary.
        reverse_etypes: for an edge type the one that holds its reverses.
        output_device: where the ids go.

    Returns ids as `seed_edges` has them, or None. Raises `ValueError` for another mode.
    Source: dgl.dataloading.find_exclude_eids
    """
    excluded = _find_exclude_eids(g, seed_edges, exclude, reverse_eids, reverse_etypes)
    if excluded is not None and output_device is not None:
        excluded = recursive_apply(excluded, lambda ids: ids.to(output_device))
    return excluded


def _find_exclude_eids(
    g: DGLGraph,
    seed_edges: Ids,
    exclude: Exclude,
    reverse_eids: Ids | None,
    reverse_etypes: Mapping[Any, Any] | None,
) -> Ids | None:
    if exclude is None or isinstance(exclude, (torch.Tensor, Mapping)):
        return exclude
    if callable(exclude):
        return exclude(seed_edges)
    if exclude not in MODES:
        raise ValueError(f"unsupported mode {exclude}")
    by_etype = canonical(g, seed_edges)
    found = _C.find_exclude_eids(
        g._graph, by_etype, _core_options(exclude, reverse_eids, reverse_etypes, None)
    )
    return found if isinstance(seed_edges, Mapping) else found[g.canonical_etypes[0]]


def canonical(g: DGLGraph, edges: Any) -> dict[tuple[str, str, str], Any]:
    """What is given by edge type, or for the only one, by canonical edge type."""
    if isinstance(edges, Mapping):
        return {g.to_canonical_etype(key): value for key, value in edges.items()}
    assert len(g.canonical_etypes) == 1, (
        "graph has multiple or no edge types; please return a dict in negative sampler."
    )
    return {g.canonical_etypes[0]: edges}


def _core_options(
    exclude: str | None,
    reverse_eids: Ids | None,
    reverse_etypes: Mapping[Any, Any] | None,
    negative_sampler: _C.NegativeSampler | None,
) -> _C.EdgePredictionOptions:
    return _C.EdgePredictionOptions(
        exclude or "",
        {} if reverse_eids is None else reverse_eids,
        list((reverse_etypes or {}).items()),
        negative_sampler,
    )


class EdgePredictionSampler(Sampler):
    """Makes a sampler of nodes one of edges; see `as_edge_prediction_sampler`.

    Raises `TypeError` if the sampler's `sample` has no third argument for edges to exclude.
    Source: dgl.dataloading.EdgePredictionSampler
    """

    def __init__(
        self,
        sampler: Any,
        exclude: Exclude = None,
        reverse_eids: Ids | None = None,
        reverse_etypes: Mapping[Any, Any] | None = None,
        negative_sampler: Callable | None = None,
        prefetch_labels: FeatureNames = None,
    ) -> None:
        super().__init__()
        if len(inspect.getfullargspec(sampler.sample).args) < 4:
            raise TypeError(
                "This sampler does not support edge or link prediction; please add an"
                "optional third argument for edge IDs to exclude in its sample() method."
            )
        self.reverse_eids = reverse_eids
        self.reverse_etypes = reverse_etypes
        self.exclude = exclude
        self.sampler = sampler
        self.negative_sampler = negative_sampler
        self.prefetch_labels = prefetch_labels or []
        self.output_device = sampler.output_device

    def _make_core(self, g: DGLGraph) -> _C.EdgePredictionSampler | None:
        nodes = core_sampler(self.sampler, g)
        negatives = core_negative_sampler(self.negative_sampler)
        if nodes is None or (negatives is None) != (self.negative_sampler is None):
            return None
        if self.exclude is not None and self.exclude not in MODES:
            return None
        options = _core_options(self.exclude, self.reverse_eids, self.reverse_etypes, negatives)
        return _C.EdgePredictionSampler(nodes, options)

    def assign_lazy_features(self, result: tuple) -> tuple:
        """Notes which features of the edges a loader shall fetch."""
        set_edge_lazy_features(result[1], self.prefetch_labels)
        return result

    def _build_neg_graph(self, g: DGLGraph, seed_edges: Ids) -> DGLGraph:
        pairs = canonical(g, self.negative_sampler(g, seed_edges))
        dtype = next(iter(pairs.values()))[0].dtype
        none = torch.empty(0, dtype=dtype, device=g.device)
        return heterograph(
            {etype: pairs.get(etype, (none, none)) for etype in g.canonical_etypes},
            {ntype: g.num_nodes(ntype) for ntype in g.ntypes},
        )

    def sample(self, g: DGLGraph, seed_edges: Ids) -> tuple:
        """What the edges `seed_edges` need.

        Arguments:
            seed_edges: ids `[n]`, or a dictionary of them by edge type.

        Returns the input nodes, the graph of these edges, that of the negative pairs if there is a
        negative sampler, and what the sampler of nodes gives third. Both pair graphs have the same
        nodes, `ndata[dgl.NID]`, which are the last block's destinations.
        """
        if isinstance(seed_edges, Mapping):
            seed_edges = canonical(g, seed_edges)
        pair_graph = edge_subgraph(
            g, edges_of(g, seed_edges), relabel_nodes=False, output_device=self.output_device
        )
        eids = pair_graph.edata[EID]
        if self.negative_sampler is None:
            pair_graphs = [compact_graphs(pair_graph)]
        else:
            pair_graphs = compact_graphs([pair_graph, self._build_neg_graph(g, seed_edges)])
        pair_graphs[0].edata[EID] = eids
        exclude_eids = find_exclude_eids(
            g, seed_edges, self.exclude, self.reverse_eids, self.reverse_etypes, self.output_device
        )
        input_nodes, _, blocks = self.sampler.sample(g, pair_graphs[0].ndata[NID], exclude_eids)
        return self.assign_lazy_features((input_nodes, *pair_graphs, blocks))


def wrap_edge_batch(g: DGLGraph, batch: tuple) -> tuple:
    """What `_C.EdgePredictionSampler` gives, as `EdgePredictionSampler.sample` gives it."""
    input_nodes, pair_graph, negative_graph, blocks = batch
    wrap = type(g)._wrap
    graphs = [wrap(graph) for graph in (pair_graph, negative_graph) if graph is not None]
    return unwrap_ids(g, input_nodes), *graphs, [wrap(block) for block in blocks]


def as_edge_prediction_sampler(
    sampler: Any,
    exclude: Exclude = None,
    reverse_eids: Ids | None = None,
    reverse_etypes: Mapping[Any, Any] | None = None,
    negative_sampler: Callable | None = None,
    prefetch_labels: FeatureNames = None,
) -> EdgePredictionSampler:
    """Makes a sampler of nodes one for the classification and prediction of edges.

    Each batch of edges gives the input nodes, the graph of these edges (ids in `edata[dgl.EID]`),
    with a negative sampler the graph of its pairs, and the blocks of the ends of both.

        sampler = as_edge_prediction_sampler(
            NeighborSampler([10, 5]), exclude="self", negative_sampler=negative_sampler.Uniform(5)
        )
        for input_nodes, pair_graph, neg_graph, blocks in DataLoader(g, eids, sampler): ...

    Arguments:
        sampler: one whose `sample` has a third argument, the edges to exclude.
        exclude, reverse_eids, reverse_etypes: which edges no block may have, as for
            `find_exclude_eids`.
        negative_sampler: a function of the graph and the edges, which gives sources and
            destinations of pairs, by edge type if there are several.
        prefetch_labels: features of the edges that a loader fetches into the graph of the edges.

    Source: dgl.dataloading.as_edge_prediction_sampler
    """
    return EdgePredictionSampler(
        sampler,
        exclude=exclude,
        reverse_eids=reverse_eids,
        reverse_etypes=reverse_etypes,
        negative_sampler=negative_sampler,
        prefetch_labels=prefetch_labels,
    )
