"""The orders in which features travel through a graph: tuples of frontiers."""

from __future__ import annotations

from typing import Any

import torch

from . import _C
from .heterograph import DGLGraph
from .utils.checks import as_tensor

__all__ = [
    "bfs_edges_generator", "bfs_nodes_generator", "dfs_edges_generator",
    "dfs_labeled_edges_generator", "topological_nodes_generator",
]  # fmt: skip

Frontiers = tuple[torch.Tensor, ...]


def _sources(graph: DGLGraph, source: Any) -> torch.Tensor:
    assert len(graph.canonical_etypes) == 1, "traversals only support homogeneous graphs"
    return as_tensor(source).reshape(-1).to(graph.device, graph.idtype)


def topological_nodes_generator(graph: DGLGraph, reverse: bool = False) -> Frontiers:
    """Nodes such that every edge leads to a later frontier; with `reverse` to an earlier one.

    Raises `DGLError` for a cycle. Source: `dgl.topological_nodes_generator`.
    """
    return tuple(_C.topological_nodes(graph._graph, reverse))


def bfs_nodes_generator(graph: DGLGraph, source: Any, reverse: bool = False) -> Frontiers:
    """The nodes at distance 0, 1, ... from `source`. Source: `dgl.bfs_nodes_generator`."""
    return tuple(_C.bfs_nodes(graph._graph, _sources(graph, source), reverse))


def bfs_edges_generator(graph: DGLGraph, source: Any, reverse: bool = False) -> Frontiers:
    """The edges by which a breadth-first search first reaches each node.

    Source: `dgl.bfs_edges_generator`.
    """
    return tuple(_C.bfs_edges(graph._graph, _sources(graph, source), reverse))


def dfs_edges_generator(graph: DGLGraph, source: Any, reverse: bool = False) -> Frontiers:
    """The edges by which a depth-first search from each of `source` reaches each node.

    Frontier i has the i-th edge of each search. Source: `dgl.dfs_edges_generator`.
    """
    return tuple(_C.dfs_edges(graph._graph, _sources(graph, source), reverse))


def dfs_labeled_edges_generator(
    graph: DGLGraph,
    source: Any,
    reverse: bool = False,
    has_reverse_edge: bool = False,
    has_nontree_edge: bool = False,
    return_labels: bool = True,
) -> Any:
    """`dfs_edges_generator` with a label for each edge, as a second tuple if `return_labels`.

    0 (FORWARD) leads to a new node, 1 (REVERSE) goes back along a tree edge if `has_reverse_edge`,
    2 (NONTREE) leads to a node reached before if `has_nontree_edge`. Raises `DGLError` for ids out
    of range. Source: `dgl.dfs_labeled_edges_generator`.
    """
    sources = _sources(graph, source)
    edges, labels = _C.dfs_labeled_edges(
        graph._graph, sources, reverse, has_reverse_edge, has_nontree_edge
    )
    return (tuple(edges), tuple(labels)) if return_labels else tuple(edges)
