"""The sampler of subgraphs around seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import _C
from ..sampling.keys import draw_key
from ..sampling.neighbor import edges_of, fanout_of, options_of, seeds_of
from .base import Sampler, set_edge_lazy_features, set_node_lazy_features, unwrap_ids

if TYPE_CHECKING:
    from ..heterograph import DGLGraph
    from .base import FeatureNames, Ids

__all__ = ["ShaDowKHopSampler"]


class ShaDowKHopSampler(Sampler):
    """Picks neighbours from the seeds outwards and gives the subgraph of all nodes reached.

    Its first nodes are the seeds, in order (Zeng et al., 2021).

    Arguments:
        fanouts: how many neighbours a node picks in each hop, the last one for the seeds; numbers,
            or dictionaries by edge type.
        replace: picks with repeats.
        prob: an edge feature `[num_edges]` by which neighbours are picked.
        prefetch_node_feats, prefetch_edge_feats: features that a loader fetches.
        output_device: where the subgraph goes.

    Source: dgl.dataloading.ShaDowKHopSampler
    """

    def __init__(
        self,
        fanouts: Sequence[int | Mapping[Any, int]],
        replace: bool = False,
        prob: str | None = None,
        prefetch_node_feats: FeatureNames = None,
        prefetch_edge_feats: FeatureNames = None,
        output_device: Any = None,
    ) -> None:
        super().__init__()
        self.fanouts = fanouts
        self.replace = replace
        self.prob = prob
        self.prefetch_node_feats = prefetch_node_feats
        self.prefetch_edge_feats = prefetch_edge_feats
        self.output_device = output_device

    def _make_core(self, g: DGLGraph) -> _C.ShaDowKHopSampler:
        fanouts = [fanout_of(g, fanout) for fanout in self.fanouts]
        return _C.ShaDowKHopSampler(fanouts, options_of(g, "in", self.prob, self.replace))

    def sample(
        self, g: DGLGraph, seed_nodes: Ids, exclude_eids: Ids | None = None
    ) -> tuple[Ids, Ids, DGLGraph]:
        """The subgraph's nodes, the seeds, and the subgraph.

        Arguments:
            seed_nodes: ids `[n]`, or a dictionary of them by node type.
            exclude_eids: ids of edges that the subgraph may not have, or a dictionary of them.
        """
        input_nodes, _, graphs = self._make_core(g).sample(
            g._graph, seeds_of(g, seed_nodes), edges_of(g, exclude_eids), draw_key()
        )
        subgraph = type(g)._wrap(graphs[0], like=g)
        if self.output_device is not None:
            subgraph = subgraph.to(self.output_device)
        set_node_lazy_features(subgraph, self.prefetch_node_feats)
        set_edge_lazy_features(subgraph, self.prefetch_edge_feats)
        return unwrap_ids(g, input_nodes), seed_nodes, subgraph
