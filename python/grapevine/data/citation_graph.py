"""The citation graphs of Planetoid: Cora, Citeseer and Pubmed; and pairs of communities of Cora."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import torch

from .. import _C
from ..base import DGLError
from ..batch import batch
from ..convert import graph as make_graph
from ..heterograph import DGLGraph
from .dgl_dataset import DGLBuiltinDataset, SingleGraphDataset, Transform
from .download import dgl_url
from .graph_serialize import load_graphs, save_graphs
from .restricted_pickle import read_pickle
from .utils import deprecate_property

__all__ = [
    "CitationGraphDataset",
    "CoraGraphDataset",
    "CiteseerGraphDataset",
    "PubmedGraphDataset",
    "CoraBinary",
    "load_cora",
    "load_citeseer",
    "load_pubmed",
]


class CitationGraphDataset(SingleGraphDataset, DGLBuiltinDataset):
    """One of the citation graphs: nodes are papers, edges citations.

    The files `ind.NAME.*` are expected in `raw_path` (`cora_v2_HASH` in the download folder, as
    DGL leaves them), or in `raw_dir` itself. They are read in well under a second, so no cache is
    kept; they are pickles, but no code in them is run.

    Arguments: `name`, "cora", "citeseer" or "pubmed"; `reverse_edge`, whether each citation is
    there in both directions; `reorder`, whether the graph is reordered for locality; the others
    are those of `DGLBuiltinDataset`.

    `ndata`: "feat" `[nodes, width]` float32, rows summing to 1; "label" `[nodes]` int64;
    "train_mask", "val_mask", "test_mask" `[nodes]` bool.

    Source: dgl.data.CitationGraphDataset
    """

    _files = {"cora": "cora_v2", "citeseer": "citeseer", "pubmed": "pubmed"}

    def __init__(
        self,
        name: str,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = True,
        reverse_edge: bool = True,
        transform: Transform | None = None,
        reorder: bool = False,
    ) -> None:
        assert name.lower() in self._files, f"name must be one of {sorted(self._files)}"
        file = self._files[name.lower()]
        self._reverse_edge = reverse_edge
        self._reorder = reorder
        super().__init__(
            file,
            url=dgl_url(f"dataset/{file}.zip"),
            raw_dir=raw_dir,
            force_reload=force_reload,
            verbose=verbose,
            transform=transform,
        )

    def _source(self) -> tuple[str, str] | None:
        """The folder that holds the files, and their name; "cora_v2" may be called "cora"."""
        for folder in (self.raw_path, self.raw_dir):
            for name in (self.name, self.name.removesuffix("_v2")):
                if os.path.exists(os.path.join(folder, f"ind.{name}.graph")):
                    return folder, name
        return None

    def _download(self) -> None:
        if self._source() is None:
            super()._download()

    def process(self) -> None:
        """Reads the files."""
        source = self._source()
        if source is None:
            raise DGLError(f"[{self.name}] expected ind.{self.name}.graph in {self.raw_path}.")
        graph, self._num_classes = _C.read_planetoid(*source)
        self._graph = DGLGraph._wrap(graph)
        if not self.reverse_edge:
            self._graph = _one_direction(self._graph)
        if self._reorder:
            from ..transforms import reorder_graph

            self._graph = reorder_graph(
                self._graph, node_permute_algo="rcmk", edge_permute_algo="dst", store_ids=False
            )
        if self.verbose:
            self._print_statistics()

    def _print_statistics(self) -> None:
        data = self._graph.ndata
        print("Finished data loading and preprocessing.")
        for what, number in (
            ("Nodes", self._graph.num_nodes()),
            ("Edges", self._graph.num_edges()),
            ("Feats", data["feat"].shape[1]),
            ("Classes", self.num_classes),
            ("TrainingSamples", int(data["train_mask"].sum())),
            ("ValidationSamples", int(data["val_mask"].sum())),
            ("TestSamples", int(data["test_mask"].sum())),
        ):
            print(f"  Num{what}: {number}")

    @property
    def num_labels(self) -> int:
        """The old name of `num_classes`."""
        deprecate_property("dataset.num_labels", "dataset.num_classes")
        return self.num_classes

    @property
    def num_classes(self) -> int:
        """Labels are below it."""
        return self._num_classes

    @property
    def reverse_edge(self) -> bool:
        """Whether each citation is there in both directions."""
        return self._reverse_edge


def _one_direction(graph: DGLGraph) -> DGLGraph:
    """The graph with one edge, the first, of each pair of edges between two nodes."""
    src, dst = graph.edges()
    place = torch.full((graph.num_nodes(),), graph.num_edges())
    place.scatter_reduce_(0, src, torch.arange(len(src)), "amin")
    keep = place[src] <= place[dst]
    result = make_graph((src[keep], dst[keep]), num_nodes=graph.num_nodes())
    for name, feature in graph.ndata.items():
        result.ndata[name] = feature
    return result


class _NamedCitationGraph(CitationGraphDataset):
    """A citation graph whose name is that of the class."""

    _citation_name: str

    def __init__(
        self,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = True,
        reverse_edge: bool = True,
        transform: Transform | None = None,
        reorder: bool = False,
    ) -> None:
        super().__init__(
            self._citation_name, raw_dir, force_reload, verbose, reverse_edge, transform, reorder
        )


class CoraGraphDataset(_NamedCitationGraph):
    """Cora: 2,708 papers, 10,556 edges, 1,433 features, 7 classes; see `CitationGraphDataset`.

    Source: dgl.data.CoraGraphDataset
    """

    _citation_name = "cora"


class CiteseerGraphDataset(_NamedCitationGraph):
    """Citeseer: 3,327 papers, 9,228 edges, 3,703 features, 6 classes; see `CitationGraphDataset`.

    Source: dgl.data.CiteseerGraphDataset
    """

    _citation_name = "citeseer"


class PubmedGraphDataset(_NamedCitationGraph):
    """Pubmed: 19,717 papers, 88,651 edges, 500 features, 3 classes; see `CitationGraphDataset`.

    Source: dgl.data.PubmedGraphDataset
    """

    _citation_name = "pubmed"


def load_cora(
    raw_dir: str | None = None,
    force_reload: bool = False,
    verbose: bool = True,
    reverse_edge: bool = True,
    transform: Transform | None = None,
) -> CoraGraphDataset:
    """`CoraGraphDataset(...)`. Source: dgl.data.citation_graph.load_cora"""
    return CoraGraphDataset(raw_dir, force_reload, verbose, reverse_edge, transform)


def load_citeseer(
    raw_dir: str | None = None,
    force_reload: bool = False,
    verbose: bool = True,
    reverse_edge: bool = True,
    transform: Transform | None = None,
) -> CiteseerGraphDataset:
    """`CiteseerGraphDataset(...)`. Source: dgl.data.citation_graph.load_citeseer"""
    return CiteseerGraphDataset(raw_dir, force_reload, verbose, reverse_edge, transform)


def load_pubmed(
    raw_dir: str | None = None,
    force_reload: bool = False,
    verbose: bool = True,
    reverse_edge: bool = True,
    transform: Transform | None = None,
) -> PubmedGraphDataset:
    """`PubmedGraphDataset(...)`. Source: dgl.data.citation_graph.load_pubmed"""
    return PubmedGraphDataset(raw_dir, force_reload, verbose, reverse_edge, transform)


class CoraBinary(DGLBuiltinDataset):
    """Subgraphs of Cora of two communities each, to be told apart.

    `raw_path` (`cora_binary_HASH` in the download folder) holds `graphs.txt`, `labels.txt` and
    `pmpds.pkl`. An item is (graph, scipy matrix `[nodes, edges]`, labels `[nodes]` numpy int64).

    Source: dgl.data.CoraBinary
    """

    def __init__(
        self,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = True,
        transform: Transform | None = None,
    ) -> None:
        super().__init__(
            "cora_binary",
            url=dgl_url("dataset/cora_binary.zip"),
            raw_dir=raw_dir,
            force_reload=force_reload,
            verbose=verbose,
            transform=transform,
        )

    def process(self) -> None:
        """Reads the files."""
        edges = self._sections("graphs.txt", columns=2)
        self.graphs = [make_graph((pairs[:, 0], pairs[:, 1])) for pairs in edges]
        self.labels = [rows[:, 0] for rows in self._sections("labels.txt", columns=1)]
        self._read_matrices()

    def _sections(self, file: str, columns: int) -> list[np.ndarray]:
        """The numbers `[lines, columns]` of each part of a file that a line "graph ..." begins."""
        with open(os.path.join(self.raw_path, file), encoding="ascii") as text:
            parts = text.read().split("graph")[1:]
        bodies = (part.partition("\n")[2] for part in parts)
        return [np.array(body.split(), np.int64).reshape(-1, columns) for body in bodies if body]

    def _read_matrices(self) -> None:
        self.pmpds = read_pickle(os.path.join(self.raw_path, "pmpds.pkl"))
        assert len(self.graphs) == len(self.pmpds) == len(self.labels)

    @property
    def graph_path(self) -> str:
        """The cache."""
        return os.path.join(self.save_path, self.save_name + ".bin")

    @property
    def save_name(self) -> str:
        """The cache's name, less its ending."""
        return self.name + "_dgl_graph"

    def has_cache(self) -> bool:
        """Whether the graphs and labels have been saved."""
        return os.path.exists(self.graph_path)

    def save(self) -> None:
        """Writes the graphs and labels."""
        labels = {str(i): torch.from_numpy(label) for i, label in enumerate(self.labels)}
        save_graphs(self.graph_path, self.graphs, labels)

    def load(self) -> None:
        """Reads the graphs and labels that were saved, and the matrices."""
        self.graphs, labels = load_graphs(self.graph_path)
        self.labels = [labels[str(i)].numpy() for i in range(len(labels))]
        self._read_matrices()

    def __getitem__(self, i: int) -> tuple[Any, Any, np.ndarray]:
        """A graph, its matrix and its labels."""
        return self._transformed(self.graphs[i]), self.pmpds[i], self.labels[i]

    def __len__(self) -> int:
        return len(self.graphs)

    @staticmethod
    def collate_fn(cur: Any) -> tuple[Any, Any, np.ndarray]:
        """A batch of items: batched graph, block-diagonal matrix, concatenated labels."""
        import scipy.sparse

        graphs, pmpds, labels = zip(*cur)
        return batch(graphs), scipy.sparse.block_diag(pmpds), np.concatenate(labels, axis=0)
