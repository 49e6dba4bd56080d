"""Scores of pairs of nodes. Source: dgl.nn.pytorch.link."""

from .edgepred import EdgePredictor
from .transe import TransE
from .transr import TransR

__all__ = ["EdgePredictor", "TransE", "TransR"]
