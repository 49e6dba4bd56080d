"""Graphs over the same nodes as one."""

from __future__ import annotations

import torch

from .base import DGLError
from .convert import heterograph
from .heterograph import DGLGraph

__all__ = ["merge"]


def merge(graphs: list[DGLGraph]) -> DGLGraph:
    """The graph with the edges of all graphs, over as many nodes of each type as the largest has.

    Edge features are put together; of node features a later graph's win. Raises `DGLError` for no
    graphs. Source: `dgl.merge`.
    """
    if not graphs:
        raise DGLError("The input list of graphs cannot be empty.")
    first = graphs[0]
    edges = {
        etype: tuple(torch.cat(ends) for ends in zip(*(g.edges(etype=etype) for g in graphs)))
        for etype in first.canonical_etypes
    }
    counts = {ntype: max(g.num_nodes(ntype) for g in graphs) for ntype in first.ntypes}
    merged = heterograph(edges, counts, idtype=first.idtype, device=first.device)
    for etype in first.canonical_etypes:
        for name in first.edges[etype].data:
            parts = [g.edges[etype].data[name] for g in graphs]
            merged.edges[etype].data[name] = torch.cat(parts)
    for graph in graphs:
        for ntype in first.ntypes:
            for name, feature in graph.nodes[ntype].data.items():
                merged.nodes[graph.nodes(ntype), ntype].data[name] = feature
    return merged
