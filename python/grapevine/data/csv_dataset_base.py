"""Tables of nodes, edges and graphs in CSV files, and graphs of them."""

from __future__ import annotations

import ast
import dataclasses
import os
import warnings
from typing import Any, Callable, Iterable, get_type_hints

import numpy as np
import torch

from ..base import DGLError
from ..convert import heterograph
from ..heterograph import DGLGraph

Columns = dict[str, np.ndarray]
Parser = Callable[[Any], Columns]


@dataclasses.dataclass
class MetaNode:
    """What `meta.yaml` says of a file of nodes."""

    file_name: str
    ntype: str = "_V"
    graph_id_field: str = "graph_id"
    node_id_field: str = "node_id"


@dataclasses.dataclass
class MetaEdge:
    """What `meta.yaml` says of a file of edges."""

    file_name: str
    etype: list[str] = dataclasses.field(default_factory=lambda: ["_V", "_E", "_V"])
    graph_id_field: str = "graph_id"
    src_id_field: str = "src_id"
    dst_id_field: str = "dst_id"


@dataclasses.dataclass
class MetaGraph:
    """What `meta.yaml` says of the file of graphs."""

    file_name: str
    graph_id_field: str = "graph_id"


@dataclasses.dataclass
class MetaYaml:
    """The contents of `meta.yaml`."""

    dataset_name: str
    node_data: list[MetaNode]
    edge_data: list[MetaEdge]
    graph_data: MetaGraph | None = None
    version: str = "1.0.0"
    separator: str = ","


def _parsed(kind: type, fields: Any, where: str) -> Any:
    """A dataclass from a mapping. `DGLError` for a missing field or one of the wrong type."""
    if not isinstance(fields, dict):
        raise DGLError(f"{where}: expected fields of {kind.__name__}, got {fields!r}.")
    types = get_type_hints(kind)
    known = {name: value for name, value in fields.items() if name in types and value is not None}
    for field in dataclasses.fields(kind):
        required = field.default is field.default_factory is dataclasses.MISSING
        if required and field.name not in known:
            raise DGLError(f"{where}: field {field.name!r} is missing.")
    for name, value in known.items():
        expected = {"etype": list, "node_data": list, "edge_data": list, "graph_data": dict}
        if not isinstance(value, expected.get(name, str)):
            raise DGLError(f"{where}: field {name!r} has a value of the wrong type: {value!r}.")
    return kind(**known)


def load_yaml_with_sanity_check(yaml_file: str) -> MetaYaml:
    """Reads `meta.yaml`. `DGLError` says what is missing, wrong or twice there."""
    import yaml

    with open(yaml_file, encoding="utf-8") as file:
        meta = _parsed(MetaYaml, yaml.safe_load(file), yaml_file)
    meta.node_data = [_parsed(MetaNode, node, yaml_file) for node in meta.node_data]
    meta.edge_data = [_parsed(MetaEdge, edge, yaml_file) for edge in meta.edge_data]
    if meta.graph_data is not None:
        meta.graph_data = _parsed(MetaGraph, meta.graph_data, yaml_file)
    if meta.version != "1.0.0":
        raise DGLError(f"{yaml_file}: CSVDataset version must be '1.0.0', got {meta.version!r}.")
    ntypes = [node.ntype for node in meta.node_data]
    etypes = [tuple(edge.etype) for edge in meta.edge_data]
    for what, names in (("node", ntypes), ("edge", etypes)):
        if len(names) > len(set(names)):
            raise DGLError(f"{yaml_file}: each file has its own {what} type, got {names}.")
    return meta


def _check_lengths(columns: dict[str, Any]) -> None:
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise DGLError(f"All columns of a table have one length, got {lengths}.")


def _tensor(data: Any) -> torch.Tensor:
    """A tensor; float64 becomes float32."""
    tensor = torch.as_tensor(np.array(data))
    return tensor.float() if tensor.dtype == torch.float64 else tensor


def _read(file_name: str, base_dir: str | None, separator: str) -> Any:
    import pandas as pd

    return pd.read_csv(os.path.join(base_dir or "", file_name), sep=separator)


def _pop(table: Any, field: str, what: str, file_name: str, required: bool = True) -> Any:
    """A column of ids, taken out of the table; None if it is not there and need not be."""
    if field in table:
        return table.pop(field).to_numpy()
    if required:
        raise DGLError(f"Missing {what} id field [{field}] in file [{file_name}].")
    return None


