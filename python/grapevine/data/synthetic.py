"""Graphs with planted motifs, on which explanations are tried out (Ying et al., 2019)."""

from __future__ import annotations

import os
import random
from typing import Any

import numpy as np
import torch

from ..base import DGLError
from ..batch import batch
from ..convert import graph as make_graph
from ..heterograph import DGLGraph
from ..transforms import reorder_graph
from .dgl_dataset import (
    DGLBuiltinDataset,
    LabelledGraphsDataset,
    SingleGraphDataset,
    Transform,
)
from .download import dgl_url, download
from .graph_serialize import load_graphs, save_graphs
from .restricted_pickle import read_pickle

__all__ = [
    "BAShapeDataset",
    "BACommunityDataset",
    "TreeCycleDataset",
    "TreeGridDataset",
    "BA2MotifDataset",
]

_HOUSE = np.array([(0, 1), (1, 2), (2, 3), (3, 0), (4, 0), (4, 1)])
_HOUSE_LABELS = [1, 1, 2, 2, 3]
_BUILTIN_OPTIONS = ("raw_dir", "force_reload", "verbose", "transform")


class _Synthetic(SingleGraphDataset, DGLBuiltinDataset):
    """Makes one graph and keeps it in a cache; options are attributes of the same names."""

    _title: str
    _num_classes: int

    def _make(self, arguments: dict[str, Any]) -> None:
        """Sets what a constructor was called with, by name, and makes or loads the graph."""
        options = {name: value for name, value in arguments.items() if name != "self"}
        builtin = {name: options.pop(name) for name in _BUILTIN_OPTIONS}
        for name, value in options.items():
            setattr(self, name, value)
        super().__init__(self._title, url=None, **builtin)

    @property
    def graph_path(self) -> str:
        """The cache."""
        return os.path.join(self.save_path, f"{self.name}_dgl_graph.bin")

    def has_cache(self) -> bool:
        """Whether the graph has been saved."""
        return os.path.exists(self.graph_path)

    def save(self) -> None:
        """Writes the graph."""
        save_graphs(self.graph_path, self._graph)

    def load(self) -> None:
        """Reads the graph that was saved."""
        self._graph = load_graphs(self.graph_path)[0][0]

    @property
    def num_classes(self) -> int:
        """Labels are below it."""
        return self._num_classes


def _perturbed(edges: np.ndarray, labels: list[int], ratio: float) -> DGLGraph:
    """The graph of edges `[edges, 2]`, with random edges added, "label" and "feat" (ones)."""
    size, real = len(labels), len(edges)
    highest = (size * (size - 1) - real) / real
    assert ratio <= highest, f"perturb_ratio cannot exceed {highest:.4f}"
    present = {(int(u), int(v)) for u, v in edges}
    added: list[tuple[int, int]] = []
    while len(added) < int(real * ratio):
        pair = (np.random.randint(0, size), np.random.randint(0, size))
        if pair not in present and pair[0] != pair[1]:
            present.add(pair)
            added.append(pair)
    edges = np.concatenate([edges, np.array(added, np.int64).reshape(-1, 2)])
    graph = make_graph((edges[:, 0], edges[:, 1]), num_nodes=size)
    graph.ndata["label"] = torch.tensor(labels)
    graph.ndata["feat"] = torch.ones(size, 1)
    return _reordered(graph)


def _reordered(graph: DGLGraph) -> DGLGraph:
    return reorder_graph(graph, node_permute_algo="rcmk", edge_permute_algo="dst", store_ids=False)


def _base_edges(graph: Any) -> list[np.ndarray]:
    return [np.array(list(graph.edges()), np.int64)]


