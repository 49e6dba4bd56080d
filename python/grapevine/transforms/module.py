"""Transforms as objects: callables from a graph to a graph, for data sets and pipelines.

Source: dgl.transforms.module
"""

from __future__ import annotations

from .base import BaseTransform, Compose, update_graph_structure  # noqa: F401
from .diffusion import GDC, PPR, GCNNorm, HeatKernel, SIGNDiffusion
from .feature_transforms import (
    SVDPE,
    FeatMask,
    LaplacianPE,
    LapPE,
    NodeShuffle,
    RandomWalkPE,
    RowFeatNormalizer,
)
from .structure_transforms import (
    AddEdge,
    AddMetaPaths,
    AddReverse,
    AddSelfLoop,
    DropEdge,
    DropNode,
    KHopGraph,
    LineGraph,
    RemoveSelfLoop,
    ToLevi,
    ToSimple,
)

__all__ = [
    "BaseTransform",
    "RowFeatNormalizer",
    "FeatMask",
    "RandomWalkPE",
    "LaplacianPE",
    "LapPE",
    "AddSelfLoop",
    "RemoveSelfLoop",
    "AddReverse",
    "ToSimple",
    "LineGraph",
    "KHopGraph",
    "AddMetaPaths",
    "Compose",
    "GCNNorm",
    "PPR",
    "HeatKernel",
    "GDC",
    "NodeShuffle",
    "DropNode",
    "DropEdge",
    "AddEdge",
    "SIGNDiffusion",
    "ToLevi",
    "SVDPE",
]
