"""Layers that make graphs of points."""

from __future__ import annotations

from torch import Tensor, nn

from ... import transforms

__all__ = ["KNNGraph", "RadiusGraph", "SegmentedKNNGraph", "pairwise_squared_distance"]


def pairwise_squared_distance(x: Tensor) -> Tensor:
    """Squared distances of points, ``[*, n, dims]`` to ``[*, n, n]``.

    Source: dgl.nn.pytorch.factory.pairwise_squared_distance.
    """
    squares = x.square().sum(dim=-1, keepdim=True)
    return squares + squares.mT - 2 * x @ x.mT


class KNNGraph(nn.Module):
    """The graph with an edge to each point from its ``k`` nearest ones; see `knn_graph`.

    Args:
        k: How many neighbours.

    Source: dgl.nn.KNNGraph.
    """

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k

    def forward(
        self,
        x: Tensor,
        algorithm: str = "bruteforce-blas",
        dist: str = "euclidean",
        exclude_self: bool = False,
    ):
        """Points ``[n, dims]``, or several sets of them ``[sets, n, dims]``, to one graph."""
        return transforms.knn_graph(
            x, self.k, algorithm=algorithm, dist=dist, exclude_self=exclude_self
        )


class SegmentedKNNGraph(nn.Module):
    """As `KNNGraph`, for sets of points of different sizes.

    Args:
        k: How many neighbours.

    Source: dgl.nn.SegmentedKNNGraph.
    """

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k

    def forward(
        self,
        x: Tensor,
        segs,
        algorithm: str = "bruteforce-blas",
        dist: str = "euclidean",
        exclude_self: bool = False,
    ):
        """Points ``[n, dims]`` of sets with ``segs`` points each to one graph."""
        return transforms.segmented_knn_graph(
            x, self.k, segs, algorithm=algorithm, dist=dist, exclude_self=exclude_self
        )


class RadiusGraph(nn.Module):
    """The graph with an edge between points that lie within a distance; see `radius_graph`.

    Args:
        r: The distance.
        p: Of the p-norm.
        self_loop: Whether points have edges to themselves.
        compute_mode: As in `torch.cdist`.

    Source: dgl.nn.RadiusGraph.
    """

    def __init__(
        self,
        r: float,
        p: float = 2,
        self_loop: bool = False,
        compute_mode: str = "donot_use_mm_for_euclid_dist",
    ) -> None:
        super().__init__()
        self.r = r
        self.p = p
        self.self_loop = self_loop
        self.compute_mode = compute_mode

    def forward(self, x: Tensor, get_distances: bool = False):
        """Points ``[n, dims]`` to a graph and, if asked for, the edges' lengths."""
        return transforms.radius_graph(
            x, self.r, self.p, self.self_loop, self.compute_mode, get_distances
        )
