"""How much edges join nodes of the same class."""

from __future__ import annotations

import torch

from .heterograph import DGLGraph
from .transforms import to_bidirected

__all__ = ["adjusted_homophily", "edge_homophily", "linkx_homophily", "node_homophily"]


def _same_class(graph: DGLGraph, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """1 for each edge within a class and 0 for others, `[num_edges]`, and the destinations."""
    src, dst = (ends.long() for ends in graph.edges())
    return (y[src] == y[dst]).float(), dst


def node_homophily(graph: DGLGraph, y: torch.Tensor) -> float:
    """The mean over nodes of the share of their in-edges that come from their own class.

    `y` `[num_nodes]` are classes; nodes without in-edges count 0. Source: `dgl.node_homophily`;
    Pei et al., 2020.
    """
    same, dst = _same_class(graph, y)
    inside = same.new_zeros(graph.num_nodes()).index_add(0, dst, same)
    return (inside / graph.in_degrees().clamp(min=1)).mean().item()


def edge_homophily(graph: DGLGraph, y: torch.Tensor) -> float:
    """The share of edges that join nodes of the same class of `y` `[num_nodes]`.

    Source: `dgl.edge_homophily`; Zhu et al., 2020.
    """
    return _same_class(graph, y)[0].mean().item()


def linkx_homophily(graph: DGLGraph, y: torch.Tensor) -> float:
    """How much more edges within each class there are than its share of nodes, averaged.

    Source: `dgl.linkx_homophily`; Lim et al., 2021.
    """
    same, dst = _same_class(graph, y)
    num_classes = int(y.max()) + 1

    def by_class(values: torch.Tensor, nodes: torch.Tensor) -> torch.Tensor:
        return values.new_zeros(num_classes).index_add(0, y[nodes], values)

    everyone = torch.arange(graph.num_nodes(), device=y.device)
    share = by_class(torch.ones_like(everyone, dtype=torch.float32), everyone) / len(everyone)
    degrees = by_class(torch.ones_like(same), dst).clamp(min=1)
    excess = by_class(same, dst) / degrees - share
    return excess.clamp(min=0).sum().item() / (num_classes - 1)


def adjusted_homophily(graph: DGLGraph, y: torch.Tensor) -> float:
    """`edge_homophily` less what random edges of the same degrees would have, scaled to at most 1.

    Edges count in both directions, once. Source: `dgl.adjusted_homophily`; Platonov et al., 2023.
    """
    graph = to_bidirected(graph)
    degrees = graph.in_degrees().float()
    by_class = degrees.new_zeros(int(y.max()) + 1).index_add(0, y, degrees)
    expected = (by_class**2).sum() / graph.num_edges() ** 2
    return ((edge_homophily(graph, y) - expected) / (1 - expected)).item()
