"""Samplers that pick neighbours layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import _C
from ..sampling.keys import draw_key
from ..sampling.neighbor import edges_of, fanout_of, options_of, seeds_of
from .base import BlockSampler, unwrap_ids

if TYPE_CHECKING:
    from ..heterograph import DGLGraph
    from .base import FeatureNames, Ids

__all__ = ["MultiLayerFullNeighborSampler", "MultiLayerNeighborSampler", "NeighborSampler"]


class NeighborSampler(BlockSampler):
    """Builds one block a layer by picking neighbours of the layer's output nodes.

    Arguments:
        fanouts: how many neighbours a node picks, from the input layer to the output layer, so that
            the last one is for the seeds; numbers (-1 for all), or dictionaries that have one for
            each edge type.
        edge_dir: "in" or "out".
        prob: an edge feature `[num_edges]` of finite numbers of 0 or more, by which neighbours are
            picked.
        mask: an edge feature `[num_edges]`; only edges where it is true are picked. Not together
            with `prob`.
        replace: picks with repeats.
        prefetch_node_feats, prefetch_labels, prefetch_edge_feats, output_device: as those of
            `BlockSampler`.
        fused: has no effect; blocks are always made in one pass.

    Raises `ValueError` for `prob` and `mask` together. Source: dgl.dataloading.NeighborSampler
    """

    def __init__(
        self,
        fanouts: Sequence[int | Mapping[Any, int]],
        edge_dir: str = "in",
        prob: str | None = None,
        mask: str | None = None,
        replace: bool = False,
        prefetch_node_feats: FeatureNames = None,
        prefetch_labels: FeatureNames = None,
        prefetch_edge_feats: FeatureNames = None,
        output_device: Any = None,
        fused: bool = True,
    ) -> None:
        super().__init__(
            prefetch_node_feats=prefetch_node_feats,
            prefetch_labels=prefetch_labels,
            prefetch_edge_feats=prefetch_edge_feats,
            output_device=output_device,
        )
        if mask is not None and prob is not None:
            raise ValueError(
                "Mask and probability arguments are mutually exclusive. "
                "Consider multiplying the probability with the mask "
                "to achieve the same goal."
            )
        self.fanouts = fanouts
        self.edge_dir = edge_dir
        self.prob = prob or mask
        self.replace = replace
        self.fused = fused

    def _make_core(self, g: DGLGraph) -> _C.NeighborSampler:
        fanouts = [fanout_of(g, fanout) for fanout in self.fanouts]
        options = options_of(g, self.edge_dir, self.prob, self.replace)
        return _C.NeighborSampler(fanouts, options)

    def sample_blocks(
        self, g: DGLGraph, seed_nodes: Ids, exclude_eids: Ids | None = None
    ) -> tuple[Ids, Ids, list[DGLGraph]]:
        """The input nodes, the output nodes and the blocks.

        Arguments:
            seed_nodes: ids of the output nodes `[n]`, or a dictionary of them by node type.
            exclude_eids: ids of edges that no block may have, or a dictionary of them.
        """
        input_nodes, _, blocks = self._make_core(g).sample(
            g._graph, seeds_of(g, seed_nodes), edges_of(g, exclude_eids), draw_key()
        )
        graphs = [type(g)._wrap(block, like=g) for block in blocks]
        if self.output_device is not None:
            graphs = [graph.to(self.output_device) for graph in graphs]
        return unwrap_ids(g, input_nodes), seed_nodes, graphs


MultiLayerNeighborSampler = NeighborSampler


class MultiLayerFullNeighborSampler(NeighborSampler):
    """Takes all neighbours in each of `num_layers` layers.

    Further arguments are those of `NeighborSampler`.
    Source: dgl.dataloading.MultiLayerFullNeighborSampler
    """

    def __init__(self, num_layers: int, **kwargs: Any) -> None:
        super().__init__([-1] * num_layers, **kwargs)