class BAShapeDataset(_Synthetic):
    """A Barabasi-Albert graph with houses of five nodes attached, to classify nodes.

    Labels: 0 in the base graph; 1, 2 and 3 in the middle, at the bottom and at the top of a house.
    Arguments: sizes of both, `perturb_ratio`, the share of random edges that are added, `seed`;
    the others are those of `DGLBuiltinDataset`. `ndata`: "label" int64, "feat" `[nodes, 1]` ones.

    Source: dgl.data.BAShapeDataset
    """

    _title = "BA-SHAPES"
    _num_classes = 4

    def __init__(
        self,
        num_base_nodes: int = 300,
        num_base_edges_per_node: int = 5,
        num_motifs: int = 80,
        perturb_ratio: float = 0.01,
        seed: int | None = None,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = True,
        transform: Transform | None = None,
    ) -> None:
        self._make(locals())

    def process(self) -> None:
        """Makes the graph."""
        import networkx as nx

        size = self.num_base_nodes
        base = nx.barabasi_albert_graph(size, self.num_base_edges_per_node, self.seed)
        parts = _base_edges(base)
        for motif in range(self.num_motifs):
            first = size + 5 * motif
            anchor = motif * (size // self.num_motifs)
            parts.append(np.concatenate([_HOUSE + first, [(first, anchor)]]))
        if self.seed is not None:
            np.random.seed(self.seed)
        labels = [0] * size + _HOUSE_LABELS * self.num_motifs
        self._graph = _perturbed(np.concatenate(parts), labels, self.perturb_ratio)


class BACommunityDataset(_Synthetic):
    """Two graphs of `BAShapeDataset` with random edges between them, to classify nodes.

    Labels 0 to 3 are those of the first graph, 4 to 7 those of the second. Arguments: those of
    `BAShapeDataset`, and the number of edges in between. `ndata`: "label" int64, "feat"
    `[nodes, 10]` float64, normal, whose first two columns tell the graphs apart.

    Source: dgl.data.BACommunityDataset
    """

    _title = "BA-COMMUNITY"
    _num_classes = 8

    def __init__(
        self,
        num_base_nodes: int = 300,
        num_base_edges_per_node: int = 4,
        num_motifs: int = 80,
        perturb_ratio: float = 0.01,
        num_inter_edges: int = 350,
        seed: int | None = None,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = True,
        transform: Transform | None = None,
    ) -> None:
        self._make(locals())

    def process(self) -> None:
        """Makes the graph."""
        if self.seed is not None:
            random.seed(self.seed)
            np.random.seed(self.seed)
        first, second = self._shapes(), self._shapes()
        graph = batch([first, second])
        size = first.num_nodes()
        src = np.random.randint(0, size, self.num_inter_edges)
        dst = np.random.randint(size, 2 * size, self.num_inter_edges)
        graph.add_edges(torch.from_numpy(src), torch.from_numpy(dst))
        graph.ndata["label"] = torch.cat([first.ndata["label"], second.ndata["label"] + 4])
        variance = np.diag([0.5] * 2 + [1.0] * 8)
        means = ([sign] * 2 + [0.0] * 8 for sign in (-1.0, 1.0))
        feats = [np.random.multivariate_normal(mean, variance, size) for mean in means]
        graph.ndata["feat"] = torch.from_numpy(np.concatenate(feats))
        self._graph = _reordered(graph)

    def _shapes(self) -> DGLGraph:
        return BAShapeDataset(
            self.num_base_nodes,
            self.num_base_edges_per_node,
            self.num_motifs,
            self.perturb_ratio,
            raw_dir=self.raw_dir,
            force_reload=True,
            verbose=False,
        )[0]


class _TreeDataset(_Synthetic):
    """A balanced binary tree with motifs attached: label 0 in the tree, 1 in the motifs."""

    _num_classes = 2

    def _motif(self) -> tuple[np.ndarray, int]:
        """The edges of a motif, from node 0 on, and its number of nodes."""
        raise NotImplementedError

    def _extra_edges(self, first: int, anchor: int) -> list[tuple[int, int]]:
        """More edges between a motif and the tree."""
        return []

    def process(self) -> None:
        """Makes the graph."""
        import networkx as nx

        if self.seed is not None:
            np.random.seed(self.seed)
        tree = nx.balanced_tree(r=2, h=self.tree_height)
        size = tree.number_of_nodes()
        parts = _base_edges(tree)
        edges, motif_size = self._motif()
        for motif in range(self.num_motifs):
            first = size + motif_size * motif
            anchor = motif * (size // self.num_motifs)
            links = [(first, anchor), *self._extra_edges(first, anchor)]
            parts.append(np.concatenate([edges + first, links]))
        labels = [0] * size + [1] * (motif_size * self.num_motifs)
        self._graph = _perturbed(np.concatenate(parts), labels, self.perturb_ratio)


class TreeCycleDataset(_TreeDataset):
    """A balanced binary tree with cycles attached: label 0 in the tree, 1 in the cycles.

    Arguments: sizes, `perturb_ratio`, the share of random edges that are added, `seed`; the others
    are those of `DGLBuiltinDataset`. `ndata`: "label" int64, "feat" `[nodes, 1]` ones.

    Source: dgl.data.TreeCycleDataset
    """

    _title = "TREE-CYCLES"

    def __init__(
        self,
        tree_height: int = 8,
        num_motifs: int = 60,
        cycle_size: int = 6,
        perturb_ratio: float = 0.01,
        seed: int | None = None,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = True,
        transform: Transform | None = None,
    ) -> None:
        self._make(locals())

    def _motif(self) -> tuple[np.ndarray, int]:
        nodes = np.arange(self.cycle_size)
        return np.stack([nodes, np.roll(nodes, -1)], axis=1), self.cycle_size

    def _extra_edges(self, first: int, anchor: int) -> list[tuple[int, int]]:
        if np.random.random() <= 0.5:
            return []
        return [(first + np.random.randint(1, 4), anchor + np.random.randint(1, 4))]


class TreeGridDataset(_TreeDataset):
    """A balanced binary tree with grids attached: label 0 in the tree, 1 in the grids.

    Arguments: sizes, `perturb_ratio`, the share of random edges that are added, `seed`; the others
    are those of `DGLBuiltinDataset`. `ndata`: "label" int64, "feat" `[nodes, 1]` ones.

    Source: dgl.data.TreeGridDataset
    """

    _title = "TREE-GRIDS"

    def __init__(
        self,
        tree_height: int = 8,
        num_motifs: int = 80,
        grid_size: int = 3,
        perturb_ratio: float = 0.1,
        seed: int | None = None,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = True,
        transform: Transform | None = None,
    ) -> None:
        self._make(locals())

    def _motif(self) -> tuple[np.ndarray, int]:
        import networkx as nx

        grid = nx.convert_node_labels_to_integers(nx.grid_graph([self.grid_size] * 2))
        return np.array(list(grid.edges())), grid.number_of_nodes()


class BA2MotifDataset(LabelledGraphsDataset, DGLBuiltinDataset):
    """1,000 graphs with a house or a cycle attached, to be told apart (Luo et al., 2020).

    `raw_dir` holds `BA-2motifs.pkl`. An item is (graph, label); `ndata`: "feat" `[nodes, 10]`.

    Source: dgl.data.BA2MotifDataset
    """

    def __init__(
        self,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = True,
        transform: Transform | None = None,
    ) -> None:
        super().__init__(
            "BA-2motifs",
            url=dgl_url("dataset/BA-2motif.pkl"),
            raw_dir=raw_dir,
            force_reload=force_reload,
            verbose=verbose,
            transform=transform,
        )

    @property
    def raw_path(self) -> str:
        """The file."""
        return os.path.join(self.raw_dir, self.name + ".pkl")

    def download(self) -> None:
        """Downloads the file."""
        assert self.url is not None
        download(self.url, path=self.raw_path)

    def process(self) -> None:
        """Reads the file."""
        contents = read_pickle(self.raw_path)
        if not isinstance(contents, (list, tuple)) or len(contents) != 3:
            raise DGLError(f"{self.raw_path}: expected matrices, features and labels.")
        matrices, features, labels = contents
        self.labels = torch.as_tensor(np.asarray(labels), dtype=torch.int64)
        self.graphs = [
            make_graph(np.nonzero(matrix), num_nodes=len(matrix)) for matrix in matrices
        ]
        for graph, feature in zip(self.graphs, features):
            graph.ndata["feat"] = torch.as_tensor(np.asarray(feature))

    @property
    def num_classes(self) -> int:
        """Labels are below it."""
        return 2
