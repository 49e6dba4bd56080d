"""Graphs with other edges or nodes: reverse edges, self-loops, simple and line graphs, blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch

from .. import _C
from ..base import DGLError, dgl_warning
from ..heterograph import DGLBlock, DGLGraph
from ..metagraph import EtypeArg, in_order
from ..utils.checks import as_tensor, prepare_tensor_dict

__all__ = [
    "add_edges", "add_nodes", "add_reverse_edges", "add_self_loop", "compact_graphs", "line_graph",
    "norm_by_dst", "remove_edges", "remove_nodes", "remove_self_loop", "reverse", "to_bidirected",
    "to_block", "to_simple", "to_simple_graph",
]  # fmt: skip


def _check_own_type(g: DGLGraph, function: str) -> None:
    for etype in g.canonical_etypes:
        assert etype[0] == etype[2], (
            f"{function} is not well defined for unidirectional bipartite graphs, but {etype} is "
            "unidirectional bipartite"
        )


def _wrapped(g: DGLGraph, c_graph: _C.Graph) -> DGLGraph:
    return DGLGraph._wrap(c_graph, like=g)


def to_block(
    g: DGLGraph, dst_nodes: Any = None, include_dst_in_src: bool = True, src_nodes: Any = None
) -> DGLBlock:
    """The block that computes `dst_nodes` from the edges of `g`.

    `dst_nodes` are ids `[n]`, by type if there are several, by default all nodes with in-edges in
    ascending order. Sources are the destinations, then other nodes as edges name them; `src_nodes`
    gives them otherwise. `NID` and `EID` hold the ids in `g`; features follow. Raises `DGLError` if
    a node with in-edges is missing. Source: `dgl.to_block`.
    """
    nodes = _block_nodes(g, dst_nodes, "dst_nodes")
    block = _C.to_block(g._graph, nodes, include_dst_in_src)
    if src_nodes is not None:
        block = _with_sources(g, block, _block_nodes(g, src_nodes, "src_nodes"), include_dst_in_src)
    return _wrapped(g, block)


def _block_nodes(g: DGLGraph, nodes: Any, name: str) -> dict[str, torch.Tensor] | None:
    if nodes is None:
        return None
    if not isinstance(nodes, Mapping):
        if len(g.ntypes) > 1:
            raise DGLError(f"Graph has more than one node type; please specify a dict for {name}.")
        nodes = {g.ntypes[0]: nodes}
    ids = {}
    for ntype, given in nodes.items():
        if isinstance(given, torch.Tensor) and given.device != g.device:
            raise ValueError(f"g and {name} need to have the same context.")
        ids[ntype] = as_tensor(given).to(g.device, g.idtype)
    return ids


def _with_sources(
    g: DGLGraph, block: _C.Graph, sources: dict[str, torch.Tensor], include_dst: bool
) -> _C.Graph:
    """A block with its source nodes renumbered to the ids in `sources`."""
    renumbered, counts = {}, {}
    for ntype in block.srctypes():
        ids = sources.get(ntype, torch.empty(0, dtype=g.idtype, device=g.device))
        destinations = block.dst_frame(ntype).get("_ID")
        if include_dst and not torch.equal(ids[: len(destinations)], destinations):
            raise DGLError(f'src_nodes["{ntype}"] does not begin with dst_nodes["{ntype}"].')
        table = torch.full((g.num_nodes(ntype),), -1, dtype=g.idtype, device=g.device)
        table[ids.long()] = torch.arange(len(ids), dtype=g.idtype, device=g.device)
        renumbered[ntype] = table[block.src_frame(ntype).get("_ID").long()]
        counts[ntype] = len(ids)
    relations = {}
    for etype in block.canonical_etypes():
        src, dst = block.endpoints(etype)
        src = renumbered[etype[0]][src.long()]
        if len(src) and int(src.min()) < 0:
            raise DGLError(f'src_nodes["{etype[0]}"] lacks a source of an edge.')
        relations[etype] = {"coo": [src, dst]}
    num_dst = {ntype: block.num_dst_nodes(ntype) for ntype in block.dsttypes()}
    result = _C.from_parts(relations, counts, num_dst, g.idtype, g.device)
    for ntype in block.srctypes():
        ids = sources.get(ntype, torch.empty(0, dtype=g.idtype, device=g.device))
        result.src_frame(ntype).add_slices(g._graph.node_frame(ntype), ids)
        result.src_frame(ntype).set("_ID", ids)
        result.dst_frame(ntype).share_columns(block.dst_frame(ntype))
    for etype in block.canonical_etypes():
        result.edge_frame(etype).share_columns(block.edge_frame(etype))
    return result


# ---- nodes and edges added and removed
def add_nodes(
    g: DGLGraph,
    num: int,
    data: Mapping[str, torch.Tensor] | None = None,
    ntype: str | None = None,
) -> DGLGraph:
    """The graph with nodes added, as `DGLGraph.add_nodes` does. Source: `dgl.add_nodes`."""
    result = g.clone()
    result.add_nodes(num, data=data, ntype=ntype)
    return result


def add_edges(
    g: DGLGraph,
    u: Any,
    v: Any,
    data: Mapping[str, torch.Tensor] | None = None,
    etype: EtypeArg = None,
) -> DGLGraph:
    """The graph with edges added, as `DGLGraph.add_edges` does. Source: `dgl.add_edges`."""
    result = g.clone()
    result.add_edges(u, v, data=data, etype=etype)
    return result


def remove_nodes(
    g: DGLGraph, nids: Any, ntype: str | None = None, store_ids: bool = False
) -> DGLGraph:
    """The graph without some nodes, as `DGLGraph.remove_nodes`. Source: `dgl.remove_nodes`."""
    result = g.clone()
    result.remove_nodes(nids, ntype=ntype, store_ids=store_ids)
    return result


def remove_edges(
    g: DGLGraph, eids: Any, etype: EtypeArg = None, store_ids: bool = False
) -> DGLGraph:
    """The graph without some edges, as `DGLGraph.remove_edges`. Source: `dgl.remove_edges`."""
    result = g.clone()
    result.remove_edges(eids, etype=etype, store_ids=store_ids)
    return result


def _loop_relation(g: DGLGraph, etype: EtypeArg, function: str) -> tuple[str, str, str]:
    relation = g._meta.relation(etype)
    if relation[0] != relation[2]:
        raise DGLError(
            f"{function} does not support unidirectional bipartite graphs: {relation}."
            "Please make sure the types of head node and tail node are identical."
        )
    return relation


def add_self_loop(
    g: DGLGraph,
    edge_feat_names: list[str] | None = None,
    fill_data: float | str = 1.0,
    etype: EtypeArg = None,
) -> DGLGraph:
    """The graph with an edge from each node to itself added; loops that exist stay.

    Features of the new edges are `fill_data`, or the "sum", "mean", "max" or "min" of the node's
    in-edges; features not in `edge_feat_names`, if given, are 0. Source: `dgl.add_self_loop`.
    """
    relation = _loop_relation(g, etype, "add_self_loop")
    if isinstance(fill_data, str) and fill_data not in ("sum", "mean", "max", "min"):
        raise DGLError(f"Unsupported aggregation: {fill_data}")
    fill = fill_data if isinstance(fill_data, str) else float(fill_data)
    result = _wrapped(g, _C.add_self_loop(g._graph, fill, relation))
    if edge_feat_names is not None:
        frame, count = result._graph.edge_frame(relation), g.num_edges(relation)
        for name in set(frame.names()) - set(edge_feat_names):
            column = frame.get(name)
            frame.set(name, torch.cat([column[:count], torch.zeros_like(column[count:])]))
    return result


def remove_self_loop(g: DGLGraph, etype: EtypeArg = None) -> DGLGraph:
    """The graph without edges from a node to itself. Source: `dgl.remove_self_loop`."""
    relation = _loop_relation(g, etype, "remove_self_loop")
    return _wrapped(g, _C.remove_self_loop(g._graph, relation))


# ---- directions
def reverse(
    g: DGLGraph,
    copy_ndata: bool = True,
    copy_edata: bool = False,
    *,
    share_ndata: bool | None = None,
    share_edata: bool | None = None,
) -> DGLGraph:
    """The graph with every edge turned round; ids stay, (u, e, v) becomes (v, e, u).

    Source: `dgl.reverse`.
    """
    if share_ndata is not None:
        dgl_warning("share_ndata argument has been renamed to copy_ndata.")
        copy_ndata = share_ndata
    if share_edata is not None:
        dgl_warning("share_edata argument has been renamed to copy_edata.")
        copy_edata = share_edata
    if g.is_block:
        raise DGLError("Reversing a block graph is not supported.")
    result = _wrapped(g, _C.reverse(g._graph, copy_ndata, copy_edata))
    turned = [(dst, name, src) for src, name, dst in g.canonical_etypes]
    result._meta = in_order(result._meta, result.ntypes, turned)
    return result


def add_reverse_edges(
    g: DGLGraph,
    readonly: Any = None,
    copy_ndata: bool = True,
    copy_edata: bool = False,
    ignore_bipartite: bool = False,
    exclude_self: bool = True,
) -> DGLGraph:
    """The graph with a reverse edge added for every edge, after the others and in their order.

    Self-loops get none unless `exclude_self` is false. With `copy_edata` a reverse edge has the
    features of its original, and `EID` the id. Relations between two types are an error unless
    `ignore_bipartite`, which leaves them alone. Source: `dgl.add_reverse_edges`.
    """
    _warn_readonly(readonly)
    if not ignore_bipartite:
        _check_own_type(g, "add_reverse_edges")
    args = (copy_ndata, copy_edata, exclude_self, ignore_bipartite)
    return _wrapped(g, _C.add_reverse_edges(g._graph, *args))


def to_bidirected(g: DGLGraph, copy_ndata: bool = False, readonly: Any = None) -> DGLGraph:
    """The simple graph with edges in both directions wherever `g` has one in either.

    Source: `dgl.to_bidirected`.
    """
    _warn_readonly(readonly)
    _check_own_type(g, "to_bidirected")
    return _wrapped(g, _C.to_bidirected(g._graph, copy_ndata))


def _warn_readonly(readonly: Any) -> None:
    if readonly is not None:
        dgl_warning("The argument readonly has no meaning any more.", stacklevel=3)


# ---- simple, line and compact graphs
def to_simple(
    g: DGLGraph,
    return_counts: str | None = "count",
    writeback_mapping: bool = False,
    copy_ndata: bool = True,
    copy_edata: bool = False,
    aggregator: str = "arbitrary",
) -> Any:
    """The graph with one edge in place of each set of parallel ones.

    The edge feature `return_counts` tells how many each stands for. With `copy_edata`, features are
    those of one edge ("arbitrary"), their "sum" or "mean". With `writeback_mapping` also the new id
    of each old edge, by relation if there are several. Source: `dgl.to_simple`.
    """
    if g.is_block:
        raise DGLError("Cannot convert a block graph to a simple graph.")
    if aggregator not in ("arbitrary", "sum", "mean"):
        raise DGLError(
            f"Aggregator {aggregator} not regonized, cannot coalesce edge feature in the "
            "specified way"
        )
    args = (return_counts, copy_ndata, copy_edata, aggregator)
    c_graph, edge_maps = _C.to_simple(g._graph, *args)
    simple = _wrapped(g, c_graph)
    if copy_edata and aggregator == "arbitrary":  # Which edge it is whose features were kept.
        for etype, edge_map in edge_maps.items():
            kept = edge_map.new_full((simple.num_edges(etype),), g.num_edges(etype))
            eids = torch.arange(len(edge_map), dtype=kept.dtype, device=kept.device)
            kept.scatter_reduce_(0, edge_map.long(), eids, "amin")
            simple._graph.edge_frame(etype).set("_ID", kept)
    if not writeback_mapping:
        return simple
    return simple, edge_maps if len(edge_maps) > 1 else next(iter(edge_maps.values()))


def to_simple_graph(g: DGLGraph) -> DGLGraph:
    """`to_simple` under its old name; warns. Source: `dgl.to_simple_graph`."""
    dgl_warning("dgl.to_simple_graph is renamed to dgl.to_simple in v0.5.")
    return to_simple(g)


def line_graph(g: DGLGraph, backtracking: bool = True, shared: bool = False) -> DGLGraph:
    """The graph whose nodes are the edges of `g`, with an edge from i to j if j follows i.

    Without `backtracking`, (u, v) does not lead to (v, u). `shared` makes the edge features of `g`
    the node features of the result. Source: `dgl.line_graph`.
    """
    assert g.is_homogeneous, "only homogeneous graph is supported"
    return DGLGraph._wrap(_C.line_graph(g._with_format("coo"), backtracking, shared))


def compact_graphs(
    graphs: DGLGraph | list[DGLGraph],
    always_preserve: Any = None,
    copy_ndata: bool = True,
    copy_edata: bool = True,
) -> Any:
    """Graphs without the nodes that have no edge in any of them, numbered alike.

    `NID` holds ids in the originals; nodes of `always_preserve` `[n]`, by type if there are
    several, stay and come first. Returns a list for a list. Source: `dgl.compact_graphs`.
    """
    single = not isinstance(graphs, Iterable) or isinstance(graphs, DGLGraph)
    several = [graphs] if single else list(graphs)
    if not several:
        return []
    first = several[0]
    if first.is_block:
        raise DGLError("Compacting a block graph is not allowed.")
    if always_preserve is not None and not isinstance(always_preserve, Mapping):
        if len(first.ntypes) > 1:
            raise ValueError("Node type must be given if multiple node types exist.")
        always_preserve = {first.ntypes[0]: always_preserve}
    keep = prepare_tensor_dict(first, always_preserve or {}, "always_preserve")
    c_graphs = [g._graph for g in several]
    compact = _C.compact_graphs(c_graphs, keep, copy_ndata, copy_edata)
    result = [_wrapped(g, c_graph) for g, c_graph in zip(several, compact)]
    return result[0] if single else result


def norm_by_dst(g: DGLGraph, etype: EtypeArg = None) -> torch.Tensor:
    """1 / in-degree of each edge's destination: `[num_edges]`. Source: `dgl.norm_by_dst`."""
    _, dst = g.edges(etype=etype)
    return 1.0 / g.in_degrees(etype=etype)[dst.long()].float()


for _function in (add_self_loop, line_graph, remove_self_loop, reverse, to_simple):
    setattr(DGLGraph, _function.__name__, _function)
