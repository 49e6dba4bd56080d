"""The sampler of subgraphs without seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import _C
from ..sampling.keys import draw_key
from .base import Sampler
from .subgraph import finish_subgraph

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["SAINTSampler"]


class SAINTSampler(Sampler):
    """Draws nodes and gives the subgraph of them (Zeng et al., 2020, GraphSAINT).

        sampler = SAINTSampler(mode="node", budget=6000)
        for subgraph in DataLoader(g, torch.arange(num_batches), sampler): ...

    Arguments:
        mode: "node" draws nodes, each in proportion to its out-degree, at least 1; "edge" draws
            edges, each in proportion to 1 / out-degree of its source + 1 / in-degree of its
            destination, and takes their ends; "walk" takes the nodes on random walks along
            out-edges from nodes drawn uniformly.
        budget: how many are drawn, with repeats: nodes, edges, or (walks, steps of a walk).
        cache: has no effect; no distribution over the graph is computed, so there is none to keep.
        prefetch_ndata, prefetch_edata: features that a loader fetches.
        output_device: where the subgraph goes.

    Raises `DGLError` for an unknown mode or a budget below 1. Source: dgl.dataloading.SAINTSampler
    """

    def __init__(
        self,
        mode: str,
        budget: int | tuple[int, int],
        cache: bool = True,
        prefetch_ndata: Sequence[str] | None = None,
        prefetch_edata: Sequence[str] | None = None,
        output_device: Any = "cpu",
    ) -> None:
        super().__init__()
        count, length = budget if mode == "walk" else (budget, 0)
        self._sampler = _C.SAINTSampler(mode, count, length)
        self.budget = budget
        self.cache = cache
        self.prefetch_ndata = prefetch_ndata or []
        self.prefetch_edata = prefetch_edata or []
        self.output_device = output_device

    def sample(self, g: DGLGraph, indices: Any = None) -> DGLGraph:
        """The subgraph of the nodes drawn, by ascending id; `indices` are not looked at."""
        _, _, graphs = self._sampler.sample(g._graph, {}, {}, draw_key())
        return finish_subgraph(self, g, graphs[0])