def _graph_ids(graph_id: Any, size: int) -> np.ndarray:
    return np.zeros(size, np.int64) if graph_id is None else np.array(graph_id)


class NodeData:
    """A table of nodes of one type: ids of any kind, columns, and the graph each belongs to."""

    def __init__(
        self, node_id: Any, data: Columns, type: str | None = None, graph_id: Any = None
    ) -> None:
        self.id = np.array(node_id)
        self.data = data
        self.type = "_V" if type is None else type
        self.graph_id = _graph_ids(graph_id, len(self.id))
        _check_lengths({"id": self.id, "graph_id": self.graph_id, **data})

    @staticmethod
    def load_from_csv(
        meta: MetaNode, data_parser: Parser, base_dir: str | None = None, separator: str = ","
    ) -> NodeData:
        """Reads the file that `meta` names. `DGLError` if the column of ids is missing."""
        table = _read(meta.file_name, base_dir, separator)
        ids = _pop(table, meta.node_id_field, "node", meta.file_name)
        graph_ids = _pop(table, meta.graph_id_field, "graph", meta.file_name, required=False)
        return NodeData(ids, data_parser(table), type=meta.ntype, graph_id=graph_ids)


class EdgeData:
    """A table of edges of one relation: ids of their nodes, columns, and the graph of each."""

    def __init__(
        self,
        src_id: Any,
        dst_id: Any,
        data: Columns,
        type: tuple[str, str, str] | None = None,
        graph_id: Any = None,
    ) -> None:
        self.src = np.array(src_id)
        self.dst = np.array(dst_id)
        self.data = data
        self.type = ("_V", "_E", "_V") if type is None else type
        self.graph_id = _graph_ids(graph_id, len(self.src))
        _check_lengths({"src": self.src, "dst": self.dst, "graph_id": self.graph_id, **data})

    @staticmethod
    def load_from_csv(
        meta: MetaEdge, data_parser: Parser, base_dir: str | None = None, separator: str = ","
    ) -> EdgeData:
        """Reads the file that `meta` names. `DGLError` if a column of ids is missing."""
        table = _read(meta.file_name, base_dir, separator)
        src = _pop(table, meta.src_id_field, "src", meta.file_name)
        dst = _pop(table, meta.dst_id_field, "dst", meta.file_name)
        graph_ids = _pop(table, meta.graph_id_field, "graph", meta.file_name, required=False)
        etype = tuple(meta.etype)
        return EdgeData(src, dst, data_parser(table), type=etype, graph_id=graph_ids)


class GraphData:
    """A table of graphs: ids, and columns such as labels."""

    def __init__(self, graph_id: Any, data: Columns) -> None:
        self.graph_id = np.array(graph_id)
        self.data = data
        _check_lengths({"graph_id": self.graph_id, **data})

    @staticmethod
    def load_from_csv(
        meta: MetaGraph, data_parser: Parser, base_dir: str | None = None, separator: str = ","
    ) -> GraphData:
        """Reads the file that `meta` names. `DGLError` if the column of ids is missing."""
        table = _read(meta.file_name, base_dir, separator)
        ids = _pop(table, meta.graph_id_field, "graph", meta.file_name)
        return GraphData(ids, data_parser(table))


