"""Functions that belong to layers. Source: dgl.nn.functional."""

from ...ops import edge_softmax

__all__ = ["edge_softmax"]
