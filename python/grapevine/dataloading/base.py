"""Samplers, and which of them the C++ core has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..frame import LazyFeature

if TYPE_CHECKING:
    import torch

    from ..heterograph import DGLGraph

    Ids = torch.Tensor | dict[Any, torch.Tensor]
    FeatureNames = Sequence[str] | Mapping[Any, Sequence[str]] | None

__all__ = [
    "BlockSampler",
    "Sampler",
    "set_dst_lazy_features",
    "set_edge_lazy_features",
    "set_node_lazy_features",
    "set_src_lazy_features",
]


def set_node_lazy_features(g: DGLGraph, feature_names: FeatureNames) -> None:
    """Makes a `DataLoader` fetch features of the nodes of a sampled graph.

    Arguments:
        feature_names: names, or for several node types a dictionary of them.

    Source: dgl.set_node_lazy_features
    """
    _set_lazy_features(g.nodes, g.ndata, feature_names)


def set_edge_lazy_features(g: DGLGraph, feature_names: FeatureNames) -> None:
    """The same for edges. Source: dgl.set_edge_lazy_features"""
    _set_lazy_features(g.edges, g.edata, feature_names)


def set_src_lazy_features(g: DGLGraph, feature_names: FeatureNames) -> None:
    """The same for the source nodes of a block. Source: dgl.set_src_lazy_features"""
    _set_lazy_features(g.srcnodes, g.srcdata, feature_names)


def set_dst_lazy_features(g: DGLGraph, feature_names: FeatureNames) -> None:
    """The same for the destination nodes of a block. Source: dgl.set_dst_lazy_features"""
    _set_lazy_features(g.dstnodes, g.dstdata, feature_names)


def _set_lazy_features(view: Any, data: Any, feature_names: FeatureNames) -> None:
    if isinstance(feature_names, Mapping):
        for type_, names in feature_names.items():
            view[type_].data.update({name: LazyFeature(name) for name in names})
    elif feature_names:
        data.update({name: LazyFeature(name) for name in feature_names})


class Sampler:
    """How to get from seeds to what a batch needs; derive from it and write `sample`.

    Source: dgl.dataloading.Sampler
    """

    def sample(self, g: DGLGraph, indices: Any) -> Any:
        """What the seeds `indices` need. With `num_workers` several threads call it at once."""
        raise NotImplementedError


class BlockSampler(Sampler):
    """A sampler that gives one block a layer; derive from it and write `sample_blocks`.

    Arguments:
        prefetch_node_feats: features of the input nodes that a loader fetches into the first
            block's `srcdata`: names, or a dictionary of them by node type.
        prefetch_labels: features of the output nodes, into the last block's `dstdata`.
        prefetch_edge_feats: features of the edges of all blocks, by canonical edge type if there
            are several.
        output_device: where the blocks go; by default they stay where the graph is.

    Features that are not named are there, too, but are gathered when they are read.
    Source: dgl.dataloading.BlockSampler
    """

    def __init__(
        self,
        prefetch_node_feats: FeatureNames = None,
        prefetch_labels: FeatureNames = None,
        prefetch_edge_feats: FeatureNames = None,
        output_device: Any = None,
    ) -> None:
        super().__init__()
        self.prefetch_node_feats = prefetch_node_feats or []
        self.prefetch_labels = prefetch_labels or []
        self.prefetch_edge_feats = prefetch_edge_feats or []
        self.output_device = output_device

    def sample_blocks(
        self, g: DGLGraph, seed_nodes: Ids, exclude_eids: Ids | None = None
    ) -> tuple[Ids, Ids, list[DGLGraph]]:
        """The input nodes, the output nodes and the blocks, from the input layer on."""
        raise NotImplementedError

    def assign_lazy_features(self, result: tuple) -> tuple:
        """Notes which features a loader shall fetch."""
        input_nodes, output_nodes, blocks = result
        set_src_lazy_features(blocks[0], self.prefetch_node_feats)
        set_dst_lazy_features(blocks[-1], self.prefetch_labels)
        for block in blocks:
            set_edge_lazy_features(block, self.prefetch_edge_feats)
        return input_nodes, output_nodes, blocks

    def sample(
        self, g: DGLGraph, seed_nodes: Ids, exclude_eids: Ids | None = None
    ) -> tuple[Ids, Ids, list[DGLGraph]]:
        """`sample_blocks`, with the features noted."""
        result = self.sample_blocks(g, seed_nodes, exclude_eids=exclude_eids)
        return self.assign_lazy_features(result)


#: Methods that decide what a sampler gives. One that somebody has replaced makes it theirs.
_OWN_METHODS = ("sample", "sample_blocks", "assign_lazy_features")
_PACKAGE = __name__.rpartition(".")[0]


def core_sampler(sampler: Any, g: DGLGraph) -> Any:
    """The C++ core's own form of a sampler for this graph; None if there is none.

    There is one for the samplers of this package, as long as nobody has overridden what they do or
    given them a seed of their own.
    """
    make = getattr(sampler, "_make_core", None)
    if make is None:
        return None
    for name in _OWN_METHODS:
        method = getattr(type(sampler), name, None)
        if name in vars(sampler) or (method and not method.__module__.startswith(_PACKAGE)):
            return None
    return None if getattr(sampler, "_key", None) is not None else make(g)


def unwrap_ids(g: DGLGraph, ids: Ids) -> Ids:
    """Ids of a batch as `srcdata[dgl.NID]` gives them: a tensor if there is one node type."""
    if isinstance(ids, dict) and len(g.ntypes) == 1:
        return next(iter(ids.values()))
    return ids


def feature_names(names: FeatureNames) -> list[str]:
    """Names without their types: what the core prefetches for every type that has them."""
    if not isinstance(names, Mapping):
        return list(names or [])
    return sorted({name for of_type in names.values() for name in of_type})
