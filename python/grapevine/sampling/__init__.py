"""Sampling from a graph: neighbours, random walks, and pairs of nodes that are no edges."""

from ..heterograph import DGLGraph
from ..not_implemented import module_getattr
from . import utils
from .labor import sample_labors
from .negative import global_uniform_negative_sampling
from .neighbor import sample_neighbors, sample_neighbors_fused, select_topk
from .node2vec_randomwalk import node2vec_random_walk
from .typed_edges import sample_etype_neighbors, sample_neighbors_biased
from .walks import PinSAGESampler, RandomWalkNeighborSampler, pack_traces, random_walk

__all__ = [
    "PinSAGESampler",
    "RandomWalkNeighborSampler",
    "global_uniform_negative_sampling",
    "node2vec_random_walk",
    "pack_traces",
    "random_walk",
    "sample_etype_neighbors",
    "sample_labors",
    "sample_neighbors",
    "sample_neighbors_biased",
    "sample_neighbors_fused",
    "select_topk",
    "utils",
]

DGLGraph.global_uniform_negative_sampling = global_uniform_negative_sampling
DGLGraph.sample_etype_neighbors = sample_etype_neighbors
DGLGraph.sample_labors = sample_labors
DGLGraph.sample_neighbors = sample_neighbors
DGLGraph.sample_neighbors_biased = sample_neighbors_biased
DGLGraph.sample_neighbors_fused = sample_neighbors_fused
DGLGraph.select_topk = select_topk

__getattr__ = module_getattr(__name__)
