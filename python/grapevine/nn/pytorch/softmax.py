"""Softmax over edges. Source: dgl.nn.pytorch.softmax."""

from ..functional import edge_softmax

__all__ = ["edge_softmax"]
