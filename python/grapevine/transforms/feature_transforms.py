"""Transforms of features, and encodings of nodes as features."""

from __future__ import annotations

import warnings
from typing import Any, Sequence

import torch

from ..heterograph import DGLGraph
from . import functional
from .base import BaseTransform

__all__ = [
    "RowFeatNormalizer",
    "FeatMask",
    "NodeShuffle",
    "RandomWalkPE",
    "LapPE",
    "LaplacianPE",
    "SVDPE",
]


def _columns(g: DGLGraph, nodes: Sequence[str], edges: Sequence[str]) -> list[tuple[Any, str]]:
    """(features of a type, name) for each type that has a column of one of the names.

    `KeyError` for a name that no type has.
    """
    kinds = [
        (nodes, [g.nodes[ntype].data for ntype in g.ntypes]),
        (edges, [g.edges[etype].data for etype in g.canonical_etypes]),
    ]
    result = []
    for names, views in kinds:
        for name in names:
            found = [(data, name) for data in views if name in data]
            if not found:
                raise KeyError(name)
            result += found
    return result


class RowFeatNormalizer(BaseTransform):
    """Divides rows of features by their sum, if that is above 1, in place.

    Arguments: `subtract_min`, whether a feature's smallest value is subtracted first; the names of
    features of nodes and of edges.

    Source: dgl.transforms.RowFeatNormalizer
    """

    def __init__(
        self,
        subtract_min: bool = False,
        node_feat_names: Sequence[str] | None = None,
        edge_feat_names: Sequence[str] | None = None,
    ) -> None:
        self.node_feat_names = node_feat_names or []
        self.edge_feat_names = edge_feat_names or []
        self.subtract_min = subtract_min

    def row_normalize(self, feat: torch.Tensor) -> torch.Tensor:
        """A feature `[n, width]` with its rows divided."""
        if self.subtract_min:
            feat = feat - feat.min()
        return feat.div_(feat.sum(dim=-1, keepdim=True).clamp_(min=1.0))

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """The graph itself."""
        for data, name in _columns(g, self.node_feat_names, self.edge_feat_names):
            data[name] = self.row_normalize(data[name])
        return g


class FeatMask(BaseTransform):
    """Sets columns of features, each with probability `p`, to 0, in place (You et al., 2020).

    Source: dgl.transforms.FeatMask
    """

    def __init__(
        self,
        p: float = 0.5,
        node_feat_names: Sequence[str] | None = None,
        edge_feat_names: Sequence[str] | None = None,
    ) -> None:
        self.p = p
        self.node_feat_names = node_feat_names or []
        self.edge_feat_names = edge_feat_names or []

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """The graph itself."""
        if self.p == 0:
            return g
        for data, name in _columns(g, self.node_feat_names, self.edge_feat_names):
            feat = data[name]
            masked = torch.bernoulli(torch.full((feat.shape[-1],), self.p)).bool()
            feat[:, masked.to(feat.device)] = 0
        return g


class NodeShuffle(BaseTransform):
    """Shuffles the features of the nodes of each type (Velickovic et al., 2019).

    Source: dgl.transforms.NodeShuffle
    """

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        g = g.clone()
        for ntype in g.ntypes:
            order = torch.randperm(g.num_nodes(ntype)).to(g.device)
            data = g.nodes[ntype].data
            for name in list(data.keys()):
                data[name] = data[name][order]
        return g


class RandomWalkPE(BaseTransform):
    """Adds `ndata[feat_name]` `[nodes, k]`: probabilities that a random walk of 1 ... `k` steps
    ends where it began (Dwivedi et al., 2022). Homogeneous graphs only.

    Source: dgl.transforms.RandomWalkPE
    """

    def __init__(self, k: int, feat_name: str = "PE", eweight_name: str | None = None) -> None:
        self.k = k
        self.feat_name = feat_name
        self.eweight_name = eweight_name

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """The graph itself."""
        encoding = functional.random_walk_pe(g, k=self.k, eweight_name=self.eweight_name)
        g.ndata[self.feat_name] = encoding.to(g.device)
        return g


class LapPE(BaseTransform):
    """Adds `ndata[feat_name]` `[nodes, k]`: eigenvectors of the Laplacian (Dwivedi et al., 2020).

    Arguments: `eigval_name`, a column for the eigenvalues, if any; `padding`, whether fewer than
    `k` eigenvectors are filled up. Homogeneous graphs only.

    Source: dgl.transforms.LapPE
    """

    def __init__(
        self, k: int, feat_name: str = "PE", eigval_name: str | None = None, padding: bool = False
    ) -> None:
        self.k = k
        self.feat_name = feat_name
        self.eigval_name = eigval_name
        self.padding = padding

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """The graph itself."""
        if self.eigval_name:
            encoding, values = functional.lap_pe(
                g, k=self.k, padding=self.padding, return_eigval=True
            )
            g.ndata[self.eigval_name] = values.reshape(1, -1).repeat(g.num_nodes(), 1).to(g.device)
        else:
            encoding = functional.lap_pe(g, k=self.k, padding=self.padding)
        g.ndata[self.feat_name] = encoding.to(g.device)
        return g


class LaplacianPE(LapPE):
    """The old name of `LapPE`. Source: dgl.transforms.LaplacianPE"""

    def __init__(
        self, k: int, feat_name: str = "PE", eigval_name: str | None = None, padding: bool = False
    ) -> None:
        super().__init__(k, feat_name, eigval_name, padding)
        warnings.warn("LaplacianPE will be deprecated. Use LapPE please.", stacklevel=2)


class SVDPE(BaseTransform):
    """Adds `ndata[feat_name]` `[nodes, 2 * k]`: singular vectors of the adjacency matrix, scaled
    (Hussain et al., 2021); see `dgl.svd_pe`.

    Source: dgl.transforms.SVDPE
    """

    def __init__(
        self, k: int, feat_name: str = "svd_pe", padding: bool = False, random_flip: bool = True
    ) -> None:
        self.k = k
        self.feat_name = feat_name
        self.padding = padding
        self.random_flip = random_flip

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """The graph itself."""
        encoding = functional.svd_pe(
            g, k=self.k, padding=self.padding, random_flip=self.random_flip
        )
        g.ndata[self.feat_name] = encoding.to(g.device)
        return g
