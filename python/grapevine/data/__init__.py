"""Data sets, and what is needed to make one's own.

Source: dgl.data
"""

from __future__ import annotations

from typing import Any

from ..not_implemented import module_getattr
from . import citation_graph
from . import citation_graph as citegrh
from .adapter import AsGraphPredDataset, AsLinkPredDataset, AsNodePredDataset
from .citation_graph import (
    CitationGraphDataset,
    CiteseerGraphDataset,
    CoraBinary,
    CoraGraphDataset,
    PubmedGraphDataset,
)
from .csv_dataset import CSVDataset
from .dgl_dataset import DGLBuiltinDataset, DGLDataset
from .gindt import GINDataset
from .karate import KarateClub, KarateClubDataset
from .minigc import MiniGCDataset
from .sbm import SBMMixture, SBMMixtureDataset
from .synthetic import (
    BA2MotifDataset,
    BACommunityDataset,
    BAShapeDataset,
    TreeCycleDataset,
    TreeGridDataset,
)
from .tu import LegacyTUDataset, TUDataset
from .utils import *  # noqa: F403

__getattr__ = module_getattr(__name__)


def register_data_args(parser: Any) -> None:
    """Adds `--dataset NAME` to an argument parser. Source: dgl.data.register_data_args"""
    parser.add_argument("--dataset", type=str, help="cora, citeseer or pubmed")


def load_data(args: Any) -> CitationGraphDataset:
    """The data set that `args.dataset` names. `ValueError` for another name than a citation graph.

    Source: dgl.data.load_data
    """
    if args.dataset not in ("cora", "citeseer", "pubmed"):
        raise ValueError(f"Unknown dataset: {args.dataset}")
    return getattr(citation_graph, f"load_{args.dataset}")()
