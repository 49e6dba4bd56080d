"""Picking neighbours so that nodes tend to pick the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from .keys import draw_key
from .neighbor import edges_of, fanout_of, finish, seeds_of

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["sample_labors"]

EDGE_WEIGHTS = "edge_weights"


def check_importance_sampling(importance_sampling: int) -> None:
    """Raises `NotImplementedError` for what the core does not have."""
    if importance_sampling != 0:
        raise NotImplementedError(
            "importance_sampling != 0 of dgl.sampling.sample_labors and dgl.dataloading."
            "LaborSampler is not implemented in Grapevine yet"
        )


def sample_labors(
    g: DGLGraph,
    nodes: Any,
    fanout: int | Mapping[Any, int],
    edge_dir: str = "in",
    prob: str | None = None,
    importance_sampling: int = 0,
    random_seed: Any = None,
    seed2_contribution: float = 0,
    copy_ndata: bool = True,
    copy_edata: bool = True,
    exclude_edges: Any = None,
    output_device: Any = None,
) -> tuple[DGLGraph, list[torch.Tensor]]:
    """Picks edges of each node, `fanout` on average (Balin and Catalyurek, 2023).

    There is one random number for each neighbour, so that nodes tend to pick the same ones.

    Arguments:
        fanout: a node with no more candidates picks all, and so does -1.
        prob: an edge feature `[num_edges]` to which the chance of an edge is in proportion.
        random_seed: equal seeds pick by equal numbers; an integer or a tensor of one.
        importance_sampling: only 0.

    Other arguments are those of `sample_neighbors`. Returns the graph of the picked edges, and for
    each relation their weights for a mean, `[num_picked]`, empty without `prob`.
    Source: dgl.sampling.sample_labors
    """
    check_importance_sampling(importance_sampling)
    key = draw_key() if random_seed is None else int(torch.as_tensor(random_seed).reshape(-1)[0])
    picked = _C.sample_labors(
        g._graph,
        seeds_of(g, nodes),
        fanout_of(g, fanout),
        _C.LaborOptions(edge_dir, prob),
        key % 2**64,
    )
    if exclude_edges is not None:
        picked = _C.exclude_edges(picked, edges_of(g, exclude_edges))
    result = type(g)._wrap(picked, like=g)
    weights = []
    for i in range(len(result.canonical_etypes)):
        frame = result._edge_frame(i)
        weights.append(frame.get(EDGE_WEIGHTS) if EDGE_WEIGHTS in frame else torch.empty(0))
        if EDGE_WEIGHTS in frame and EDGE_WEIGHTS not in g._edge_frame(i):
            frame.erase(EDGE_WEIGHTS)
    return finish(result, copy_ndata, copy_edata, output_device), weights
