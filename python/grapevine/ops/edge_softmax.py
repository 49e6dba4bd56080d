"""Softmax over the edges that meet in a node."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from ..base import ALL, DGLError, is_all
from ..utils.checks import as_tensor

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["edge_softmax"]


def edge_softmax(graph: DGLGraph, logits: Any, eids: Any = ALL, norm_by: str = "dst") -> Any:
    """Softmax of edge logits `[num_edges, *shape]` over the edges that share a node.

    `norm_by` is "dst" for destinations or "src" for sources. With `eids` `[n]`, logits and result
    are those of these edges alone, in that order. With several relations, logits and result are
    dictionaries by relation, and all edges into a node, of any relation, are normalised together.
    Raises `DGLError` for another `norm_by` and a wrong number of rows. Differentiable.
    Source: `dgl.ops.edge_softmax`; Veličković et al., 2018.
    """
    if norm_by not in ("dst", "src"):
        raise DGLError(f'Expect norm_by "dst" or "src", got {norm_by}.')
    if len(graph.canonical_etypes) > 1:
        return _hetero(graph, {graph.to_canonical_etype(k): v for k, v in logits.items()}, norm_by)
    c_graph = graph._graph
    if not is_all(eids):
        rows = as_tensor(eids).to(graph.device, graph.idtype)
        src, dst = c_graph.find_edges(rows)
        edges = c_graph.adjacency()
        adjacency = _C.Adjacency.from_coo(edges.num_src, edges.num_dst, src, dst)
    else:
        adjacency = c_graph.adjacency()
    return _C.edge_softmax(adjacency, logits, norm_by == "dst")


def _hetero(graph: DGLGraph, logits: dict, norm_by: str) -> dict:
    """The relations put together into one, with nodes of different types apart, and taken apart."""
    meta = graph._meta
    by_destination = norm_by == "dst"
    etypes = [etype for etype in meta.canonical_etypes if etype in logits]
    starts, count = {}, 0
    for ntid in range(len(meta.ntypes)):
        starts[ntid] = count
        count += graph._node_frame(ntid).num_rows
    ends = []
    for etype in etypes:
        ntid = meta.dst_id(etype[2]) if by_destination else meta.src_id(etype[0])
        ends.append(graph._graph.endpoints(etype)[int(by_destination)] + starts[ntid])
    nodes = torch.cat(ends)
    together = _C.Adjacency.from_coo(count, count, nodes, nodes)
    scores = _C.edge_softmax(together, torch.cat([logits[etype] for etype in etypes]), True)
    return dict(zip(etypes, scores.split([len(end) for end in ends])))
