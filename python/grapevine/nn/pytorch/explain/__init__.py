"""Which nodes, edges and features a prediction rests on. Source: dgl.nn.pytorch.explain."""

from .gnnexplainer import GNNExplainer, HeteroGNNExplainer
from .pgexplainer import HeteroPGExplainer, PGExplainer
from .subgraphx import HeteroSubgraphX, SubgraphX

__all__ = [
    "GNNExplainer",
    "HeteroGNNExplainer",
    "HeteroPGExplainer",
    "HeteroSubgraphX",
    "PGExplainer",
    "SubgraphX",
]
