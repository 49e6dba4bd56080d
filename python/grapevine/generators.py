"""Random graphs."""

from __future__ import annotations

from typing import Any

import torch

from .convert import graph, heterograph
from .heterograph import DGLGraph
from .random import choice

__all__ = ["rand_bipartite", "rand_graph"]


def rand_graph(
    num_nodes: int, num_edges: int, idtype: torch.dtype = torch.int64, device: Any = "cpu"
) -> DGLGraph:
    """A graph of `num_edges` different edges, each equally likely. Source: `dgl.rand_graph`."""
    edges = choice(num_nodes * num_nodes, num_edges, replace=False)
    ends = (edges // num_nodes, edges % num_nodes)
    return graph(ends, num_nodes=num_nodes, idtype=idtype, device=device)


def rand_bipartite(
    utype: str,
    etype: str,
    vtype: str,
    num_src_nodes: int,
    num_dst_nodes: int,
    num_edges: int,
    idtype: torch.dtype = torch.int64,
    device: Any = "cpu",
) -> DGLGraph:
    """A graph of `num_edges` different edges from one node type to another.

    Source: `dgl.rand_bipartite`.
    """
    edges = choice(num_src_nodes * num_dst_nodes, num_edges, replace=False)
    relation = {(utype, etype, vtype): (edges // num_dst_nodes, edges % num_dst_nodes)}
    counts = {utype: num_src_nodes, vtype: num_dst_nodes}
    return heterograph(relation, counts, idtype=idtype, device=device)
