"""Small graphs of eight shapes."""

from __future__ import annotations

import math
import os
from typing import Any, Callable

import numpy as np
import torch

from ..networks import from_networkx
from ..transforms import add_self_loop
from .dgl_dataset import DGLDataset, LabelledGraphsDataset, Transform
from .graph_serialize import load_graphs, save_graphs

__all__ = ["MiniGCDataset"]


def _shapes() -> list[Callable[[int], Any]]:
    """For each label, how a graph with about so many nodes is made."""
    import networkx as nx

    def lollipop(size: int) -> Any:
        path = np.random.randint(2, size // 2)
        return nx.lollipop_graph(m=size - path, n=path)

    def grid(size: int) -> Any:
        assert size >= 4, f"a grid needs 4 nodes or more, got {size}"
        rows = np.random.randint(2, size // 2)
        return nx.grid_graph([rows, size // rows])

    return [
        nx.cycle_graph,
        lambda size: nx.star_graph(size - 1),
        nx.wheel_graph,
        lollipop,
        lambda size: nx.hypercube_graph(int(math.log(size, 2))),
        grid,
        nx.complete_graph,
        lambda size: nx.circular_ladder_graph(size // 2),
    ]


class MiniGCDataset(LabelledGraphsDataset, DGLDataset):
    """Graphs of eight shapes, to be told apart, with self-loops and without features.

    The labels: 0 cycle, 1 star, 2 wheel, 3 lollipop, 4 hypercube, 5 grid, 6 clique, 7 circular
    ladder; an eighth of the graphs each, in this order. An item is (graph, label `[]` int64).

    Arguments: `num_graphs`; `min_num_v` and `max_num_v`, between which numbers of nodes are drawn;
    `seed` of numpy's random numbers; `save_graph`, whether a cache is kept; the others are those
    of `DGLDataset`.

    Source: dgl.data.MiniGCDataset
    """

    def __init__(
        self,
        num_graphs: int,
        min_num_v: int,
        max_num_v: int,
        seed: int | None = 0,
        save_graph: bool = True,
        force_reload: bool = False,
        verbose: bool = False,
        transform: Transform | None = None,
    ) -> None:
        self.num_graphs = num_graphs
        self.min_num_v = min_num_v
        self.max_num_v = max_num_v
        self.seed = seed
        self.save_graph = save_graph
        super().__init__(
            "minigc",
            hash_key=(num_graphs, min_num_v, max_num_v, seed),
            force_reload=force_reload,
            verbose=verbose,
            transform=transform,
        )

    def process(self) -> None:
        """Makes the graphs."""
        import networkx as nx

        if self.seed is not None:
            np.random.seed(self.seed)
        shapes = _shapes()
        each = self.num_graphs // len(shapes)
        counts = [each] * (len(shapes) - 1)
        counts.append(self.num_graphs - sum(counts))
        graphs = [
            make(np.random.randint(self.min_num_v, self.max_num_v))
            for make, count in zip(shapes, counts)
            for _ in range(count)
        ]
        self.graphs = [
            add_self_loop(from_networkx(nx.convert_node_labels_to_integers(graph)))
            for graph in graphs
        ]
        self.labels = torch.repeat_interleave(torch.tensor(counts))

    @property
    def graph_path(self) -> str:
        """The cache."""
        return os.path.join(self.save_path, f"dgl_graph_{self.hash}.bin")

    def has_cache(self) -> bool:
        """Whether the graphs have been saved."""
        return os.path.exists(self.graph_path)

    def save(self) -> None:
        """Writes the graphs, if they are to be kept."""
        if self.save_graph:
            save_graphs(self.graph_path, self.graphs, {"labels": self.labels})

    def load(self) -> None:
        """Reads the graphs that were saved."""
        self.graphs, labels = load_graphs(self.graph_path)
        self.labels = labels["labels"]

    @property
    def num_classes(self) -> int:
        """Labels are below it."""
        return 8
