"""Transforms that spread edges or features over a graph."""

from __future__ import annotations

from typing import Callable, Sequence

import torch

from .. import function as fn
from ..base import DGLError
from ..heterograph import DGLGraph
from .base import BaseTransform, CanonicalEtype, update_graph_structure

__all__ = ["GCNNorm", "PPR", "HeatKernel", "GDC", "SIGNDiffusion"]


class GCNNorm(BaseTransform):
    """Sets `edata[eweight_name]` to the weights of a graph convolution, in relations within a type:
    an edge's weight (1 without that column) over the roots of the in-degrees of its ends, where
    in-degrees are sums of weights (Kipf and Welling, 2017).

    Source: dgl.transforms.GCNNorm
    """

    def __init__(self, eweight_name: str = "w") -> None:
        self.eweight_name = eweight_name

    def calc_etype(self, c_etype: CanonicalEtype, g: DGLGraph) -> torch.Tensor:
        """The weights `[edges]` of one relation."""
        with g.local_scope():
            nodes, edges = g.nodes[c_etype[0]].data, g.edges[c_etype].data
            weight = edges.get(self.eweight_name)
            if weight is None:
                degree = g.in_degrees(etype=c_etype).float()
            else:
                g.update_all(
                    fn.copy_e(self.eweight_name, "m"), fn.sum("m", "_degree"), etype=c_etype
                )
                degree = nodes["_degree"]
            scale = degree.pow(-0.5)
            nodes["_scale"] = scale.masked_fill(scale.isinf(), 0.0)
            g.apply_edges(fn.u_mul_v("_scale", "_scale", "_norm"), etype=c_etype)
            return edges["_norm"] if weight is None else edges["_norm"] * weight

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """The graph itself."""
        symmetric = [c_etype for c_etype in g.canonical_etypes if c_etype[0] == c_etype[2]]
        weights = {c_etype: self.calc_etype(c_etype, g) for c_etype in symmetric}
        for c_etype, weight in weights.items():
            g.edges[c_etype].data[self.eweight_name] = weight
        return g


class _Diffusion(BaseTransform):
    """Replaces the edges by the largest entries of a dense matrix of the graph.

    The new graph has an edge for each entry of `eps` or more; without `eps`, for the largest
    `avg_degree` times the number of nodes. `edata[eweight_name]` holds the entries.
    """

    def __init__(self, eweight_name: str, eps: float | None, avg_degree: int) -> None:
        self.eweight_name = eweight_name
        self.eps = eps
        self.avg_degree = avg_degree

    def _diffused(self, adjacency: torch.Tensor, g: DGLGraph) -> torch.Tensor:
        """The matrix `[nodes, nodes]`, of the weights of edges at `[destination, source]`."""
        raise NotImplementedError

    def get_eps(self, num_nodes: int, mat: torch.Tensor) -> float:
        """The smallest entry that becomes an edge."""
        if self.eps is not None:
            return self.eps
        if self.avg_degree > num_nodes:
            return float("-inf")
        return float(mat.flatten().sort(descending=True).values[self.avg_degree * num_nodes - 1])

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        size = g.num_nodes()
        src, dst = (ends.long() for ends in g.edges())
        adjacency = torch.zeros(size, size, device=g.device)
        if self.eweight_name in g.edata:
            adjacency[dst, src] = g.edata[self.eweight_name].to(adjacency.dtype)
        else:
            adjacency[dst, src] = 1.0
        matrix = self._diffused(adjacency, g)
        dst, src = (matrix >= self.get_eps(size, matrix)).nonzero(as_tuple=True)
        edges = {g.canonical_etypes[0]: (src.to(g.idtype), dst.to(g.idtype))}
        result = update_graph_structure(g, edges, copy_edata=False)
        result.edata[self.eweight_name] = matrix[dst, src]
        return result


class PPR(_Diffusion):
    """Edges by personalized PageRank with restart probability `alpha` (Gasteiger et al., 2019).

    Source: dgl.transforms.PPR
    """

    def __init__(
        self,
        alpha: float = 0.15,
        eweight_name: str = "w",
        eps: float | None = None,
        avg_degree: int = 5,
    ) -> None:
        super().__init__(eweight_name, eps, avg_degree)
        self.alpha = alpha

    def _diffused(self, adjacency: torch.Tensor, g: DGLGraph) -> torch.Tensor:
        matrix = (self.alpha - 1) * adjacency
        matrix.diagonal().add_(1)
        return self.alpha * torch.linalg.inv(matrix)


class HeatKernel(_Diffusion):
    """Edges by the heat kernel with diffusion time `t` (Gasteiger et al., 2019).

    Source: dgl.transforms.HeatKernel
    """

    def __init__(
        self,
        t: float = 2.0,
        eweight_name: str = "w",
        eps: float | None = None,
        avg_degree: int = 5,
    ) -> None:
        super().__init__(eweight_name, eps, avg_degree)
        self.t = t

    def _diffused(self, adjacency: torch.Tensor, g: DGLGraph) -> torch.Tensor:
        matrix = self.t * adjacency
        matrix.diagonal().sub_(self.t)
        return torch.linalg.matrix_exp(matrix)


