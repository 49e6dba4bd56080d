"""Graphs from edges, and graphs of other kinds from graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from . import _C
from .base import ETYPE, NTYPE, DGLError
from .heterograph import DGLBlock, DGLGraph
from .metagraph import CanonicalEtype
from .utils.graph_data import SparseAdjTuple, graphdata2tensors, is_networkx, is_scipy

__all__ = [
    "block_to_graph", "create_block", "graph", "heterograph", "to_heterogeneous", "to_homogeneous",
]  # fmt: skip


def _refuse(data: Any, function: str) -> None:
    for is_other, kind, instead in (
        (is_scipy, "a SciPy sparse matrix", "from_scipy"),
        (is_networkx, "a NetworkX graph", "from_networkx"),
    ):
        if is_other(data):
            raise DGLError(
                f"dgl.{function} no longer supports graph construction from {kind}, use "
                f"dgl.{instead} instead."
            )


def _tensors(edges: SparseAdjTuple) -> dict[str, list[torch.Tensor]]:
    return {edges.format: list(edges.arrays)}


def _make(
    relations: dict[CanonicalEtype, SparseAdjTuple],
    num_src: Mapping[str, int],
    num_dst: Mapping[str, int] | None,
    idtype: torch.dtype | None,
    device: Any,
) -> DGLGraph:
    kinds = {edges.arrays[-1 if edges.format == "coo" else 1].dtype for edges in relations.values()}
    if len(kinds) > 1:
        raise DGLError(
            f"Expect all relations to have the same ID type, got {sorted(map(str, kinds))}."
        )
    places = {edges.arrays[0].device for edges in relations.values()}
    c_graph = _C.from_parts(
        {etype: _tensors(edges) for etype, edges in relations.items()},
        {name: int(count) for name, count in num_src.items()},
        None if num_dst is None else {name: int(count) for name, count in num_dst.items()},
        kinds.pop() if kinds else idtype or torch.int64,
        places.pop() if places else torch.device("cpu"),
    )
    return DGLGraph._wrap(c_graph).to(device)


def graph(
    data: Any,
    *,
    num_nodes: int | None = None,
    idtype: torch.dtype | None = None,
    device: Any = None,
    row_sorted: bool = False,
    col_sorted: bool = False,
) -> DGLGraph:
    """A homogeneous graph.

    `data` is (src, dst), each `[num_edges]` as tensor, array or list, a list of pairs, or ("csr",
    (offsets, indices, edge ids)), likewise "csc". Ids keep the type of tensors and are int64
    otherwise, unless `idtype` says. `num_nodes` is by default the largest id + 1. `row_sorted` and
    `col_sorted` are found out rather than believed. Raises `DGLError` for ids that are negative or
    not below `num_nodes`. Source: `dgl.graph`.
    """
    _refuse(data, "graph")
    edges, num_src, num_dst = graphdata2tensors(data, idtype)
    count = max(num_src, num_dst)
    if num_nodes is not None:
        if num_nodes < count:
            raise DGLError(
                "The num_nodes argument must be larger than the max ID in the data, but got "
                f"{num_nodes} and {count - 1}."
            )
        count = num_nodes
    return _make({("_N", "_E", "_N"): edges}, {"_N": count}, None, idtype, device)


def heterograph(
    data_dict: Mapping[CanonicalEtype, Any],
    num_nodes_dict: Mapping[str, int] | None = None,
    idtype: torch.dtype | None = None,
    device: Any = None,
) -> DGLGraph:
    """A heterogeneous graph from relations, each as the data of `graph`.

    Node counts are by default what the edges show. Types come out sorted. Raises `DGLError` as
    `graph` does. Source: `dgl.heterograph`.
    """
    relations: dict[CanonicalEtype, SparseAdjTuple] = {}
    counts = dict(num_nodes_dict or {})
    for (src, name, dst), data in data_dict.items():
        _refuse(data, "heterograph")
        edges, num_src, num_dst = graphdata2tensors(data, idtype, bipartite=src != dst)
        relations[src, name, dst] = edges
        for ntype, needed in ((src, num_src), (dst, num_dst)):
            _count(counts, ntype, needed, num_nodes_dict is not None, "node type")
    return _make(relations, counts, None, idtype, device)


def _count(counts: dict[str, int], ntype: str, needed: int, given: bool, what: str) -> None:
    if not given:
        counts[ntype] = max(counts.get(ntype, 0), needed)
    elif counts[ntype] < needed:
        raise DGLError(
            f"The given number of nodes of {what} {ntype} must be larger than the max ID in the "
            f"data, but got {counts[ntype]} and {needed - 1}."
        )


def create_block(
    data_dict: Any,
    num_src_nodes: int | Mapping[str, int] | None = None,
    num_dst_nodes: int | Mapping[str, int] | None = None,
    idtype: torch.dtype | None = None,
    device: Any = None,
) -> DGLBlock:
    """A block from relations whose sources and destinations are numbered separately.

    `data_dict` is the data of `graph`, or such data by relation; counts are then numbers, or
    numbers by type. Source: `dgl.create_block`.
    """
    infer = num_src_nodes is None and num_dst_nodes is None
    if not isinstance(data_dict, Mapping):
        data_dict = {("_N", "_E", "_N"): data_dict}
        if not infer:
            for name, num in (("num_src_nodes", num_src_nodes), ("num_dst_nodes", num_dst_nodes)):
                assert isinstance(num, int), (
                    f"{name} must be a pair of integers if data_dict is not a dict"
                )
            num_src_nodes, num_dst_nodes = {"_N": num_src_nodes}, {"_N": num_dst_nodes}
    elif not infer:
        for name, num in (("num_src_nodes", num_src_nodes), ("num_dst_nodes", num_dst_nodes)):
            assert isinstance(num, Mapping), f"{name} must be a dict if data_dict is a dict"
    relations: dict[CanonicalEtype, SparseAdjTuple] = {}
    num_src, num_dst = dict(num_src_nodes or {}), dict(num_dst_nodes or {})
    for (src, name, dst), data in data_dict.items():
        edges, sources, destinations = graphdata2tensors(data, idtype, bipartite=True)
        relations[src, name, dst] = edges
        _count(num_src, src, sources, not infer, "source node type")
        _count(num_dst, dst, destinations, not infer, "destination node type")
    return _make(relations, num_src, num_dst, idtype, device)


def block_to_graph(block: DGLBlock) -> DGLGraph:
    """A bipartite graph of a block: source types end in "_src", destination types in "_dst".

    Source: `dgl.block_to_graph`.
    """
    counts = {f"{name}_src": block.num_src_nodes(name) for name in block.srctypes}
    counts |= {f"{name}_dst": block.num_dst_nodes(name) for name in block.dsttypes}
    names = {
        etype: (f"{etype[0]}_src", etype[1], f"{etype[2]}_dst") for etype in block.canonical_etypes
    }
    relations = {new: block._graph.relation_formats(old) for old, new in names.items()}
    c_graph = _C.from_parts(relations, counts, None, block.idtype, block.device)
    for name in block.srctypes:
        c_graph.node_frame(f"{name}_src").share_columns(block._graph.src_frame(name))
    for name in block.dsttypes:
        c_graph.node_frame(f"{name}_dst").share_columns(block._graph.dst_frame(name))
    for old, new in names.items():
        c_graph.edge_frame(new).share_columns(block._graph.edge_frame(old))
    return DGLGraph._wrap(c_graph)


def to_homogeneous(
    G: DGLGraph,
    ndata: list[str] | None = None,
    edata: list[str] | None = None,
    store_type: bool = True,
    return_count: bool = False,
) -> Any:
    """The graph with all node types made one and all relations made one.

    `NID`, `EID`, and with `store_type` `NTYPE` and `ETYPE`, tell where nodes and edges come from;
    of features only those of `ndata` and `edata` are kept, which all types must have. With
    `return_count` also the numbers of nodes and of edges of each type. Raises `KeyError` for a
    feature that a type lacks, `DGLError` if shapes or dtypes differ. Source: `dgl.to_homogeneous`.
    """
    G = G.clone()
    _check_features(ndata or [], [G._node_frame(i) for i in range(len(G.ntypes))])
    _check_features(edata or [], [G._edge_frame(i) for i in range(len(G.etypes))])
    args = (list(ndata or []), list(edata or []), store_type)
    order = (G._graph.ntypes(), G._graph.canonical_etypes())
    if order == (G.ntypes, G.canonical_etypes):
        result = DGLGraph._wrap(_C.to_homogeneous(G._graph, *args))
    else:
        result = DGLGraph._wrap(_homogeneous_as_listed(G, *args))
    if not return_count:
        return result
    nodes = [G.num_nodes(ntype) for ntype in G.ntypes]
    return result, nodes, [G.num_edges(etype) for etype in G.canonical_etypes]


def _homogeneous_as_listed(
    g: DGLGraph, ndata: list[str], edata: list[str], store_type: bool
) -> _C.Graph:
    """`to_homogeneous` of a graph that lists its types in another order than the core sorts them.

    `g` is a copy whose features may go.
    """
    from .flatten import flatten

    frames = [(g._node_frame(i), ndata) for i in range(len(g.ntypes))]
    frames += [(g._edge_frame(i), edata) for i in range(len(g.etypes))]
    for frame, names in frames:
        for name in set(frame.names()) - set(names):
            frame.erase(name)
    c_graph = flatten(g, g.canonical_etypes, ("_N", "_E", "_N"))._graph
    for frame, name in ((c_graph.node_frame(""), NTYPE), (c_graph.edge_frame(None), ETYPE)):
        if store_type:
            frame.set(name, frame.get(name).long())
        else:
            frame.erase(name)
    return c_graph


def _check_features(names: list[str], frames: list[_C.Frame]) -> None:
    """Raises `KeyError` for a feature that a frame with rows lacks, and adds it to empty ones."""
    for name in names:
        like = None
        for frame in frames:
            if name in frame:
                like = frame.get(name)
            elif frame.num_rows:
                raise KeyError(name)
        for frame in frames:
            if name not in frame and like is not None:
                frame.set(name, like[:0])


def to_heterogeneous(
    G: DGLGraph,
    ntypes: list[str],
    etypes: list[str],
    ntype_field: str = NTYPE,
    etype_field: str = ETYPE,
    metagraph: Any = None,
) -> DGLGraph:
    """The graph with the nodes of a homogeneous one split by type and its edges by relation.

    Node feature `ntype_field` and edge feature `etype_field` are positions in `ntypes` and
    `etypes`. `metagraph`, a networkx graph whose keys are names of relations, lists the relations
    of the result; by default those that edges show. Source: `dgl.to_heterogeneous`.
    """
    if len(G.ntypes) > 1 or len(G.etypes) > 1:
        raise DGLError(
            "The input graph should be homogeneous and have only one  type of nodes and edges."
        )
    relations = []
    if metagraph is not None:
        relations = [(src, name, dst) for src, dst, name in metagraph.edges(keys=True)]
    c_graph = _C.to_heterogeneous(
        G._graph, list(ntypes), list(etypes), ntype_field, etype_field, relations
    )
    return DGLGraph._wrap(c_graph)


def __getattr__(name: str) -> Any:
    """The conversions from and to networkx and scipy, which DGL has in this module, too."""
    from . import networks

    if name in networks.__all__:
        return getattr(networks, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
