"""Graphs of points that are near each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from ..base import DGLError, dgl_warning
from ..convert import graph
from ..heterograph import DGLGraph

__all__ = ["knn_graph", "radius_graph", "segmented_knn_graph"]

_ALGORITHMS = ("bruteforce-blas", "bruteforce", "bruteforce-sharemem", "kd-tree", "nn-descent")


def knn_graph(
    x: torch.Tensor,
    k: int,
    algorithm: str = "bruteforce-blas",
    dist: str = "euclidean",
    exclude_self: bool = False,
) -> DGLGraph:
    """The graph with edges to each point from the k points nearest to it, itself included.

    `x` is `[num_points, dim]`, or `[num_sets, num_points, dim]` for a batch of graphs; `dist` is
    "euclidean" or "cosine". All algorithms are exact here. Source: `dgl.knn_graph`.
    """
    if x.shape[0] == 0:
        raise DGLError("Find empty point set")
    if x.ndim == 2:
        return _knn(x, k, [len(x)], algorithm, dist, exclude_self, False)
    segments = [x.shape[1]] * x.shape[0]
    return _knn(x.flatten(0, 1), k, segments, algorithm, dist, exclude_self, True)


def segmented_knn_graph(
    x: torch.Tensor,
    k: int,
    segs: Sequence[int],
    algorithm: str = "bruteforce-blas",
    dist: str = "euclidean",
    exclude_self: bool = False,
) -> DGLGraph:
    """`knn_graph` of several sets of points as a batch: set i has the next `segs[i]` rows of `x`.

    Source: `dgl.segmented_knn_graph`.
    """
    if x.shape[0] == 0:
        raise DGLError("Find empty point set")
    return _knn(x, k, [int(n) for n in segs], algorithm, dist, exclude_self, True)


def _knn(
    x: torch.Tensor,
    k: int,
    segments: list[int],
    algorithm: str,
    dist: str,
    exclude_self: bool,
    batched: bool,
) -> DGLGraph:
    wanted = k + exclude_self
    if wanted <= 0:
        raise DGLError(f"Invalid k value. expect k > 0, got k = {wanted}")
    if algorithm not in _ALGORITHMS:
        raise DGLError(f"Expect algorithm to be one of {_ALGORITHMS}, got {algorithm}.")
    if dist.lower() not in ("euclidean", "cosine"):
        raise DGLError(
            f"Only ['euclidean', 'cosine'] are supported for distancecomputation, got {dist}"
        )
    if dist.lower() == "cosine":
        x = x / (x.norm(dim=1, keepdim=True) + 1e-5)
    if wanted > min(segments):
        dgl_warning(
            "'k' should be less than or equal to the number of points in 'x'"
            f"expect k <= {min(segments)}, got k = {wanted}, use k = {min(segments)}",
            stacklevel=3,
        )
        wanted = min(segments)
    sources, start = [], 0
    for points in x.split(segments):
        distances = torch.cdist(points, points)
        if exclude_self:
            distances.fill_diagonal_(float("inf"))
        nearest = distances.topk(wanted - exclude_self, dim=1, largest=False).indices
        sources.append(nearest + start)
        start += len(points)
    width = wanted - exclude_self
    nodes = torch.arange(len(x), device=x.device).repeat_interleave(width)
    result = graph((torch.cat(sources).flatten(), nodes), num_nodes=len(x))
    if batched:
        counts = torch.tensor(segments, device=x.device)
        result.set_batch_num_nodes(counts)
        result.set_batch_num_edges(counts * width)
    return result


def radius_graph(
    x: torch.Tensor,
    r: float,
    p: float = 2,
    self_loop: bool = False,
    compute_mode: str = "donot_use_mm_for_euclid_dist",
    get_distances: bool = False,
) -> Any:
    """The graph with edges between points `[num_points, dim]` at most r from each other.

    Distances are p-norms; with `get_distances` also those of the edges, `[num_edges, 1]`.
    Source: `dgl.radius_graph`.
    """
    if r <= 0:
        raise DGLError(f"Invalid r value. expect r > 0, got r = {r}")
    if len(x) == 0:
        raise DGLError("Find empty point set")
    distances = torch.cdist(x, x, p=p, compute_mode=compute_mode)
    if not self_loop:
        distances.fill_diagonal_(r + 1)
    edges = torch.nonzero(distances <= r, as_tuple=True)
    result = graph(edges, num_nodes=len(x))
    if get_distances:
        return result, distances[edges].unsqueeze(-1)
    return result
