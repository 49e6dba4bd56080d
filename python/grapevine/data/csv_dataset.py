"""Data sets in CSV files."""

from __future__ import annotations

import os
from typing import Any, Callable

import torch

from ..base import DGLError
from .csv_dataset_base import (
    DefaultDataParser,
    DGLGraphConstructor,
    EdgeData,
    GraphData,
    NodeData,
    Parser,
    load_yaml_with_sanity_check,
)
from .dgl_dataset import DGLDataset, Transform
from .graph_serialize import load_graphs, save_graphs
from .split import Subset

__all__ = ["CSVDataset"]


class CSVDataset(DGLDataset):
    """Graphs in CSV files of nodes, edges and graphs, which a `meta.yaml` names. Needs pandas.

    Arguments: `data_path`, the folder; `ndata_parser` and `edata_parser`, functions from a pandas
    table to columns by name, one for all or by type; `gdata_parser`, likewise for graphs; the
    others are those of `DGLDataset`. An item is a graph, (graph, label) with one column of graphs,
    or (graph, columns by name) with several. What was read is kept in a cache. `DGLError` says
    what is wrong with the files.

    Source: dgl.data.CSVDataset
    """

    META_YAML_NAME = "meta.yaml"

    def __init__(
        self,
        data_path: str,
        force_reload: bool = False,
        verbose: bool = True,
        ndata_parser: Parser | dict[str, Parser] | None = None,
        edata_parser: Parser | dict[tuple[str, str, str], Parser] | None = None,
        gdata_parser: Parser | None = None,
        transform: Transform | None = None,
    ) -> None:
        self.graphs: Any = None
        self.data: Any = None
        self.ndata_parser = {} if ndata_parser is None else ndata_parser
        self.edata_parser = {} if edata_parser is None else edata_parser
        self.gdata_parser = gdata_parser
        self.default_data_parser = DefaultDataParser()
        path = os.path.join(data_path, self.META_YAML_NAME)
        if not os.path.exists(path):
            raise DGLError(f"'{self.META_YAML_NAME}' cannot be found under {data_path}.")
        self.meta_yaml = load_yaml_with_sanity_check(path)
        super().__init__(
            self.meta_yaml.dataset_name,
            raw_dir=os.path.dirname(path),
            force_reload=force_reload,
            verbose=verbose,
            transform=transform,
        )

    def _download(self) -> None:
        """The files are there."""

    def process(self) -> None:
        """Reads the files and makes the graphs."""
        meta = self.meta_yaml
        where = {"base_dir": self.raw_dir, "separator": meta.separator}
        nodes = [
            NodeData.load_from_csv(node, self._parser(self.ndata_parser, node.ntype), **where)
            for node in meta.node_data
        ]
        edges = [
            EdgeData.load_from_csv(
                edge, self._parser(self.edata_parser, tuple(edge.etype)), **where
            )
            for edge in meta.edge_data
        ]
        graphs = None
        if meta.graph_data is not None:
            parser = self.gdata_parser or self.default_data_parser
            graphs = GraphData.load_from_csv(meta.graph_data, parser, **where)
        self.graphs, self.data = DGLGraphConstructor.construct_graphs(nodes, edges, graphs)
        self._set_labels()

    def _parser(self, parsers: Any, key: Any) -> Callable[[Any], Any]:
        return parsers if callable(parsers) else parsers.get(key, self.default_data_parser)

    def _set_labels(self) -> None:
        if len(self.data) == 1:
            self.labels = next(iter(self.data.values()))

    @property
    def _graph_path(self) -> str:
        return os.path.join(self.save_path, self.name + ".bin")

    def has_cache(self) -> bool:
        """Whether the graphs have been saved."""
        return os.path.exists(self._graph_path)

    def save(self) -> None:
        """Writes the graphs. `DGLError` if there are none."""
        if self.graphs is None:
            raise DGLError("No graphs available in dataset")
        save_graphs(self._graph_path, self.graphs, labels=self.data)

    def load(self) -> None:
        """Reads the graphs that were saved."""
        self.graphs, self.data = load_graphs(self._graph_path)
        self._set_labels()

    def __getitem__(self, i: Any) -> Any:
        """The item at an index; a `Subset` for a vector of indices."""
        if isinstance(i, torch.Tensor) and i.dim() == 1:
            return Subset(self, i.cpu())
        graph = self._transformed(self.graphs[i])
        if len(self.data) == 1:
            return graph, self.labels[i]
        if self.data:
            return graph, {name: column[i] for name, column in self.data.items()}
        return graph

    def __len__(self) -> int:
        return len(self.graphs)
