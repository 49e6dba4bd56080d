"""The sampler of clusters of nodes."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from ..base import DGLError
from ..data.restricted_pickle import read_pickle
from ..sampling.keys import draw_key
from ..sampling.neighbor import seeds_of
from ..transforms import metis_partition_assignment
from .base import Sampler
from .subgraph import finish_subgraph

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["ClusterGCNSampler"]


class ClusterGCNSampler(Sampler):
    """Gives the subgraphs of clusters between which there are few edges (Chiang et al., 2019).

        sampler = ClusterGCNSampler(g, 1000)
        for subgraph in DataLoader(g, torch.arange(1000), sampler, batch_size=20, shuffle=True): ...

    Arguments:
        g: a homogeneous graph.
        k: how many clusters METIS makes.
        cache_path: a file with the clusters. If there is one, METIS is not run; DGL's files fit.
            Otherwise it is written.
        balance_ntypes, balance_edges, mode: see `metis_partition_assignment`.
        prefetch_ndata, prefetch_edata: features that a loader fetches.
        output_device: where the subgraph goes.

    Attributes:
        partition_offset: `[k + 1]`, where in `partition_node_ids` each cluster begins.
        partition_node_ids: `[num_nodes]`, the nodes cluster by cluster.

    Raises `DGLError` for a file that does not hold `k` clusters of the nodes of `g`.
    Source: dgl.dataloading.ClusterGCNSampler
    """

    def __init__(
        self,
        g: DGLGraph,
        k: int,
        cache_path: str = "cluster_gcn.pkl",
        balance_ntypes: Any = None,
        balance_edges: bool = False,
        mode: str = "k-way",
        prefetch_ndata: Sequence[str] | None = None,
        prefetch_edata: Sequence[str] | None = None,
        output_device: Any = None,
    ) -> None:
        super().__init__()
        if os.path.exists(cache_path):
            self.partition_offset, self.partition_node_ids = _read(cache_path, k, g.num_nodes())
        else:
            assignment = metis_partition_assignment(g, k, balance_ntypes, balance_edges, mode)
            self.partition_offset, self.partition_node_ids = _C.clusters_of(assignment, k)
            _write(cache_path, (self.partition_offset, self.partition_node_ids))
        self._sampler = _C.ClusterGCNSampler(self.partition_offset, self.partition_node_ids)
        self.prefetch_ndata = prefetch_ndata or []
        self.prefetch_edata = prefetch_edata or []
        self.output_device = output_device

    def sample(self, g: DGLGraph, partition_ids: Any) -> DGLGraph:
        """The subgraph of the nodes of the clusters `partition_ids` `[n]`, one after the other."""
        seeds = seeds_of(g, partition_ids)
        _, _, graphs = self._sampler.sample(g._graph, seeds, {}, draw_key())
        return finish_subgraph(self, g, graphs[0])


def _read(path: str, k: int, num_nodes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The offsets and nodes in a file; `_C.ClusterGCNSampler` checks what they hold."""
    advice = f"Please remove the cache file {path} or specify another path."
    found = read_pickle(path)
    if not (
        isinstance(found, tuple)
        and len(found) == 2
        and all(isinstance(part, torch.Tensor) for part in found)
    ):
        raise DGLError(f"The contents in the cache file {path} is invalid. {advice}")
    offsets, node_ids = found
    if len(offsets) != k + 1:
        raise DGLError(
            f"The cache file holds {len(offsets) - 1} partitions, which does not match k = {k}. "
            + advice
        )
    if len(node_ids) != num_nodes:
        raise DGLError(
            f"The cache file holds {len(node_ids)} nodes, which does not match the {num_nodes} of "
            f"the graph. {advice}"
        )
    return offsets, node_ids


def _write(path: str, clusters: tuple[torch.Tensor, torch.Tensor]) -> None:
    """Writes the file whole: several processes may start at once."""
    temporary = f"{path}.{os.getpid()}"
    with open(temporary, "wb") as file:
        pickle.dump(clusters, file)
    os.replace(temporary, path)
