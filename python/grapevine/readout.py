"""What a batch of graphs knows of each graph as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from . import _C
from .base import DGLError
from .heterograph import DGLGraph
from .metagraph import EtypeArg

__all__ = [
    "broadcast_edges", "broadcast_nodes", "max_edges", "max_nodes", "mean_edges", "mean_nodes",
    "readout_edges", "readout_nodes", "softmax_edges", "softmax_nodes", "sum_edges", "sum_nodes",
    "topk_edges", "topk_nodes",
]  # fmt: skip


def _node_type(graph: DGLGraph, ntype: str | None) -> str:
    return graph.ntypes[graph.get_ntype_id(ntype)]


def _call(frame: _C.Frame, names: tuple[str | None, ...], call: Callable, *args: Any) -> Any:
    """Calls the core; a feature that is not there is a `KeyError`."""
    try:
        return call(*args)
    except DGLError:
        for name in names:
            if name is not None and name not in frame:
                raise KeyError(name) from None
        raise


def readout_nodes(
    graph: DGLGraph,
    feat: str,
    weight: str | None = None,
    *,
    op: str = "sum",
    ntype: str | None = None,
) -> torch.Tensor:
    """The "sum", "mean", "max" or "min" of a node feature over each graph: `[batch_size, *shape]`.

    With the node feature `weight`, features are multiplied with it first; a mean is still divided
    by the number of nodes. A graph without nodes gives 0. Source: `dgl.readout_nodes`.
    """
    type_ = _node_type(graph, ntype)
    frame = graph._node_frame(graph.get_ntype_id(ntype))
    args = (graph._graph, feat, weight or "", op, type_)
    return _call(frame, (feat, weight), _C.readout_nodes, *args)


def readout_edges(
    graph: DGLGraph,
    feat: str,
    weight: str | None = None,
    *,
    op: str = "sum",
    etype: EtypeArg = None,
) -> torch.Tensor:
    """The same for an edge feature. Source: `dgl.readout_edges`."""
    relation = graph._meta.relation(etype)
    frame = graph._edge_frame(graph.get_etype_id(etype))
    args = (graph._graph, feat, weight or "", op, relation)
    return _call(frame, (feat, weight), _C.readout_edges, *args)


def sum_nodes(
    graph: DGLGraph, feat: str, weight: str | None = None, *, ntype: str | None = None
) -> torch.Tensor:
    """`readout_nodes` with "sum". Source: `dgl.sum_nodes`."""
    return readout_nodes(graph, feat, weight, op="sum", ntype=ntype)


def mean_nodes(
    graph: DGLGraph, feat: str, weight: str | None = None, *, ntype: str | None = None
) -> torch.Tensor:
    """`readout_nodes` with "mean". Source: `dgl.mean_nodes`."""
    return readout_nodes(graph, feat, weight, op="mean", ntype=ntype)


def max_nodes(
    graph: DGLGraph, feat: str, weight: str | None = None, *, ntype: str | None = None
) -> torch.Tensor:
    """`readout_nodes` with "max". Source: `dgl.max_nodes`."""
    return readout_nodes(graph, feat, weight, op="max", ntype=ntype)


def sum_edges(
    graph: DGLGraph, feat: str, weight: str | None = None, *, etype: EtypeArg = None
) -> torch.Tensor:
    """`readout_edges` with "sum". Source: `dgl.sum_edges`."""
    return readout_edges(graph, feat, weight, op="sum", etype=etype)


def mean_edges(
    graph: DGLGraph, feat: str, weight: str | None = None, *, etype: EtypeArg = None
) -> torch.Tensor:
    """`readout_edges` with "mean". Source: `dgl.mean_edges`."""
    return readout_edges(graph, feat, weight, op="mean", etype=etype)


def max_edges(
    graph: DGLGraph, feat: str, weight: str | None = None, *, etype: EtypeArg = None
) -> torch.Tensor:
    """`readout_edges` with "max". Source: `dgl.max_edges`."""
    return readout_edges(graph, feat, weight, op="max", etype=etype)


def softmax_nodes(graph: DGLGraph, feat: str, *, ntype: str | None = None) -> torch.Tensor:
    """Softmax of a feature over the nodes of each graph: `[num_nodes, *shape]`.

    Source: `dgl.softmax_nodes`.
    """
    frame = graph._node_frame(graph.get_ntype_id(ntype))
    args = (graph._graph, feat, _node_type(graph, ntype))
    return _call(frame, (feat,), _C.softmax_nodes, *args)


def softmax_edges(graph: DGLGraph, feat: str, *, etype: EtypeArg = None) -> torch.Tensor:
    """The same over the edges of each graph. Source: `dgl.softmax_edges`."""
    frame = graph._edge_frame(graph.get_etype_id(etype))
    return _call(frame, (feat,), _C.softmax_edges, graph._graph, feat, graph._meta.relation(etype))


def broadcast_nodes(
    graph: DGLGraph, graph_feat: torch.Tensor, *, ntype: str | None = None
) -> torch.Tensor:
    """Gives every node the row of its graph in `graph_feat` `[batch_size, *shape]`.

    A feature without the first dimension stands for one graph. Source: `dgl.broadcast_nodes`.
    """
    feat = _rows(graph, graph_feat)
    return _C.broadcast_nodes(graph._graph, feat, _node_type(graph, ntype))


def broadcast_edges(
    graph: DGLGraph, graph_feat: torch.Tensor, *, etype: EtypeArg = None
) -> torch.Tensor:
    """The same for edges. Source: `dgl.broadcast_edges`."""
    return _C.broadcast_edges(graph._graph, _rows(graph, graph_feat), graph._meta.relation(etype))


def _rows(graph: DGLGraph, feat: torch.Tensor) -> torch.Tensor:
    single = graph.batch_size == 1 and (feat.ndim == 0 or len(feat) != 1)
    return feat.unsqueeze(0) if single else feat


def topk_nodes(
    graph: DGLGraph,
    feat: str,
    k: int,
    *,
    descending: bool = True,
    sortby: int | None = None,
    ntype: str | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The k nodes of each graph with the largest values of a feature `[num_nodes, width]`.

    Returns values `[batch_size, k, width]` and positions in the graph, `[batch_size, k]` with
    `sortby`, the column that nodes are ranked by; without it every column is ranked by itself.
    Where a graph has fewer nodes, values are 0. Source: `dgl.topk_nodes`.
    """
    frame = graph._node_frame(graph.get_ntype_id(ntype))
    args = (graph._graph, feat, k, descending, sortby, _node_type(graph, ntype))
    return _call(frame, (feat,), _C.topk_nodes, *args)


def topk_edges(
    graph: DGLGraph,
    feat: str,
    k: int,
    *,
    descending: bool = True,
    sortby: int | None = None,
    etype: EtypeArg = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The same for edges. Source: `dgl.topk_edges`."""
    frame = graph._edge_frame(graph.get_etype_id(etype))
    args = (graph._graph, feat, k, descending, sortby, graph._meta.relation(etype))
    return _call(frame, (feat,), _C.topk_edges, *args)
