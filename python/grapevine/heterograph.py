"""Graphs and blocks."""

from __future__ import annotations

from typing import Any

from . import _C
from .base import DGLError, dgl_warning
from .graph_parts.conversion import ConversionPart
from .metagraph import Metagraph, in_order, metagraph_of
from .not_implemented import graph_attribute

__all__ = ["DGLBlock", "DGLGraph", "combine_names"]


class DGLGraph(ConversionPart):
    """A directed multigraph with typed nodes and edges and features on both.

    Made by `grapevine.graph`, `grapevine.heterograph` and others. `DGLGraph(data)` still works
    and warns, with the data of `grapevine.graph`. Source: `dgl.DGLGraph`.
    """

    def __init__(self, gidx: Any = (), **deprecated: Any) -> None:
        from .convert import graph

        if isinstance(gidx, DGLGraph):
            raise DGLError("The input is already a DGLGraph. No need to create it again.")
        dgl_warning(
            "Recommend creating graphs by `dgl.graph(data)` instead of `dgl.DGLGraph(data)`."
        )
        if deprecated:
            dgl_warning(f"Keyword arguments {list(deprecated)} have no meaning any more.")
        self._set(graph(list(gidx) if not len(gidx) else gidx)._graph)

    @classmethod
    def _wrap(cls, c_graph: _C.Graph, like: DGLGraph | None = None) -> DGLGraph:
        """A `DGLGraph` or `DGLBlock` of a C++ graph.

        If it was made of the graph `like`, with the same order of types and features and the same
        initializers.
        """
        meta = metagraph_of(c_graph)
        result = object.__new__(DGLBlock if meta.is_block else DGLGraph)
        if like is not None and sorted(like.ntypes) == meta.ntypes:
            meta = in_order(meta, like.ntypes)
        result._set(c_graph, meta)
        if like is not None:
            result._initializers = dict(like._initializers)
            result._order = _order_from(like, meta)
        return result

    def _set(self, c_graph: _C.Graph, meta: Metagraph | None = None) -> None:
        self._graph = c_graph
        self._meta = meta or metagraph_of(c_graph)
        self._placeholders = {}
        self._initializers = {}
        self._order = {}

    def __getattr__(self, name: str) -> Any:
        """Raises `NotImplementedError`, which names it, for what DGL's graphs have besides."""
        return graph_attribute(name)

    def __repr__(self) -> str:
        if self.is_homogeneous:
            return (
                f"Graph(num_nodes={self.num_nodes()}, num_edges={self.num_edges()},\n"
                f"      ndata_schemes={self.node_attr_schemes()}\n"
                f"      edata_schemes={self.edge_attr_schemes()})"
            )
        nodes = {name: self._node_frame(i).num_rows for i, name in enumerate(self.ntypes)}
        edges = {etype: self.num_edges(etype) for etype in self.canonical_etypes}
        return (
            f"Graph(num_nodes={nodes},\n      num_edges={edges},\n"
            f"      metagraph={self.metagraph().edges(keys=True)})"
        )


def _order_from(like: DGLGraph, meta: Metagraph) -> dict[tuple[str, int], dict[str, None]]:
    """The order of features of a graph with types `meta` that was made of `like`."""
    order = {key: dict(names) for key, names in like._order.items() if key[0] == "edge"}
    for (kind, ntid), names in like._order.items():
        if kind == "node":
            for side in (meta.src_ids, meta.dst_ids):
                if like.ntypes[ntid] in side:
                    order["node", side[like.ntypes[ntid]]] = dict(names)
    return order


class DGLBlock(DGLGraph):
    """A message flow graph: source and destination nodes are numbered separately.

    The first `num_dst_nodes()` sources are the destinations. Source: `dgl.DGLBlock`.
    """

    is_block = True

    def __repr__(self) -> str:
        if len(self.srctypes) == len(self.dsttypes) == len(self.etypes) == 1:
            return (
                f"Block(num_src_nodes={self.num_src_nodes()}, "
                f"num_dst_nodes={self.num_dst_nodes()}, num_edges={self.num_edges()})"
            )
        src = {name: self.num_src_nodes(name) for name in self.srctypes}
        dst = {name: self.num_dst_nodes(name) for name in self.dsttypes}
        edges = {etype: self.num_edges(etype) for etype in self.canonical_etypes}
        return (
            f"Block(num_src_nodes={src},\n      num_dst_nodes={dst},\n      num_edges={edges},\n"
            f"      metagraph={self.metagraph().edges(keys=True)})"
        )


def combine_names(names: list[str], ids: Any = None) -> str:
    """The name of several types taken as one: "a+b"."""
    return "+".join(sorted(names if ids is None else [names[i] for i in ids]))
