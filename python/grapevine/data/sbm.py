"""Graphs of communities: stochastic block models."""

from __future__ import annotations

import math
import os
import random
from typing import Any, Sequence

import numpy as np
import torch

from ..batch import batch
from ..networks import from_scipy
from .dgl_dataset import DGLDataset
from .graph_serialize import load_graphs, save_graphs

__all__ = ["SBMMixtureDataset", "SBMMixture", "sbm"]


def sbm(n_blocks: int, block_size: int, p: float, q: float, rng: Any = None) -> Any:
    """The symmetric adjacency matrix (scipy) of a graph with communities of equal size.

    `p` and `q` are the densities within and between communities times the number of nodes.

    Source: dgl.data.sbm.sbm
    """
    from scipy import sparse

    size = n_blocks * block_size
    rng = np.random.RandomState() if rng is None else rng
    rows, cols = [], []
    for i in range(n_blocks):
        for j in range(i, n_blocks):
            density = (p if i == j else q) / size
            block = sparse.random(
                block_size, block_size, density, random_state=rng, data_rvs=np.ones
            )
            rows.append(block.row + i * block_size)
            cols.append(block.col + j * block_size)
    row, col = np.hstack(rows), np.hstack(cols)
    upper = sparse.coo_matrix((np.ones(len(row)), (row, col)), shape=(size, size))
    return sparse.triu(upper) + sparse.triu(upper, 1).transpose()


class SBMMixtureDataset(DGLDataset):
    """Symmetric mixtures of stochastic block models, for community detection with line graphs.

    Arguments: `n_graphs`; `n_nodes` of each, a multiple of `n_communities`; `k` and `avg_deg`, from
    which the densities are drawn; `pq`, "Appendix_C" (Chen et al., 2019) or a list of densities
    `(p, q)`, one for each graph; `rng`, taken and not used, as in DGL.

    An item is (graph, line graph without backtracking, in-degrees of either, float32, and the
    sources of the graph's edges).

    Source: dgl.data.SBMMixtureDataset
    """

    def __init__(
        self,
        n_graphs: int,
        n_nodes: int,
        n_communities: int,
        k: int = 2,
        avg_deg: float = 3,
        pq: str | list[tuple[float, float]] = "Appendix_C",
        rng: Any = None,
    ) -> None:
        assert n_nodes % n_communities == 0, "n_nodes must be a multiple of n_communities"
        self._n_graphs = n_graphs
        self._n_nodes = n_nodes
        self._n_communities = n_communities
        self._k = k
        self._avg_deg = avg_deg
        self._pq = pq
        self._rng = rng
        super().__init__(
            "sbmmixture", hash_key=(n_graphs, n_nodes, n_communities, k, avg_deg, pq, rng)
        )

    def process(self) -> None:
        """Makes the graphs."""
        pairs: Sequence[tuple[float, float]]
        if isinstance(self._pq, list):
            assert len(self._pq) == self._n_graphs, "pq must hold a pair for each graph"
            pairs = self._pq
        elif self._pq == "Appendix_C":
            pairs = [self._appendix_c() for _ in range(self._n_graphs)]
        else:
            raise RuntimeError(f'pq must be "Appendix_C" or a list of pairs, got {self._pq!r}')
        block_size = self._n_nodes // self._n_communities
        self._graphs = [from_scipy(sbm(self._n_communities, block_size, *pair)) for pair in pairs]
        self._line_graphs = [graph.line_graph(backtracking=False) for graph in self._graphs]
        self._set_rest()

    def _set_rest(self) -> None:
        self._graph_degrees = [graph.in_degrees().float() for graph in self._graphs]
        self._line_graph_degrees = [graph.in_degrees().float() for graph in self._line_graphs]
        self._pm_pds = [graph.edges()[0] for graph in self._graphs]

    def _appendix_c(self) -> tuple[float, float]:
        q = np.random.uniform(0, self._avg_deg - math.sqrt(self._avg_deg))
        p = self._k * self._avg_deg - q
        return (p, q) if random.random() < 0.5 else (q, p)

    @property
    def graph_path(self) -> str:
        """The cache of the graphs."""
        return os.path.join(self.save_path, f"graphs_{self.hash}.bin")

    @property
    def line_graph_path(self) -> str:
        """The cache of the line graphs."""
        return os.path.join(self.save_path, f"line_graphs_{self.hash}.bin")

    def has_cache(self) -> bool:
        """Whether the graphs have been saved."""
        return os.path.exists(self.graph_path) and os.path.exists(self.line_graph_path)

    def save(self) -> None:
        """Writes the graphs."""
        save_graphs(self.graph_path, self._graphs)
        save_graphs(self.line_graph_path, self._line_graphs)

    def load(self) -> None:
        """Reads the graphs that were saved."""
        self._graphs, _ = load_graphs(self.graph_path)
        self._line_graphs, _ = load_graphs(self.line_graph_path)
        self._set_rest()

    def __len__(self) -> int:
        return len(self._graphs)

    def __getitem__(self, idx: int) -> tuple[Any, ...]:
        """A graph, its line graph, the degrees of both, and the sources of its edges."""
        return (
            self._graphs[idx],
            self._line_graphs[idx],
            self._graph_degrees[idx],
            self._line_graph_degrees[idx],
            self._pm_pds[idx],
        )

    def collate_fn(self, x: Any) -> tuple[Any, ...]:
        """A batch of items: two batched graphs, and the vectors one after the other as numpy's."""
        graphs, line_graphs, degrees, line_degrees, sources = zip(*x)
        shifted = [source + i * self._n_nodes for i, source in enumerate(sources)]
        vectors = [torch.cat(list(parts)).numpy() for parts in (degrees, line_degrees, shifted)]
        return batch(graphs), batch(line_graphs), *vectors


SBMMixture = SBMMixtureDataset
