"""Graphs from scipy matrices and from and to networkx graphs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from .base import DGLError
from .convert import _make, graph, to_homogeneous
from .heterograph import DGLGraph
from .utils.graph_data import edge_id, graphdata2tensors

if TYPE_CHECKING:
    import networkx
    import scipy

__all__ = [
    "bipartite_from_networkx", "bipartite_from_scipy", "from_networkx", "from_scipy",
    "to_networkx",
]  # fmt: skip


def from_scipy(
    sp_mat: scipy.sparse.spmatrix,
    eweight_name: str | None = None,
    idtype: torch.dtype | None = None,
    device: Any = None,
) -> DGLGraph:
    """The graph of a square sparse matrix: rows are sources, columns destinations.

    With `eweight_name` the entries become that edge feature. Raises `DGLError` for a matrix that is
    not square. Source: `dgl.from_scipy`.
    """
    if sp_mat.shape[0] != sp_mat.shape[1]:
        raise DGLError(
            "Expect the number of rows to be the same as the number of columns for sp_mat, got "
            f"{sp_mat.shape[0]:d} and {sp_mat.shape[1]:d}."
        )
    return _from_scipy(sp_mat, ("_N", "_E", "_N"), eweight_name, idtype, device)


def bipartite_from_scipy(
    sp_mat: scipy.sparse.spmatrix,
    utype: str,
    etype: str,
    vtype: str,
    eweight_name: str | None = None,
    idtype: torch.dtype | None = None,
    device: Any = None,
) -> DGLGraph:
    """The same for a matrix of any shape; sources and destinations are of different types.

    Source: `dgl.bipartite_from_scipy`.
    """
    return _from_scipy(sp_mat, (utype, etype, vtype), eweight_name, idtype, device)


def _from_scipy(
    matrix: Any, etype: tuple[str, str, str], weight: str | None, idtype: Any, device: Any
) -> DGLGraph:
    if matrix.format not in ("csr", "csc"):
        matrix = matrix.tocoo()
    edges, num_src, num_dst = graphdata2tensors(matrix, idtype, bipartite=True)
    counts = {etype[0]: num_src, etype[2]: num_dst}
    result = _make({etype: edges}, counts, None, idtype, None)
    if weight is not None:
        result.edata[weight] = torch.as_tensor(matrix.data)
    return result.to(device)


def _stacked(values: list) -> torch.Tensor:
    if isinstance(values[0], torch.Tensor):
        return torch.stack(values)
    if isinstance(values[0], np.ndarray):
        return torch.as_tensor(np.array(values))
    return torch.tensor(values)


def _check_edge_ids(nx_graph: networkx.Graph, name: str | None) -> None:
    if name is None:
        return
    first = next(iter(nx_graph.edges(data=True)), None)
    if first is None or name not in first[-1]:
        raise DGLError(
            "Failed to find the pre-specified edge IDs in the edge features of the NetworkX graph "
            f"with name {name}"
        )


def _edge_features(
    g: DGLGraph, nx_graph: networkx.Graph, names: list[str] | None, id_name: str | None
) -> None:
    """Edge attributes as features, in the order of edge ids."""
    if not names:
        return
    attributes = [attrs for _, _, attrs in nx_graph.edges(data=True)]
    if id_name is not None:
        attributes.sort(key=lambda attrs: edge_id(attrs, id_name))
    for name in names:
        if not all(name in attrs for attrs in attributes):
            raise DGLError(f"Not all edges have attribute {name}.")
        g.edata[name] = _stacked([attrs[name] for attrs in attributes])


def from_networkx(
    nx_graph: networkx.Graph,
    node_attrs: list[str] | None = None,
    edge_attrs: list[str] | None = None,
    edge_id_attr_name: str | None = None,
    idtype: torch.dtype | None = None,
    device: Any = None,
) -> DGLGraph:
    """The graph of a networkx graph; an undirected one gets edges in both directions.

    Nodes are numbered in their sorted order, edges as networkx lists them or by the attribute
    `edge_id_attr_name`. `node_attrs` and `edge_attrs` become features. Source: `dgl.from_networkx`.
    """
    import networkx

    _check_edge_ids(nx_graph, edge_id_attr_name)
    if not nx_graph.is_directed() and not (edge_id_attr_name is None and edge_attrs is None):
        raise DGLError(
            "Expect edge_id_attr_name and edge_attrs to be None when nx_graph is undirected, got "
            f"{edge_id_attr_name} and {edge_attrs}"
        )
    nx_graph = networkx.convert_node_labels_to_integers(nx_graph, ordering="sorted")
    if not nx_graph.is_directed():
        nx_graph = nx_graph.to_directed()
    edges, count, _ = graphdata2tensors(nx_graph, idtype, edge_id_attr_name=edge_id_attr_name)
    g = graph(tuple(edges), num_nodes=count)
    for name in node_attrs or []:
        g.ndata[name] = _stacked([nx_graph.nodes[i][name] for i in range(count)])
    _edge_features(g, nx_graph, edge_attrs, edge_id_attr_name)
    return g.to(device)


def bipartite_from_networkx(
    nx_graph: networkx.DiGraph,
    utype: str,
    etype: str,
    vtype: str,
    u_attrs: list[str] | None = None,
    e_attrs: list[str] | None = None,
    v_attrs: list[str] | None = None,
    edge_id_attr_name: str | None = None,
    idtype: torch.dtype | None = None,
    device: Any = None,
) -> DGLGraph:
    """The graph of a directed networkx graph whose nodes have the attribute "bipartite".

    0 stands for sources, 1 for destinations. Source: `dgl.bipartite_from_networkx`.
    """
    if not nx_graph.is_directed():
        raise DGLError("Expect nx_graph to be a directed NetworkX graph.")
    _check_edge_ids(nx_graph, edge_id_attr_name)
    sides: tuple[list, list] = ([], [])
    for node, data in nx_graph.nodes(data=True):
        if "bipartite" not in data:
            raise DGLError(f"Expect the node {node} to have attribute bipartite")
        if data["bipartite"] not in (0, 1):
            raise ValueError(
                f"Expect the bipartite attribute of the node {node} to be 0 or 1, got "
                f"{data['bipartite']}"
            )
        sides[data["bipartite"]].append(node)
    top, bottom = ({node: i for i, node in enumerate(sorted(side))} for side in sides)
    edges, num_src, num_dst = graphdata2tensors(
        nx_graph, idtype, bipartite=True, edge_id_attr_name=edge_id_attr_name, top_map=top,
        bottom_map=bottom,
    )  # fmt: skip
    g = _make({(utype, etype, vtype): edges}, {utype: num_src, vtype: num_dst}, None, idtype, None)
    for names, nodes, data in ((u_attrs, top, g.srcdata), (v_attrs, bottom, g.dstdata)):
        for name in names or []:
            data[name] = _stacked([nx_graph.nodes[node][name] for node in nodes])
    _edge_features(g, nx_graph, e_attrs, edge_id_attr_name)
    return g.to(device)


def to_networkx(
    g: DGLGraph,
    node_attrs: list[str] | None = None,
    edge_attrs: list[str] | None = None,
    ntype_attr: str = "ntype",
    etype_attr: str = "etype",
    eid_attr: str = "id",
) -> networkx.MultiDiGraph:
    """A networkx graph with features as attributes, and edge ids as the attribute "id".

    With several types nodes are numbered type after type and have the attribute `ntype_attr`, edges
    `etype_attr` and `eid_attr`. Raises `DGLError` off the CPU. Source: `dgl.to_networkx`.
    """
    import networkx

    if g.device.type != "cpu":
        raise DGLError("Cannot convert a CUDA graph to networkx. Call g.cpu() first.")
    result = networkx.MultiDiGraph()
    typed = not g.is_homogeneous
    for taken, names, what in (
        (ntype_attr, node_attrs, "node type"), (etype_attr, edge_attrs, "edge type"),
        (eid_attr, edge_attrs, "edge ID"),
    ):  # fmt: skip
        assert not typed or taken not in (names or []), (
            f"'{taken}' already used as {what} attribute, please provide a different value"
        )
    position = 0
    for ntype in g.ntypes:
        data = g.nodes[ntype].data
        columns = {name: data[name] for name in node_attrs or [] if not typed or name in data}
        kind = {ntype_attr: ntype} if typed else {}
        for i in range(g.num_nodes(ntype)):
            result.add_node(position, **kind, **{name: x[i] for name, x in columns.items()})
            position += 1
    src, dst = (ends.tolist() for ends in (to_homogeneous(g) if typed else g).edges())
    eid = 0
    for etype in g.canonical_etypes:
        data = g.edges[etype].data
        columns = {name: data[name] for name in edge_attrs or [] if not typed or name in data}
        kind = {etype_attr: etype} if typed else {}
        for i in range(g.num_edges(etype)):
            attributes = {name: x[i] for name, x in columns.items()}
            id_name = eid_attr if typed else "id"
            result.add_edge(src[eid], dst[eid], **{id_name: eid}, **kind, **attributes)
            eid += 1
    return result


DGLGraph.to_networkx = to_networkx
