"""Transforms that add, remove or replace edges and nodes."""

from __future__ import annotations

from typing import Any, Sequence

import torch

from ..convert import heterograph
from ..heterograph import DGLGraph
from . import functional
from .base import BaseTransform, CanonicalEtype, Edges, update_graph_structure

__all__ = [
    "AddSelfLoop",
    "RemoveSelfLoop",
    "AddReverse",
    "ToSimple",
    "LineGraph",
    "KHopGraph",
    "AddMetaPaths",
    "DropNode",
    "DropEdge",
    "AddEdge",
    "ToLevi",
]


class AddSelfLoop(BaseTransform):
    """Adds an edge from each node to itself, in relations within a type of nodes.

    Arguments: `allow_duplicate`, whether self-loops that are there stay; `new_etypes`, whether each
    type of nodes also gets a relation "self" of loops; `edge_feat_names` and `fill_data` as in
    `dgl.add_self_loop`.

    Source: dgl.transforms.AddSelfLoop
    """

    def __init__(
        self,
        allow_duplicate: bool = False,
        new_etypes: bool = False,
        edge_feat_names: Sequence[str] | None = None,
        fill_data: Any = 1.0,
    ) -> None:
        self.allow_duplicate = allow_duplicate
        self.new_etypes = new_etypes
        self.edge_feat_names = edge_feat_names
        self.fill_data = fill_data

    def transform_etype(self, c_etype: CanonicalEtype, g: DGLGraph) -> DGLGraph:
        """The graph with the self-loops of one relation."""
        if c_etype[0] != c_etype[2]:
            return g
        if not self.allow_duplicate:
            g = functional.remove_self_loop(g, etype=c_etype)
        return functional.add_self_loop(
            g, edge_feat_names=self.edge_feat_names, fill_data=self.fill_data, etype=c_etype
        )

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        for c_etype in g.canonical_etypes:
            g = self.transform_etype(c_etype, g)
        if not self.new_etypes:
            return g
        edges: Edges = {(ntype, "self", ntype): (g.nodes(ntype),) * 2 for ntype in g.ntypes}
        edges |= {c_etype: g.edges(etype=c_etype) for c_etype in g.canonical_etypes}
        return update_graph_structure(g, edges)


class RemoveSelfLoop(BaseTransform):
    """Removes edges from nodes to themselves.

    Source: dgl.transforms.RemoveSelfLoop
    """

    def transform_etype(self, c_etype: CanonicalEtype, g: DGLGraph) -> DGLGraph:
        """The graph without the self-loops of one relation."""
        return functional.remove_self_loop(g, etype=c_etype) if c_etype[0] == c_etype[2] else g

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        for c_etype in g.canonical_etypes:
            g = self.transform_etype(c_etype, g)
        return g


class AddReverse(BaseTransform):
    """Adds the reverse of each edge: to its relation if that is within a type of nodes, else to a
    new relation "rev_NAME".

    Arguments: `copy_edata`, whether reverse edges get the features (else 0 in the same relation,
    none in a new one); `sym_new_etype`, whether relations within a type get a new one as well.

    Source: dgl.transforms.AddReverse
    """

    def __init__(self, copy_edata: bool = False, sym_new_etype: bool = False) -> None:
        self.copy_edata = copy_edata
        self.sym_new_etype = sym_new_etype

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        edges: Edges = {}
        for c_etype in g.canonical_etypes:
            src, dst = g.edges(etype=c_etype)
            if self._has_new_etype(c_etype):
                edges |= {c_etype: (src, dst), _reversed(c_etype): (dst, src)}
            else:
                edges[c_etype] = (torch.cat([src, dst]), torch.cat([dst, src]))
        result = update_graph_structure(g, edges, copy_edata=False)
        for c_etype in g.canonical_etypes:
            for name, feat in g.edges[c_etype].data.items():
                if not self._has_new_etype(c_etype):
                    other = feat if self.copy_edata else torch.zeros_like(feat)
                    feat = torch.cat([feat, other])
                elif self.copy_edata:
                    result.edges[_reversed(c_etype)].data[name] = feat
                result.edges[c_etype].data[name] = feat
        return result

    def _has_new_etype(self, c_etype: CanonicalEtype) -> bool:
        return self.sym_new_etype or c_etype[0] != c_etype[2]


def _reversed(c_etype: CanonicalEtype) -> CanonicalEtype:
    utype, etype, vtype = c_etype
    return vtype, f"rev_{etype}", utype


