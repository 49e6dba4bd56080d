"""Message passing along a traversal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .heterograph import DGLGraph
from .traversal import (
    bfs_nodes_generator,
    dfs_labeled_edges_generator,
    topological_nodes_generator,
)

__all__ = ["prop_edges", "prop_edges_dfs", "prop_nodes", "prop_nodes_bfs", "prop_nodes_topo"]


def prop_nodes(
    graph: DGLGraph,
    nodes_generator: Iterable,
    message_func: Any,
    reduce_func: Any,
    apply_node_func: Callable | None = None,
) -> None:
    """`DGLGraph.prop_nodes`. Source: `dgl.prop_nodes`."""
    graph.prop_nodes(nodes_generator, message_func, reduce_func, apply_node_func)


def prop_edges(
    graph: DGLGraph,
    edges_generator: Iterable,
    message_func: Any,
    reduce_func: Any,
    apply_node_func: Callable | None = None,
) -> None:
    """`DGLGraph.prop_edges`. Source: `dgl.prop_edges`."""
    graph.prop_edges(edges_generator, message_func, reduce_func, apply_node_func)


def prop_nodes_bfs(
    graph: DGLGraph,
    source: Any,
    message_func: Any,
    reduce_func: Any,
    reverse: bool = False,
    apply_node_func: Callable | None = None,
) -> None:
    """`prop_nodes` by distance from `source` `[n]`. Source: `dgl.prop_nodes_bfs`."""
    frontiers = bfs_nodes_generator(graph, source, reverse)
    graph.prop_nodes(frontiers, message_func, reduce_func, apply_node_func)


def prop_nodes_topo(
    graph: DGLGraph,
    message_func: Any,
    reduce_func: Any,
    reverse: bool = False,
    apply_node_func: Callable | None = None,
) -> None:
    """`prop_nodes` in topological order; the roots come first and get 0 from built-in reducers.

    Source: `dgl.prop_nodes_topo`.
    """
    frontiers = topological_nodes_generator(graph, reverse)
    graph.prop_nodes(frontiers, message_func, reduce_func, apply_node_func)


def prop_edges_dfs(
    graph: DGLGraph,
    source: Any,
    message_func: Any,
    reduce_func: Any,
    reverse: bool = False,
    has_reverse_edge: bool = False,
    has_nontree_edge: bool = False,
    apply_node_func: Callable | None = None,
) -> None:
    """`prop_edges` along depth-first searches from `source` `[n]`. Source: `dgl.prop_edges_dfs`."""
    frontiers = dfs_labeled_edges_generator(
        graph, source, reverse, has_reverse_edge, has_nontree_edge, return_labels=False
    )
    graph.prop_edges(frontiers, message_func, reduce_func, apply_node_func)
