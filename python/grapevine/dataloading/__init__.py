"""Samplers, and loaders of mini-batches."""

from ..not_implemented import module_getattr
from . import negative_sampler
from .base import (
    BlockSampler,
    Sampler,
    set_dst_lazy_features,
    set_edge_lazy_features,
    set_node_lazy_features,
    set_src_lazy_features,
)
from .cluster_gcn import ClusterGCNSampler
from .dataloader import DataLoader
from .edge_prediction import (
    EdgePredictionSampler,
    as_edge_prediction_sampler,
    find_exclude_eids,
)
from .graph_dataloader import GraphCollator, GraphDataLoader
from .graphsaint import SAINTSampler
from .labor_sampler import LaborSampler
from .neighbor_sampler import (
    MultiLayerFullNeighborSampler,
    MultiLayerNeighborSampler,
    NeighborSampler,
)
from .shadow import ShaDowKHopSampler
from .spot_target import SpotTarget

__all__ = [
    "BlockSampler",
    "ClusterGCNSampler",
    "DataLoader",
    "EdgePredictionSampler",
    "GraphCollator",
    "GraphDataLoader",
    "LaborSampler",
    "MultiLayerFullNeighborSampler",
    "MultiLayerNeighborSampler",
    "NeighborSampler",
    "SAINTSampler",
    "Sampler",
    "ShaDowKHopSampler",
    "SpotTarget",
    "as_edge_prediction_sampler",
    "find_exclude_eids",
    "negative_sampler",
    "set_dst_lazy_features",
    "set_edge_lazy_features",
    "set_node_lazy_features",
    "set_src_lazy_features",
]

__getattr__ = module_getattr(__name__)
