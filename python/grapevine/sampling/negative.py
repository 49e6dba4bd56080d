"""Pairs of nodes that are no edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from .keys import draw_key

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["global_uniform_negative_sampling"]


def global_uniform_negative_sampling(
    g: DGLGraph,
    num_samples: int,
    exclude_self_loops: bool = True,
    replace: bool = False,
    etype: Any = None,
    redundancy: float | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Up to `num_samples` pairs of nodes without an edge, drawn uniformly from all such pairs.

    A few fewer if the graph is so dense, or so small, that repeated draws find none for some.

    Arguments:
        exclude_self_loops: where both ends are of one type.
        replace: whether a pair may come twice.
        etype: the relation.
        redundancy: not needed; misses are drawn again.

    Returns sources and destinations, `[m]` each with m <= `num_samples`, in the graph's id type.
    Source: dgl.sampling.global_uniform_negative_sampling
    """
    return _C.global_uniform_negative_sampling(
        g._graph, int(num_samples), bool(exclude_self_loops), bool(replace), etype, draw_key()
    )