class ToSimple(BaseTransform):
    """Merges parallel edges; `return_counts` names a column of their numbers, `aggregator` is
    "arbitrary", "sum" or "mean".

    Source: dgl.transforms.ToSimple
    """

    def __init__(self, return_counts: str = "count", aggregator: str = "arbitrary") -> None:
        self.return_counts = return_counts
        self.aggregator = aggregator

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        return functional.to_simple(
            g, return_counts=self.return_counts, copy_edata=True, aggregator=self.aggregator
        )


class LineGraph(BaseTransform):
    """The line graph, whose nodes have the features of the edges.

    Source: dgl.transforms.LineGraph
    """

    def __init__(self, backtracking: bool = True) -> None:
        self.backtracking = backtracking

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        return functional.line_graph(g, backtracking=self.backtracking, shared=True)


class KHopGraph(BaseTransform):
    """The graph of paths of `k` edges.

    Source: dgl.transforms.KHopGraph
    """

    def __init__(self, k: int) -> None:
        self.k = k

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        return functional.khop_graph(g, self.k)


class AddMetaPaths(BaseTransform):
    """Adds relations between the ends of paths.

    Arguments: `metapaths`, for each new relation's name the canonical relations of its path;
    `keep_orig_edges`, whether the relations that are there stay.

    Source: dgl.transforms.AddMetaPaths
    """

    def __init__(
        self, metapaths: dict[str, list[CanonicalEtype]], keep_orig_edges: bool = True
    ) -> None:
        self.metapaths = metapaths
        self.keep_orig_edges = keep_orig_edges

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        edges: Edges = {
            (path[0][0], name, path[-1][-1]): functional.metapath_reachable_graph(g, path).edges()
            for name, path in self.metapaths.items()
        }
        if self.keep_orig_edges:
            edges |= {c_etype: g.edges(etype=c_etype) for c_etype in g.canonical_etypes}
        return update_graph_structure(g, edges, copy_edata=self.keep_orig_edges)


class DropNode(BaseTransform):
    """Removes nodes, each with probability `p` (You et al., 2020).

    Source: dgl.transforms.DropNode
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        g = g.clone()
        for ntype in g.ntypes if self.p > 0 else ():
            g.remove_nodes(_drawn(g.nodes(ntype), self.p), ntype=ntype)
        return g


class DropEdge(BaseTransform):
    """Removes edges, each with probability `p` (Rong et al., 2020).

    Source: dgl.transforms.DropEdge
    """

    def __init__(self, p: float = 0.5) -> None:
        self.p = p

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        g = g.clone()
        for c_etype in g.canonical_etypes if self.p > 0 else ():
            g.remove_edges(_drawn(g.edges(form="eid", etype=c_etype), self.p), etype=c_etype)
        return g


def _drawn(ids: torch.Tensor, p: float) -> torch.Tensor:
    """Each of the ids with probability `p`."""
    return ids[torch.bernoulli(torch.full((len(ids),), p)).bool().to(ids.device)]


class AddEdge(BaseTransform):
    """Adds random edges, `ratio` times as many as a relation has (You et al., 2020).

    Source: dgl.transforms.AddEdge
    """

    def __init__(self, ratio: float = 0.2) -> None:
        self.ratio = ratio

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph; the graph itself for `ratio` 0."""
        if self.ratio == 0.0:
            return g
        kind = {"dtype": g.idtype, "device": g.device}
        g = g.clone()
        for c_etype in g.canonical_etypes:
            size = (int(g.num_edges(c_etype) * self.ratio),)
            src = torch.randint(g.num_nodes(c_etype[0]), size, **kind)
            dst = torch.randint(g.num_nodes(c_etype[2]), size, **kind)
            g.add_edges(src, dst, etype=c_etype)
        return g


class ToLevi(BaseTransform):
    """The Levi graph of a homogeneous graph: its edges become nodes of a type "edge" between those
    of type "node", with the features of either.

    Source: dgl.transforms.ToLevi
    """

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """A new graph."""
        src, dst = g.edges()
        eids = torch.arange(g.num_edges(), dtype=g.idtype, device=g.device)
        result = heterograph(
            {("node", "n2e", "edge"): (src, eids), ("edge", "e2n", "node"): (eids, dst)},
            num_nodes_dict={"node": g.num_nodes(), "edge": g.num_edges()},
            idtype=g.idtype,
            device=g.device,
        )
        result.nodes["node"].data.update(g.ndata)
        result.nodes["edge"].data.update(g.edata)
        return result
