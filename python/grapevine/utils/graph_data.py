"""The edges of a graph as callers give them: pairs, lists of pairs, formats, scipy, networkx."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from ..base import DGLError
from .checks import ID_TYPES, as_tensor, check_valid_idtype

__all__ = ["SparseAdjTuple", "graphdata2tensors", "is_networkx", "is_scipy"]


class SparseAdjTuple(NamedTuple):
    """Edges as ("coo", (src, dst)), ("csr" or "csc", (offsets, indices, edge ids))."""

    format: str
    arrays: tuple[torch.Tensor, ...]


def is_scipy(data: Any) -> bool:
    """Whether `data` is a scipy sparse matrix; scipy is not imported for it."""
    scipy_sparse = sys.modules.get("scipy.sparse")
    return scipy_sparse is not None and scipy_sparse.issparse(data)


def is_networkx(data: Any) -> bool:
    """Whether `data` is a networkx graph; networkx is not imported for it."""
    networkx = sys.modules.get("networkx")
    return networkx is not None and isinstance(data, networkx.Graph)


def graphdata2tensors(
    data: Any, idtype: torch.dtype | None = None, bipartite: bool = False, **kwargs: Any
) -> tuple[SparseAdjTuple, int, int]:
    """Edges as tensors, and how many source and destination nodes they show.

    `data` is (src, dst), ("coo" or "csr" or "csc", arrays), a list of pairs, a scipy matrix or a
    networkx graph. Ids keep the type of tensors and are int64 otherwise, unless `idtype` says.
    Unless `bipartite`, both counts are the larger one. Raises `DGLError` for anything else.
    """
    check_valid_idtype(idtype)
    if isinstance(data, tuple):
        edges = _from_arrays(data, idtype)
        num_src, num_dst = _infer_num_nodes(edges)
    elif isinstance(data, list):
        pairs = as_tensor(data).reshape(-1, 2).to(idtype or torch.int64)
        edges = SparseAdjTuple("coo", (pairs[:, 0].contiguous(), pairs[:, 1].contiguous()))
        num_src, num_dst = _infer_num_nodes(edges)
    elif is_scipy(data):
        edges = _from_scipy(data, idtype or torch.int64)
        num_src, num_dst = data.shape
    elif is_networkx(data):
        edges, num_src, num_dst = _from_networkx(data, idtype or torch.int64, bipartite, **kwargs)
    else:
        raise DGLError("Unsupported graph data type:", type(data))
    if not bipartite:
        num_src = num_dst = max(num_src, num_dst)
    return edges, num_src, num_dst


def _from_arrays(data: tuple, idtype: torch.dtype | None) -> SparseAdjTuple:
    name, arrays = data if isinstance(data[0], str) else ("coo", data)
    if idtype is None and not isinstance(arrays[0], torch.Tensor):
        idtype = torch.int64
    tensors = tuple(as_tensor(array) for array in arrays)
    for tensor in tensors:
        if len(tensor) and tensor.dtype not in ID_TYPES:
            raise DGLError(f"Expect node IDs to have data type int32 or int64, got {tensor.dtype}.")
    if idtype is not None:
        tensors = tuple(tensor.to(idtype) for tensor in tensors)
    else:  # An empty list beside a tensor takes its type.
        tensors = tuple(t if len(t) else t.to(tensors[0].dtype) for t in tensors)
    return SparseAdjTuple(name, tensors)


def _infer_num_nodes(edges: SparseAdjTuple) -> tuple[int, int]:
    def count(ids: torch.Tensor) -> int:
        return int(ids.max()) + 1 if len(ids) else 0

    if edges.format == "coo":
        return count(edges.arrays[0]), count(edges.arrays[1])
    rows, others = len(edges.arrays[0]) - 1, count(edges.arrays[1])
    if edges.format == "csr":
        return rows, others
    if edges.format == "csc":
        return others, rows
    raise ValueError(f"unknown format {edges.format}")


def _from_scipy(matrix: Any, idtype: torch.dtype) -> SparseAdjTuple:
    if matrix.format in ("csr", "csc"):
        arrays = (matrix.indptr, matrix.indices)
        tensors = tuple(torch.as_tensor(array).to(idtype) for array in arrays)
        return SparseAdjTuple(matrix.format, (*tensors, torch.empty(0, dtype=idtype)))
    coo = matrix.tocoo()
    return SparseAdjTuple("coo", tuple(torch.as_tensor(x).to(idtype) for x in (coo.row, coo.col)))


def _from_networkx(
    graph: Any,
    idtype: torch.dtype,
    bipartite: bool,
    edge_id_attr_name: str | None = None,
    top_map: Mapping | None = None,
    bottom_map: Mapping | None = None,
) -> tuple[SparseAdjTuple, int, int]:
    if bipartite:
        num_src, num_dst = len(top_map), len(bottom_map)
    else:
        import networkx

        if not graph.is_directed():
            graph = graph.to_directed()
        graph = networkx.convert_node_labels_to_integers(graph, ordering="sorted")
        num_src = num_dst = graph.number_of_nodes()
    num_edges = graph.number_of_edges()
    src, dst = [0] * num_edges, [0] * num_edges
    for position, (u, v, attributes) in enumerate(graph.edges(data=True)):
        if bipartite:
            u = _side(top_map, u, 0, (u, v))
            v = _side(bottom_map, v, 1, (u, v))
        eid = position if edge_id_attr_name is None else edge_id(attributes, edge_id_attr_name)
        if not 0 <= eid < num_edges:
            raise DGLError(
                "Expect edge IDs to be a non-negative integer smaller than "
                f"{num_edges:d}, got {eid:d}"
            )
        src[eid], dst[eid] = u, v
    tensors = (torch.tensor(src, dtype=idtype), torch.tensor(dst, dtype=idtype))
    return SparseAdjTuple("coo", tensors), num_src, num_dst


def edge_id(attributes: Mapping, name: str) -> int:
    """An edge's id out of its networkx attributes: a number, an array or a tensor of one."""
    value = attributes[name]
    return int(value.item() if hasattr(value, "item") else value)


def _side(ids: Mapping, node: Any, side: int, edge: tuple) -> int:
    if node not in ids:
        raise DGLError(
            f"Expect the node {node} to have attribute bipartite={side} with edge {edge}"
        )
    return ids[node]
