"""Positional encodings of nodes, and distances between them."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..base import dgl_warning
from ..heterograph import DGLGraph

__all__ = [
    "double_radius_node_labeling", "lap_pe", "laplacian_pe", "random_walk_pe", "shortest_dist",
    "svd_pe",
]  # fmt: skip


def _signs(count: int) -> torch.Tensor:
    return torch.as_tensor(2.0 * (np.random.rand(count) > 0.5) - 1.0, dtype=torch.float64)


def random_walk_pe(g: DGLGraph, k: int, eweight_name: str | None = None) -> torch.Tensor:
    """The probability of being back after 1 to k steps of a random walk: `[num_nodes, k]` float32.

    Steps are uniform, or in proportion to the edge feature `eweight_name`. O(num_nodes ** 3 * k).
    Source: `dgl.random_walk_pe`; Dwivedi et al., 2022.
    """
    adjacency = g._graph.adjacency_matrix(None, eweight_name or "").to_dense().double()
    step = adjacency / (adjacency.sum(1, keepdim=True) + 1e-30)
    walk, diagonals = step, [step.diagonal()]
    for _ in range(k - 1):
        walk = walk @ step
        diagonals.append(walk.diagonal())
    return torch.stack(diagonals, dim=-1).float()


def lap_pe(g: DGLGraph, k: int, padding: bool = False, return_eigval: bool = False) -> Any:
    """The k eigenvectors of the normalised Laplacian of the smallest non-trivial eigenvalues.

    `[num_nodes, k]` float32, each with a random sign; with `return_eigval` also the eigenvalues.
    With `padding`, what a small graph lacks is 0, and NaN for eigenvalues. Source: `dgl.lap_pe`.
    """
    n = g.num_nodes()
    assert padding or n > k, (
        f"the number of eigenvectors k must be smaller than the number of nodes n, {k} and {n} "
        "detected."
    )
    values, vectors = _laplacian_eigen(g, k)
    order = values.argsort()[1 : k + 1]
    encoding = (vectors[:, order] * _signs(len(order))).float()
    values = values[order].float()
    if n <= k:
        encoding = torch.cat([encoding, encoding.new_zeros(n, k - n + 1)], dim=1)
        values = torch.cat([values, values.new_full((k - n + 1,), float("nan"))])
    return (encoding, values) if return_eigval else encoding


def _laplacian_eigen(g: DGLGraph, k: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Eigenvalues and eigenvectors of the Laplacian: all of them, or the k + 1 smallest."""
    from scipy import sparse
    from scipy.sparse import linalg

    n = g.num_nodes()
    scale = sparse.diags(g.in_degrees().cpu().numpy().clip(1) ** -0.5, dtype=float)
    laplacian = sparse.eye(n) - scale @ g.adj_external(scipy_fmt="csr") @ scale
    if k + 1 < n - 1:
        values, vectors = linalg.eigs(
            laplacian, k=k + 1, which="SR", ncv=min(4 * k + 2, n), tol=1e-2
        )
    else:
        values, vectors = np.linalg.eig(laplacian.toarray())
    return torch.from_numpy(values.real.copy()), torch.from_numpy(vectors.real.copy())


def laplacian_pe(g: DGLGraph, k: int, padding: bool = False, return_eigval: bool = False) -> Any:
    """`lap_pe` under its old name; warns. Source: `dgl.laplacian_pe`."""
    dgl_warning("dgl.laplacian_pe will be deprecated. Use dgl.lap_pe please.")
    return lap_pe(g, k, padding, return_eigval)


def svd_pe(g: DGLGraph, k: int, padding: bool = False, random_flip: bool = True) -> torch.Tensor:
    """The k largest singular vectors of the adjacency matrix, scaled: `[num_nodes, 2 * k]` float32.

    Left ones first, then right ones, with a random sign for each node if `random_flip`. Raises
    `ValueError` for fewer nodes than k without `padding`. Source: `dgl.svd_pe`.
    """
    n = g.num_nodes()
    if not padding and n < k:
        raise ValueError(
            "The number of singular values k must be no greater than the number of nodes n, but "
            f"got {k} and {n} respectively."
        )
    u, s, vh = torch.linalg.svd(g._graph.adjacency_matrix().to_dense().double())
    m = min(n, k)
    scale = s[:m].sqrt()
    encoding = torch.cat([u[:, :m] * scale, vh.T[:, :m] * scale], dim=1)
    if random_flip:
        encoding = encoding * _signs(n)[:, None]
    if n < k:
        encoding = torch.cat([encoding, encoding.new_zeros(n, 2 * (k - n))], dim=1)
    return encoding.float()


def shortest_dist(g: DGLGraph, root: int | None = None, return_paths: bool = False) -> Any:
    """The number of steps from each node, or from `root`, to each node: int64, -1 if unreachable.

    `[num_nodes, num_nodes]`, or `[num_nodes]` with `root`. With `return_paths` also the ids of the
    edges on the way, `[..., max_steps]`, filled up with -1. Source: `dgl.shortest_dist`.
    """
    from scipy.sparse import csgraph

    matrix = g.adj_external(scipy_fmt="csr")
    distances, before = csgraph.shortest_path(
        matrix, directed=True, unweighted=True, indices=root, return_predecessors=True
    )
    steps = torch.as_tensor(np.where(np.isinf(distances), -1, distances), dtype=torch.int64)
    if not return_paths:
        return steps.to(g.device)
    paths = _paths(g, steps.reshape(-1, g.num_nodes()), torch.as_tensor(before).long())
    return steps.to(g.device), (paths if root is None else paths[0]).to(g.device)


def _paths(g: DGLGraph, steps: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    """The edges of the shortest ways, all ways one step back at a time."""
    before = before.reshape(steps.shape)
    longest = max(int(steps.max()), 0)
    paths = torch.full((*steps.shape, longest), -1, dtype=torch.int64)
    row, end = (steps > 0).nonzero(as_tuple=True)
    at = end.clone()
    left = steps[row, end].clone()
    while len(at):
        previous = before[row, at]
        eids = g.edge_ids(previous.to(g.idtype), at.to(g.idtype))
        paths[row, end, left - 1] = eids.long()
        keep = left > 1
        row, end, at, left = row[keep], end[keep], previous[keep], left[keep] - 1
    return paths


def double_radius_node_labeling(g: DGLGraph, src: int, dst: int) -> torch.Tensor:
    """A label for each node by its distances to `src` and `dst`: `[num_nodes]` int64.

    Both have 1; unreachable nodes have 0. Source: `dgl.double_radius_node_labeling`; Zhang and
    Chen, 2018.
    """
    from scipy.sparse import csgraph

    matrix = g.adj_external(scipy_fmt="csr")
    low, high = min(src, dst), max(src, dst)

    def distances(start: int, without: int) -> np.ndarray:
        """Steps from `start` in the graph without a node, whose own entry is 0."""
        kept = np.delete(np.arange(matrix.shape[0]), without)
        steps = csgraph.shortest_path(
            matrix[kept][:, kept], directed=False, unweighted=True,
            indices=start - (start > without),
        )  # fmt: skip
        return np.insert(steps, without, 0)

    to_low, to_high = distances(low, high), distances(high, low)
    both = to_low + to_high
    with np.errstate(invalid="ignore"):
        labels = 1 + np.minimum(to_low, to_high) + both // 2 * (both // 2 + both % 2 - 1)
    labels[[low, high]] = 1
    labels[~np.isfinite(labels)] = 0
    return torch.as_tensor(labels, dtype=torch.int64)
