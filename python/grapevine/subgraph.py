"""Parts of graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from . import _C
from .base import DGLError
from .heterograph import DGLGraph
from .metagraph import EtypeArg
from .utils.checks import prepare_tensor

__all__ = [
    "edge_subgraph", "edge_type_subgraph", "in_subgraph", "khop_in_subgraph", "khop_out_subgraph",
    "node_subgraph", "node_type_subgraph", "out_subgraph",
]  # fmt: skip


def _check_not_block(graph: DGLGraph) -> None:
    if graph.is_block:
        raise DGLError("Extracting subgraph from a block graph is not allowed.")


def _ids(graph: DGLGraph, ids: Any, name: str) -> torch.Tensor:
    """Ids `[n]`, also of a bool mask."""
    if isinstance(ids, torch.Tensor) and ids.dtype == torch.bool:
        return ids.to(graph.device).nonzero().flatten().to(graph.idtype)
    return prepare_tensor(graph, ids, name)


def _nodes(graph: DGLGraph, nodes: Any) -> dict[str, torch.Tensor]:
    if not isinstance(nodes, Mapping):
        assert len(graph.ntypes) == 1, (
            "need a dict of node type and IDs for graph with multiple node types"
        )
        nodes = {graph.ntypes[0]: nodes}
    return {ntype: _ids(graph, ids, f'nodes["{ntype}"]') for ntype, ids in nodes.items()}


def _typed_nodes(graph: DGLGraph, nodes: Any) -> dict[str, torch.Tensor]:
    if not isinstance(nodes, Mapping) and len(graph.ntypes) > 1:
        raise DGLError("Must specify node type when the graph is not homogeneous.")
    return _nodes(graph, nodes)


def _wrapped(graph: DGLGraph, c_graph: _C.Graph, device: Any) -> DGLGraph:
    return DGLGraph._wrap(c_graph, like=graph).to(device)


def node_subgraph(
    graph: DGLGraph,
    nodes: Any,
    *,
    relabel_nodes: bool = True,
    store_ids: bool = True,
    output_device: Any = None,
) -> DGLGraph:
    """The graph of some nodes and all edges between them.

    `nodes` are ids `[n]` or a bool mask `[num_nodes]`, by type if there are several; node i of the
    result is `nodes[i]`. `NID` and `EID` hold the ids in `graph`. Without `relabel_nodes` all nodes
    stay. Raises `DGLError` for a block. Source: `dgl.node_subgraph`.
    """
    _check_not_block(graph)
    ids = _nodes(graph, nodes)
    found = _C.node_subgraph(graph._with_format("csr"), ids, relabel_nodes, store_ids)
    return _wrapped(graph, found, output_device)


def edge_subgraph(
    graph: DGLGraph,
    edges: Any,
    *,
    relabel_nodes: bool = True,
    store_ids: bool = True,
    output_device: Any = None,
) -> DGLGraph:
    """The graph of some edges and their endpoints.

    `edges` are ids `[n]` or a bool mask `[num_edges]`, by relation if there are several; edge i of
    the result is `edges[i]`. Nodes are numbered as edges name them, sources first; without
    `relabel_nodes` all stay. Raises `DGLError` for a block. Source: `dgl.edge_subgraph`.
    """
    _check_not_block(graph)
    if not isinstance(edges, Mapping):
        assert len(graph.canonical_etypes) == 1, (
            "need a dict of edge type and IDs for graph with multiple edge types"
        )
        edges = {graph.canonical_etypes[0]: edges}
    eids = {
        graph._meta.relation(etype): _ids(graph, ids, f'edges["{etype}"]')
        for etype, ids in edges.items()
    }
    found = _C.edge_subgraph(graph._graph, eids, relabel_nodes, store_ids)
    return _wrapped(graph, found, output_device)


def in_subgraph(
    graph: DGLGraph,
    nodes: Any,
    *,
    relabel_nodes: bool = False,
    store_ids: bool = True,
    output_device: Any = None,
) -> DGLGraph:
    """The graph of all edges that enter `nodes`, over the same nodes unless `relabel_nodes`.

    Source: `dgl.in_subgraph`.
    """
    return _incident(graph, nodes, True, relabel_nodes, store_ids, output_device)


def out_subgraph(
    graph: DGLGraph,
    nodes: Any,
    *,
    relabel_nodes: bool = False,
    store_ids: bool = True,
    output_device: Any = None,
) -> DGLGraph:
    """The graph of all edges that leave `nodes`, over the same nodes unless `relabel_nodes`.

    Source: `dgl.out_subgraph`.
    """
    return _incident(graph, nodes, False, relabel_nodes, store_ids, output_device)


def _incident(
    graph: DGLGraph, nodes: Any, incoming: bool, relabel: bool, store_ids: bool, device: Any
) -> DGLGraph:
    _check_not_block(graph)
    ids = _typed_nodes(graph, nodes)
    found = _C.incident_subgraph(graph._graph, ids, incoming, relabel, store_ids)
    return _wrapped(graph, found, device)


def khop_in_subgraph(
    graph: DGLGraph,
    nodes: Any,
    k: int,
    *,
    relabel_nodes: bool = True,
    store_ids: bool = True,
    output_device: Any = None,
) -> Any:
    """The graph of all nodes from which `nodes` are reached in at most k steps.

    Nodes are in ascending order of their ids. Returns the graph and, with `relabel_nodes`, which
    of its nodes the given ones are: `[n]`, by type if `nodes` are. Source: `dgl.khop_in_subgraph`.
    """
    return _khop(graph, nodes, k, True, relabel_nodes, store_ids, output_device)


def khop_out_subgraph(
    graph: DGLGraph,
    nodes: Any,
    k: int,
    *,
    relabel_nodes: bool = True,
    store_ids: bool = True,
    output_device: Any = None,
) -> Any:
    """The graph of all nodes that are reached from `nodes` in at most k steps.

    Otherwise as `khop_in_subgraph`. Source: `dgl.khop_out_subgraph`.
    """
    return _khop(graph, nodes, k, False, relabel_nodes, store_ids, output_device)


def _khop(
    graph: DGLGraph, nodes: Any, k: int, incoming: bool, relabel: bool, store_ids: bool, device: Any
) -> Any:
    _check_not_block(graph)
    ids = _nodes(graph, nodes)
    c_graph, seeds = _C.khop_subgraph(graph._graph, ids, k, incoming, relabel, store_ids)
    result = _wrapped(graph, c_graph, device)
    if not relabel:
        return result
    seeds = {name: ids.to(result.device) for name, ids in seeds.items()}
    return result, seeds if isinstance(nodes, Mapping) else seeds[graph.ntypes[0]]


def node_type_subgraph(graph: DGLGraph, ntypes: list[str], output_device: Any = None) -> DGLGraph:
    """The graph of all relations between nodes of some types; features are those of `graph`.

    Raises `DGLError` if there are none. Source: `dgl.node_type_subgraph`.
    """
    names = {graph.ntypes[graph.get_ntype_id(ntype)] for ntype in ntypes}
    etypes = [e for e in graph.canonical_etypes if e[0] in names and e[2] in names]
    if not etypes:
        raise DGLError("There are no edges among nodes of the specified types.")
    return edge_type_subgraph(graph, etypes, output_device)


def edge_type_subgraph(
    graph: DGLGraph, etypes: list[EtypeArg], output_device: Any = None
) -> DGLGraph:
    """The graph of some relations and the node types they join; features are those of `graph`.

    Source: `dgl.edge_type_subgraph`.
    """
    relations = [graph._meta.relation(etype) for etype in etypes]
    return _wrapped(graph, graph._graph.select_relations(relations), output_device)


DGLGraph.subgraph = node_subgraph
DGLGraph.edge_subgraph = edge_subgraph
DGLGraph.in_subgraph = in_subgraph
DGLGraph.out_subgraph = out_subgraph
DGLGraph.khop_in_subgraph = khop_in_subgraph
DGLGraph.khop_out_subgraph = khop_out_subgraph
DGLGraph.node_type_subgraph = node_type_subgraph
DGLGraph.edge_type_subgraph = edge_type_subgraph