class GDC(_Diffusion):
    """Edges by the sum of powers 0, 1, ... of the adjacency matrix, weighted with `coefs`
    (Gasteiger et al., 2019).

    Source: dgl.transforms.GDC
    """

    def __init__(
        self,
        coefs: Sequence[float],
        eweight_name: str = "w",
        eps: float | None = None,
        avg_degree: int = 5,
    ) -> None:
        super().__init__(eweight_name, eps, avg_degree)
        self.coefs = coefs

    def _diffused(self, adjacency: torch.Tensor, g: DGLGraph) -> torch.Tensor:
        power = torch.eye(g.num_nodes(), device=g.device)
        result = self.coefs[0] * power
        for coef in self.coefs[1:]:
            power = power @ adjacency
            result += coef * power
        return result


class SIGNDiffusion(BaseTransform):
    """Adds `ndata[out_feat_name + "_i"]` for i from 1 to `k`: the features `ndata[in_feat_name]`
    after i steps of diffusion (Frasca et al., 2020). Homogeneous graphs only.

    `diffuse_op` is what a step multiplies with: "raw", the adjacency matrix; "rw", the one with
    rows that sum to 1; "gcn", the symmetrically normalized one; "ppr", that one mixed with the
    features by `alpha`. `eweight_name` names weights of edges. `DGLError` for another `diffuse_op`.

    Source: dgl.transforms.SIGNDiffusion
    """

    def __init__(
        self,
        k: int,
        in_feat_name: str = "feat",
        out_feat_name: str = "out_feat",
        eweight_name: str | None = None,
        diffuse_op: str = "raw",
        alpha: float = 0.2,
    ) -> None:
        diffusions: dict[str, Callable[[DGLGraph], list[torch.Tensor]]] = {
            "raw": self.raw,
            "rw": self.rw,
            "gcn": self.gcn,
            "ppr": self.ppr,
        }
        if diffuse_op not in diffusions:
            raise DGLError(f"Expect diffuse_op to be from {list(diffusions)}, got {diffuse_op}")
        self.k = k
        self.in_feat_name = in_feat_name
        self.out_feat_name = out_feat_name
        self.eweight_name = eweight_name
        self.diffuse_op = diffuse_op
        self.alpha = alpha
        self.diffuse = diffusions[diffuse_op]

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """The graph itself."""
        for step, feat in enumerate(self.diffuse(g), start=1):
            g.ndata[f"{self.out_feat_name}_{step}"] = feat
        return g

    def raw(self, g: DGLGraph) -> list[torch.Tensor]:
        """Features after 1 ... `k` products with the adjacency matrix."""
        return self._steps(g, self._given_weight(g), lambda feat: feat)

    def rw(self, g: DGLGraph) -> list[torch.Tensor]:
        """Features after 1 ... `k` products with the adjacency matrix that averages."""
        weight = self._given_weight(g)
        with g.local_scope():
            ones = torch.ones(g.num_edges(), device=g.device)
            g.edata["_weight"] = ones if weight is None else weight
            g.update_all(fn.copy_e("_weight", "m"), fn.sum("m", "_degree"))
            degree = g.ndata["_degree"].reshape(-1, 1)
        degree = degree.masked_fill(degree == 0, 1.0)  # nothing arrives there
        return self._steps(g, weight, lambda feat: feat / degree)

    def gcn(self, g: DGLGraph) -> list[torch.Tensor]:
        """Features after 1 ... `k` products with the symmetrically normalized matrix."""
        return self._steps(g, self._gcn_weight(g), lambda feat: feat)

    def ppr(self, g: DGLGraph) -> list[torch.Tensor]:
        """Features after 1 ... `k` steps of personalized PageRank."""
        first = g.ndata[self.in_feat_name]
        mix = lambda feat: (1 - self.alpha) * feat + self.alpha * first  # noqa: E731
        return self._steps(g, self._gcn_weight(g), mix)

    def _given_weight(self, g: DGLGraph) -> torch.Tensor | None:
        named = self.eweight_name is not None and self.eweight_name in g.edata
        return g.edata[self.eweight_name] if named else None

    def _gcn_weight(self, g: DGLGraph) -> torch.Tensor:
        with g.local_scope():
            if self.eweight_name is None:
                g.edata.pop("w", None)
            return GCNNorm(self.eweight_name or "w").calc_etype(g.canonical_etypes[0], g)

    def _steps(
        self,
        g: DGLGraph,
        weight: torch.Tensor | None,
        after: Callable[[torch.Tensor], torch.Tensor],
    ) -> list[torch.Tensor]:
        feats = []
        with g.local_scope():
            g.ndata["_feat"] = g.ndata[self.in_feat_name]
            message = fn.copy_u("_feat", "m")
            if weight is not None:
                g.edata["_weight"] = weight
                message = fn.u_mul_e("_feat", "_weight", "m")
            for _ in range(self.k):
                g.update_all(message, fn.sum("m", "_feat"))
                g.ndata["_feat"] = after(g.ndata["_feat"])
                feats.append(g.ndata["_feat"])
        return feats