class _GraphParts:
    """What one graph is made of: sorted node ids, edges as places in them, and columns of both."""

    def __init__(self) -> None:
        self.ids: dict[str, np.ndarray] = {}
        self.ndata: dict[str, dict[str, torch.Tensor]] = {}
        self.edges: dict[tuple[str, str, str], tuple[torch.Tensor, torch.Tensor]] = {}
        self.edata: dict[tuple[str, str, str], dict[str, torch.Tensor]] = {}

    def add_nodes(self, ntype: str, ids: np.ndarray, data: Columns) -> None:
        """Nodes are numbered in the order of their ids."""
        unique, places, counts = np.unique(ids, return_index=True, return_counts=True)
        if len(unique) < len(ids):
            raise DGLError(f"Node ids of one type are unique, but not {unique[counts > 1]}.")
        self.ids[ntype] = unique
        self.ndata[ntype] = {name: _tensor(column[places]) for name, column in data.items()}

    def add_edges(
        self, etype: tuple[str, str, str], src: np.ndarray, dst: np.ndarray, data: Columns
    ) -> None:
        """Edges keep their order."""
        self.edges[etype] = (self._places(etype[0], src), self._places(etype[2], dst))
        self.edata[etype] = {name: _tensor(column) for name, column in data.items()}

    def _places(self, ntype: str, ids: np.ndarray) -> torch.Tensor:
        known = self.ids.get(ntype, np.empty(0, np.int64))
        ids = ids.astype(known.dtype.type)
        places = np.minimum(np.searchsorted(known, ids), max(len(known) - 1, 0))
        found = known[places] == ids if len(known) else np.zeros(len(ids), bool)
        if not np.all(found):
            raise DGLError(f"Edges name nodes of type {ntype!r} that are not there: {ids[~found]}.")
        return torch.from_numpy(places)

    def graph(self) -> DGLGraph:
        """The graph."""
        edges = self.edges or {("_V", "_E", "_V"): ([], [])}
        counts = {ntype: len(ids) for ntype, ids in self.ids.items()}
        graph = heterograph(edges, num_nodes_dict=counts)
        for ntype, columns in self.ndata.items():
            graph.nodes[ntype].data.update(columns)
        for etype, columns in self.edata.items():
            graph.edges[etype].data.update(columns)
        return graph


def _by_graph(graph_id: np.ndarray) -> Iterable[tuple[Any, np.ndarray]]:
    """For each graph its id and the rows that belong to it, in their order."""
    order = np.argsort(graph_id, kind="stable")
    ids, starts = np.unique(graph_id[order], return_index=True)
    return zip(ids, np.split(order, starts[1:]))


class DGLGraphConstructor:
    """Makes graphs of tables."""

    @staticmethod
    def construct_graphs(
        node_data: NodeData | list[NodeData],
        edge_data: EdgeData | list[EdgeData],
        graph_data: GraphData | None = None,
    ) -> tuple[list[DGLGraph], dict[str, torch.Tensor]]:
        """The graphs in the order of the table of graphs, and its columns `[graphs, width]`.

        Without that table there is one graph. `DGLError` for node ids that are there twice, for
        edges of unknown nodes and for graphs that the table lacks.
        """
        parts: dict[Any, _GraphParts] = {}
        for nodes in node_data if isinstance(node_data, list) else [node_data]:
            for graph_id, rows in _by_graph(nodes.graph_id):
                columns = {name: column[rows] for name, column in nodes.data.items()}
                part = parts.setdefault(graph_id, _GraphParts())
                part.add_nodes(nodes.type, nodes.id[rows], columns)
        for edges in edge_data if isinstance(edge_data, list) else [edge_data]:
            for graph_id, rows in _by_graph(edges.graph_id):
                columns = {name: column[rows] for name, column in edges.data.items()}
                part = parts.setdefault(graph_id, _GraphParts())
                if edges.type in part.edges:
                    raise DGLError(f"Graph {graph_id} has two tables of edges {edges.type}.")
                part.add_edges(edges.type, edges.src[rows], edges.dst[rows], columns)
        if graph_data is None:
            graph_data = GraphData(np.zeros(1, np.int64), {})
        unlisted = np.setdiff1d(np.array(list(parts)), graph_data.graph_id)
        if len(unlisted) > 0:
            raise DGLError(f"The table of graphs lacks graphs that have nodes: {unlisted}.")
        graphs = [parts.get(graph_id, _GraphParts()).graph() for graph_id in graph_data.graph_id]
        columns = {
            name: _tensor(column).reshape(len(graphs), -1)
            for name, column in graph_data.data.items()
        }
        return graphs, columns


class DefaultDataParser:
    """Takes the columns as they are; text holds Python literals, such as lists of numbers.

    Source: dgl.data.csv_dataset_base.DefaultDataParser
    """

    def __call__(self, df: Any) -> Columns:
        """The columns of a pandas table, by name. Ignores those without a name, with a warning."""
        columns = {}
        for name in df:
            if "Unnamed" in name:
                warnings.warn("Unnamed column is found. Ignored...")
                continue
            column = df[name].to_numpy()
            if len(column) > 0 and isinstance(column[0], str):
                column = np.array([ast.literal_eval(text) for text in column])
            columns[name] = column
        return columns
