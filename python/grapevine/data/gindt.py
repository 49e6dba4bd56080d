"""The data sets of the paper on graph isomorphism networks (Xu et al., 2019)."""

from __future__ import annotations

import os

import torch

from .. import _C
from ..base import DGLError
from ..heterograph import DGLGraph
from .dgl_dataset import DGLBuiltinDataset, LabelledGraphsDataset, Transform
from .download import download, extract_archive

__all__ = ["GINDataset"]

_URL = "https://raw.githubusercontent.com/weihua916/powerful-gnns/master/dataset.zip"


class GINDataset(LabelledGraphsDataset, DGLBuiltinDataset):
    """Graphs with labels: MUTAG, COLLAB, IMDBBINARY, IMDBMULTI, NCI1, PROTEINS, PTC, ...

    The file `GINDataset/dataset/NAME/NAME.txt` is expected in `raw_dir`; no cache is kept.
    Arguments: `name`; `self_loop`, whether each node gets an edge to itself; `degree_as_nlabel`,
    whether in-degrees take the place of node labels; the others are those of `DGLBuiltinDataset`.

    An item is (graph, label); `ndata`: "label" `[nodes]` int64, "attr" `[nodes, width]` float32,
    the attributes or the labels one-hot.

    Source: dgl.data.GINDataset
    """

    def __init__(
        self,
        name: str,
        self_loop: bool,
        degree_as_nlabel: bool = False,
        raw_dir: str | None = None,
        force_reload: bool = False,
        verbose: bool = False,
        transform: Transform | None = None,
    ) -> None:
        self.self_loop = self_loop
        self.degree_as_nlabel = degree_as_nlabel
        super().__init__(
            name,
            url=_URL,
            raw_dir=raw_dir,
            hash_key=(name, self_loop, degree_as_nlabel),
            force_reload=force_reload,
            verbose=verbose,
            transform=transform,
        )

    @property
    def raw_path(self) -> str:
        """Folder of all data sets of the paper."""
        return os.path.join(self.raw_dir, "GINDataset")

    @property
    def file(self) -> str:
        """The file that is read."""
        return os.path.join(self.raw_path, "dataset", self.name, f"{self.name}.txt")

    def download(self) -> None:
        """Downloads the zip file of all data sets of the paper and unpacks it."""
        archive = os.path.join(self.raw_dir, "GINDataset.zip")
        try:
            download(_URL, path=archive)
        except DGLError as error:
            raise DGLError(f"[GINDataset] expected {self.file}; {error}.") from None
        extract_archive(archive, self.raw_path)

    def process(self) -> None:
        """Reads the file."""
        if not os.path.exists(self.file):
            raise DGLError(f"[GINDataset] expected {self.file}, which is not there.")
        graphs, self.labels, self.gclasses = _C.read_tu_text(
            self.file, self_loop=self.self_loop, degree_as_label=self.degree_as_nlabel
        )
        self.graphs = [DGLGraph._wrap(graph) for graph in graphs]
        graph_labels, node_labels = _C.tu_text_labels(self.file)
        self.glabel_dict = {label: number for number, label in enumerate(graph_labels)}
        self.nlabel_dict = {label: number for number, label in enumerate(node_labels)}
        self.elabel_dict: dict[int, int] = {}
        self.ndegree_dict: dict[int, int] = {}
        if "attr" not in self.graphs[0].ndata:
            self._encode_labels()
        self.N = len(self.graphs)
        self.n = sum(graph.num_nodes() for graph in self.graphs)
        self.m = sum(graph.num_edges() for graph in self.graphs)
        self.nclasses = len(self.nlabel_dict)
        self.eclasses = 0
        self.dim_nfeats = self.graphs[0].ndata["attr"].shape[1]
        if self.verbose:
            self._print_statistics()

    def _encode_labels(self) -> None:
        """Sets "attr" to "label" one-hot, with DGL's columns.

        Those are the numbers that the file's labels got, looked up by label, if the values are
        0, 1, ... and all of them stand in the file as labels, too; otherwise one for each value,
        in the order in which Python keeps a set of them.
        """
        values: set[int] = set()
        for graph in self.graphs:
            values = values.union(set(graph.ndata["label"].tolist()))
        contiguous = len(values) == max(values) + 1 and min(values) == 0
        if contiguous and values <= self.nlabel_dict.keys():
            columns = self.nlabel_dict
        else:
            columns = {value: column for column, value in enumerate(values)}
        column_of = torch.zeros(max(values) + 1, dtype=torch.int64)
        for value in values:
            column_of[value] = columns[value]
        for graph in self.graphs:
            chosen = column_of[graph.ndata["label"]]
            graph.ndata["attr"] = torch.nn.functional.one_hot(chosen, len(columns)).float()

    def _print_statistics(self) -> None:
        print("-------- Data Statistics --------")
        for what, value in (
            ("#Graphs", self.N),
            ("#Graph Classes", self.gclasses),
            ("#Nodes", self.n),
            ("#Node Classes", self.nclasses),
            ("#Node Features Dim", self.dim_nfeats),
            ("#Edges", self.m),
            ("#Edge Classes", self.eclasses),
            ("Avg. of #Nodes", f"{self.n / self.N:.2f}"),
            ("Avg. of #Edges", f"{self.m / self.N:.2f}"),
            ("Graph Relabeled", self.glabel_dict),
            ("Node Relabeled", self.nlabel_dict),
        ):
            print(f"{what}: {value}")

    @property
    def num_classes(self) -> int:
        """Labels are below it."""
        return self.gclasses
