"""What the samplers of whole subgraphs share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .base import set_edge_lazy_features, set_node_lazy_features

if TYPE_CHECKING:
    from .. import _C
    from ..heterograph import DGLGraph

__all__ = ["finish_subgraph"]


def finish_subgraph(sampler: Any, g: DGLGraph, core: _C.Graph) -> DGLGraph:
    """A subgraph of `g` on the sampler's device, with what a loader shall fetch noted."""
    subgraph = type(g)._wrap(core, like=g)
    if sampler.output_device is not None:
        subgraph = subgraph.to(sampler.output_device)
    set_node_lazy_features(subgraph, sampler.prefetch_ndata)
    set_edge_lazy_features(subgraph, sampler.prefetch_edata)
    return subgraph
