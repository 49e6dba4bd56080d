"""Random walks of second order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from ..utils import prepare_tensor
from .keys import draw_key

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["node2vec_random_walk"]


def node2vec_random_walk(
    g: DGLGraph,
    nodes: Any,
    p: float,
    q: float,
    walk_length: int,
    prob: str | None = None,
    return_eids: bool = False,
) -> torch.Tensor | tuple[torch.Tensor, torch.Tensor]:
    """Walks along out-edges from each of `nodes` `[n]`; -1 stands after a walk's end.

    A walk that came to its node from t goes on to x with a chance in proportion to 1/p if x is t,
    to 1 if an edge leads from x to t, and to 1/q otherwise, times `prob` (Grover and Leskovec,
    2016).

    Arguments:
        g: a homogeneous graph on the CPU.
        p: above 1, walks rarely go straight back.
        q: above 1, walks stay near where they were.
        prob: an edge feature `[num_edges]` that multiplies an edge's chance.
        return_eids: whether the edges are returned, too.

    Returns the nodes `[n, walk_length + 1]`, and the edges `[n, walk_length]` if asked for. Raises
    `DGLError` for p or q that is not a positive number. Source: dgl.sampling.node2vec_random_walk
    """
    traces, eids = _C.node2vec_random_walk(
        g._graph, prepare_tensor(g, nodes, "nodes"), p, q, walk_length, prob, draw_key()
    )
    return (traces, eids) if return_eids else traces
