"""Helpers of samplers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _C
from .neighbor import edges_of

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["EidExcluder"]


class EidExcluder:
    """Takes some edges out of sampled graphs.

    Arguments:
        exclude_eids: ids of edges `[m]` of the graph that is sampled, or a dictionary of them by
            relation.

    Source: dgl.sampling.utils.EidExcluder
    """

    def __init__(self, exclude_eids: Any) -> None:
        self._exclude_eids = exclude_eids

    def __call__(self, frontier: DGLGraph) -> DGLGraph:
        """`frontier` without the edges whose `edata[dgl.EID]` is among them."""
        excluded = edges_of(frontier, self._exclude_eids)
        return type(frontier)._wrap(_C.exclude_edges(frontier._graph, excluded), like=frontier)
