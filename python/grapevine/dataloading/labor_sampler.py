"""The sampler of blocks whose nodes tend to pick the same neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import _C
from ..sampling.keys import draw_key
from ..sampling.labor import check_importance_sampling
from ..sampling.neighbor import edges_of, fanout_of, seeds_of
from .base import BlockSampler, unwrap_ids

if TYPE_CHECKING:
    from ..heterograph import DGLGraph
    from .base import FeatureNames, Ids

__all__ = ["LaborSampler"]


class LaborSampler(BlockSampler):
    """Builds one block a layer from `dgl.sampling.sample_labors` (Balin and Catalyurek, 2023).

    Nodes pick `fanout` neighbours on average and tend to pick the same ones, so that a batch needs
    fewer nodes than one of `NeighborSampler`.

    Arguments:
        fanouts, edge_dir: as those of `NeighborSampler`.
        prob: an edge feature to which the chance of an edge is in proportion; blocks then have
            `edata["edge_weights"]`, by which a mean is to be weighted.
        importance_sampling: only 0.
        layer_dependency: whether all layers draw one number for a node rather than one each.
        batch_dependency: 1, or 0 for the same numbers in every batch.
        prefetch_node_feats, prefetch_labels, prefetch_edge_feats, output_device: as those of
            `BlockSampler`.

    Raises `NotImplementedError` for other values. Source: dgl.dataloading.LaborSampler
    """

    def __init__(
        self,
        fanouts: Sequence[int | Mapping[Any, int]],
        edge_dir: str = "in",
        prob: str | None = None,
        importance_sampling: int = 0,
        layer_dependency: bool = False,
        batch_dependency: int = 1,
        prefetch_node_feats: FeatureNames = None,
        prefetch_labels: FeatureNames = None,
        prefetch_edge_feats: FeatureNames = None,
        output_device: Any = None,
    ) -> None:
        super().__init__(
            prefetch_node_feats=prefetch_node_feats,
            prefetch_labels=prefetch_labels,
            prefetch_edge_feats=prefetch_edge_feats,
            output_device=output_device,
        )
        check_importance_sampling(importance_sampling)
        if batch_dependency > 1:
            raise NotImplementedError(
                "batch_dependency > 1 of dgl.dataloading.LaborSampler is not implemented in "
                "Grapevine yet"
            )
        self.fanouts = fanouts
        self.edge_dir = edge_dir
        self.prob = prob
        self.importance_sampling = importance_sampling
        self.layer_dependency = layer_dependency
        self._key: int | None = draw_key() if batch_dependency < 1 else None
        self._is_constant = batch_dependency < 1

    def set_seed(self, random_seed: int | None = None) -> None:
        """The seed of the next batch that `sample` makes; None for a new one."""
        self._key = None if random_seed is None else _C.fold_in(int(random_seed) % 2**64, 0)

    def _make_core(self, g: DGLGraph) -> _C.LaborSampler | None:
        fanouts = [fanout_of(g, fanout) for fanout in self.fanouts]
        options = _C.LaborOptions(self.edge_dir, self.prob, self.layer_dependency)
        return _C.LaborSampler(fanouts, options)

    def sample_blocks(
        self, g: DGLGraph, seed_nodes: Ids, exclude_eids: Ids | None = None
    ) -> tuple[Ids, Ids, list[DGLGraph]]:
        """The input nodes, the output nodes and the blocks."""
        key = draw_key() if self._key is None else self._key
        if not self._is_constant:
            self._key = None
        input_nodes, _, blocks = self._make_core(g).sample(
            g._graph, seeds_of(g, seed_nodes), edges_of(g, exclude_eids), key
        )
        graphs = [type(g)._wrap(block, like=g) for block in blocks]
        if self.output_device is not None:
            graphs = [graph.to(self.output_device) for graph in graphs]
        return unwrap_ids(g, input_nodes), seed_nodes, graphs
