"""The collection of graph classification data sets of TU Dortmund (Morris et al., 2020)."""

from __future__ import annotations

import os

import numpy as np
import torch

from .. import _C
from ..base import DGLError, EID, NID
from ..heterograph import DGLGraph
from .dgl_dataset import DGLBuiltinDataset, LabelledGraphsDataset, Transform
from .utils import loadtxt

__all__ = ["TUDataset", "LegacyTUDataset"]

_URL = "https://www.chrsmrrs.com/graphkerneldatasets/{}.zip"


class _TUFolder(LabelledGraphsDataset, DGLBuiltinDataset):
    """Reads the files `NAME_*.txt` in `raw_path/NAME`; no cache is kept."""

    @property
    def _folder(self) -> str:
        return os.path.join(self.raw_path, self.name)

    def _file_path(self, category: str) -> str:
        return os.path.join(self._folder, f"{self.name}_{category}.txt")

    def _read(self) -> tuple[list[DGLGraph], torch.Tensor]:
        """The graphs, with the ids that their nodes and edges have in the files, and labels."""
        if not os.path.exists(self._file_path("A")):
            raise DGLError(f"[{self.name}] expected {self._file_path('A')}, which is not there.")
        graphs, labels, _ = _C.read_tu_folder(self._folder, self.name)
        graphs = [DGLGraph._wrap(graph) for graph in graphs]
        self.max_num_node = max(graph.num_nodes() for graph in graphs)
        return graphs, labels

    def statistics(self) -> tuple[int, int, int]:
        """Width of "feat", number of classes, nodes of the largest graph."""
        return self.graphs[0].ndata["feat"].shape[1], self.num_labels, self.max_num_node

    @property
    def graph_lists(self) -> list[DGLGraph]:
        """The graphs."""
        return self.graphs

    @property
    def graph_labels(self) -> torch.Tensor:
        """The labels."""
        return self.labels

    @property
    def num_classes(self) -> int:
        """Labels are below it."""
        return int(self.num_labels)


class TUDataset(_TUFolder):
    """Graphs with labels, as TU Dortmund publishes them: `TUDataset("DD")`.

    Arguments: `name`; the others are those of `DGLBuiltinDataset`. An item is (graph, label `[1]`
    int64). Labels are 0, 1, ... in the order of those in the files, and duplicate edges stay.

    `ndata`: "node_labels" `[nodes, columns]` int64, less their smallest; "node_attr"
    `[nodes, columns]` float64; "_ID". `edata`: "edge_labels" and "edge_attr" likewise; "_ID".

    Source: dgl.data.TUDataset, which stores "edge_attr" as "node_labels"
    """

    def __init__(
        self,
        name: str,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = False,
        transform: Transform | None = None,
    ) -> None:
        super().__init__(
            name,
            url=_URL.format(name),
            raw_dir=raw_dir,
            force_reload=force_reload,
            verbose=verbose,
            transform=transform,
        )

    def process(self) -> None:
        """Reads the files."""
        self.graphs, labels = self._read()
        self.labels = labels.unsqueeze(1)
        self.num_labels = int(labels.max()) + 1
        nodes = edges = 0
        for graph in self.graphs:
            graph.ndata[NID] = torch.arange(nodes, nodes + graph.num_nodes())
            graph.edata[EID] = torch.arange(edges, edges + graph.num_edges())
            for data, name in ((graph.ndata, "node_attr"), (graph.edata, "edge_attr")):
                if name in data:
                    data[name] = data[name].double()
            nodes += graph.num_nodes()
            edges += graph.num_edges()


class LegacyTUDataset(_TUFolder):
    """Graphs with labels, as TU Dortmund publishes them, each with an input "feat".

    Arguments: `name`; `use_pandas`, without effect; `hidden_size`, width of "feat" where the files
    have neither labels nor attributes of nodes; `max_allow_node`, the largest number of nodes of a
    graph that is kept; the others are those of `DGLBuiltinDataset`. An item is (graph, label `[]`
    int64); labels are those in the files less their smallest.

    `ndata`: "feat" `[nodes, width]` float32: attributes, else labels one-hot, else ones.

    Source: dgl.data.LegacyTUDataset
    """

    def __init__(
        self,
        name: str,
        use_pandas: bool = False,
        hidden_size: int = 10,
        max_allow_node: int | None = None,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = False,
        transform: Transform | None = None,
    ) -> None:
        self.hidden_size = hidden_size
        self.max_allow_node = max_allow_node
        self.use_pandas = use_pandas
        super().__init__(
            name,
            url=_URL.format(name),
            raw_dir=raw_dir,
            hash_key=(name, use_pandas, hidden_size, max_allow_node),
            force_reload=force_reload,
            verbose=verbose,
            transform=transform,
        )

    def process(self) -> None:
        """Reads the files."""
        graphs, _ = self._read()
        labels = loadtxt(self._file_path("graph_labels"), ",", np.int64)[:, 0]
        labels = torch.from_numpy(labels - labels.min())
        self.num_labels = int(labels.max()) + 1
        self.data_mode = self._set_features(graphs)
        if self.max_allow_node:
            kept = [i for i, g in enumerate(graphs) if g.num_nodes() <= self.max_allow_node]
            graphs, labels = [graphs[i] for i in kept], labels[kept]
            self.max_num_node = self.max_allow_node
        self.graphs, self.labels = graphs, labels

    def _set_features(self, graphs: list[DGLGraph]) -> str:
        """Sets "feat" and drops the other columns; says where it comes from."""
        first = graphs[0].ndata
        mode = "node_attr" if "node_attr" in first else "node_label"
        if mode == "node_label" and "node_labels" not in first:
            mode = "constant"
        width = 1 + max(
            (int(g.ndata["node_labels"].max()) for g in graphs if mode == "node_label"), default=0
        )
        for graph in graphs:
            data = graph.ndata
            if mode == "node_attr":
                feat = data["node_attr"]
            elif mode == "node_label":
                feat = torch.nn.functional.one_hot(data["node_labels"][:, 0], width).float()
            else:
                feat = torch.ones(graph.num_nodes(), self.hidden_size)
            for views in (graph.ndata, graph.edata):
                for name in list(views.keys()):
                    views.pop(name)
            graph.ndata["feat"] = feat
        return mode
