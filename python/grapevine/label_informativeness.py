"""How much a neighbour's class tells of a node's own."""

from __future__ import annotations

import torch

from .heterograph import DGLGraph
from .transforms import to_bidirected

__all__ = ["edge_label_informativeness", "node_label_informativeness"]


def _entropy(p: torch.Tensor) -> torch.Tensor:
    return -(p * torch.log(p)).sum()


def _class_shares(weights: torch.Tensor, y: torch.Tensor, num_classes: int) -> torch.Tensor:
    """The share of each class `[num_classes]` in the weights of nodes `[num_nodes]`."""
    return weights.new_zeros(num_classes).index_add(0, y, weights) / weights.sum()


def _joint(
    graph: DGLGraph, y: torch.Tensor, weights: torch.Tensor, num_classes: int
) -> torch.Tensor:
    """The sum of the edges' weights by the classes of their ends: `[num_classes, num_classes]`."""
    src, dst = (ends.long() for ends in graph.edges())
    joint = weights.new_zeros(num_classes * num_classes)
    return joint.index_add(0, y[src] * num_classes + y[dst], weights).view(num_classes, -1)


def edge_label_informativeness(graph: DGLGraph, y: torch.Tensor, eps: float = 1e-8) -> float:
    """The information that one end of a random edge gives on the class of the other, from 0 to 1.

    `y` `[num_nodes]` are classes; edges count in both directions, once; `eps` keeps logarithms
    finite. Source: `dgl.edge_label_informativeness`; Platonov et al., 2023.
    """
    graph = to_bidirected(graph)
    num_classes = int(y.max()) + 1
    shares = _class_shares(graph.in_degrees().float(), y, num_classes)
    ones = torch.ones(graph.num_edges(), device=y.device)
    joint = _joint(graph, y, ones / graph.num_edges(), num_classes) + eps
    return (2 - _entropy(joint) / _entropy(shares)).item()


def node_label_informativeness(graph: DGLGraph, y: torch.Tensor, eps: float = 1e-8) -> float:
    """The same for a random node and a random neighbour of it.

    Source: `dgl.node_label_informativeness`; Platonov et al., 2023.
    """
    graph = to_bidirected(graph)
    num_classes = int(y.max()) + 1
    degrees = graph.in_degrees().float()
    nodes = _class_shares(torch.ones_like(degrees), y, num_classes)
    ends = _class_shares(degrees, y, num_classes)
    src, _ = graph.edges()
    weights = 1 / (degrees[src.long()] * (degrees > 0).sum())
    joint = _joint(graph, y, weights, num_classes) + eps
    information = (joint * torch.log(joint / (nodes[:, None] * ends))).sum()
    return (information / _entropy(nodes)).item()
