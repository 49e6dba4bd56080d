"""What `g.nodes`, `g.edges`, `g.ndata` and their kin are: features as dictionaries of tensors."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, MutableMapping
from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from .base import ALL, SLICE_FULL, DGLError
from .frame import LazyFeature

if TYPE_CHECKING:
    from .heterograph import DGLGraph

__all__ = ["HeteroEdgeDataView", "HeteroEdgeView", "HeteroNodeDataView", "HeteroNodeView"]


class NodeSpace(NamedTuple):
    """Some nodes: `g.nodes[ids]`."""

    data: HeteroNodeDataView


class EdgeSpace(NamedTuple):
    """Some edges: `g.edges[ids]`."""

    data: HeteroEdgeDataView


def _check_full(key: slice) -> None:
    if key != SLICE_FULL:
        raise DGLError('Currently only full slice ":" is supported')


class HeteroNodeView:
    """`g.nodes`: ids when called, features of some nodes or of a type when indexed."""

    __slots__ = ["_graph", "_typeid_getter"]

    def __init__(self, graph: DGLGraph, typeid_getter: Callable[[str | None], int]) -> None:
        self._graph = graph
        self._typeid_getter = typeid_getter

    def __getitem__(self, key: Any) -> NodeSpace:
        nodes, ntype = key, None
        if isinstance(key, slice):
            _check_full(key)
            nodes = ALL
        elif isinstance(key, tuple):
            nodes, ntype = key
        elif key is None or isinstance(key, str):
            nodes, ntype = ALL, key
        ntid = self._typeid_getter(ntype)
        return NodeSpace(HeteroNodeDataView(self._graph, ntype, ntid, nodes))

    def __call__(self, ntype: str | None = None) -> torch.Tensor:
        """Ids `0 .. num_nodes - 1` of a type."""
        graph = self._graph
        count = graph._node_frame(self._typeid_getter(ntype)).num_rows
        return torch.arange(count, dtype=graph.idtype, device=graph.device)


class HeteroEdgeView:
    """`g.edges`: endpoints when called, features of some edges or of a relation when indexed."""

    __slots__ = ["_graph"]

    def __init__(self, graph: DGLGraph) -> None:
        self._graph = graph

    def __getitem__(self, key: Any) -> EdgeSpace:
        edges, etype = key, None
        if isinstance(key, slice):
            _check_full(key)
            edges = ALL
        elif key is None:
            edges = ALL
        elif isinstance(key, str) or (isinstance(key, tuple) and len(key) == 3):
            edges, etype = ALL, key
        return EdgeSpace(HeteroEdgeDataView(self._graph, etype, edges))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """`DGLGraph.all_edges`."""
        return self._graph.all_edges(*args, **kwargs)


class _DataView(MutableMapping):
    """Features of one type, or of several: then values are dictionaries by type."""

    __slots__ = ["_graph", "_id", "_rows", "_type"]
    _several = ""

    def __init__(self, graph: DGLGraph, type_: Any, id_: Any, rows: Any) -> None:
        self._graph = graph
        self._type = type_
        self._id = id_
        self._rows = rows

    def _read(self, id_: int) -> MutableMapping:
        raise NotImplementedError

    def _write(self, id_: int, key: str, value: Any) -> None:
        raise NotImplementedError

    def _remove(self, id_: int, key: str) -> None:
        raise NotImplementedError

    def _id_of(self, type_: Any) -> int:
        raise NotImplementedError

    @property
    def _is_several(self) -> bool:
        return isinstance(self._type, list)

    def __getitem__(self, key: str) -> Any:
        if not self._is_several:
            return self._read(self._id)[key]
        found = {}
        for type_, id_ in zip(self._type, self._id):
            features = self._read(id_)
            if key in features:
                found[type_] = features[key]
        return found

    def __setitem__(self, key: str, val: Any) -> None:
        if self._is_several:
            assert isinstance(val, dict), self._several
            for type_, data in val.items():
                self._write(self._id_of(type_), key, data)
        else:
            assert not isinstance(val, dict), (
                f"The {type(self).__name__} has only one type. please pass a tensor directly"
            )
            self._write(self._id, key, val)

    def __delitem__(self, key: str) -> None:
        if not self._is_several:
            self._remove(self._id, key)
            return
        for id_ in self._id:
            if key in self._read(id_):
                self._remove(id_, key)

    def _transpose(self) -> MutableMapping:
        if not self._is_several:
            return self._read(self._id)
        result: dict[str, dict] = defaultdict(dict)
        for type_, id_ in zip(self._type, self._id):
            for key, value in self._read(id_).items():
                result[key][type_] = value
        return result

    def __contains__(self, key: object) -> bool:
        return key in self._transpose()

    def __len__(self) -> int:
        return len(self._transpose())

    def __iter__(self) -> Iterator[str]:
        return iter(self._transpose())

    def keys(self) -> Any:
        """Names of the features."""
        return self._transpose().keys()

    def values(self) -> Any:
        """The features."""
        return self._transpose().values()

    def __repr__(self) -> str:
        features = self._transpose()
        return repr(features if self._is_several else dict(features))


class HeteroNodeDataView(_DataView):
    """Features of nodes: `g.ndata`, `g.nodes[...].data`. Reads and writes like a dictionary."""

    __slots__ = ()
    _several = (
        "Current HeteroNodeDataView has multiple node types, please passing the node type and the "
        "corresponding data through a dict."
    )

    def _read(self, id_: int) -> MutableMapping:
        return self._graph._get_n_repr(id_, self._rows)

    def _write(self, id_: int, key: str, value: Any) -> None:
        if isinstance(value, LazyFeature):
            self._graph._set_placeholder("node", id_, key, value)
        else:
            self._graph._set_n_repr(id_, self._rows, {key: value})

    def _remove(self, id_: int, key: str) -> None:
        self._graph._pop_n_repr(id_, key)

    def _id_of(self, type_: str) -> int:
        if type_ in self._type:
            return self._id[self._type.index(type_)]
        return self._graph.get_ntype_id(type_)


class HeteroEdgeDataView(_DataView):
    """Features of edges: `g.edata`, `g.edges[...].data`. Reads and writes like a dictionary."""

    __slots__ = ()
    _several = (
        "Current HeteroEdgeDataView has multiple edge types, please pass the edge type and the "
        "corresponding data through a dict."
    )

    def __init__(self, graph: DGLGraph, etype: Any, edges: Any) -> None:
        several = isinstance(etype, list)
        id_ = [graph.get_etype_id(t) for t in etype] if several else graph.get_etype_id(etype)
        super().__init__(graph, etype, id_, edges)

    def _read(self, id_: int) -> MutableMapping:
        return self._graph._get_e_repr(id_, self._rows)

    def _write(self, id_: int, key: str, value: Any) -> None:
        if isinstance(value, LazyFeature):
            self._graph._set_placeholder("edge", id_, key, value)
        else:
            self._graph._set_e_repr(id_, self._rows, {key: value})

    def _remove(self, id_: int, key: str) -> None:
        self._graph._pop_e_repr(id_, key)

    def _id_of(self, type_: Any) -> int:
        return self._graph.get_etype_id(type_)


class FrameRows(MutableMapping):
    """Features of some rows of a frame, or of all: what views read. Not stored anywhere."""

    __slots__ = ["_frame", "_names", "_placeholders", "_rows"]

    def __init__(self, graph: DGLGraph, kind: str, id_: int, rows: torch.Tensor | None) -> None:
        self._frame = graph._node_frame(id_) if kind == "node" else graph._edge_frame(id_)
        self._names = lambda: graph._names(kind, id_, self._frame)
        self._rows = rows
        self._placeholders = graph._placeholders_of(kind, id_)

    def __getitem__(self, key: str) -> Any:
        if key in self._placeholders:
            return self._placeholders[key]
        column = self._frame.get(key)
        return column if self._rows is None else column.index_select(0, self._rows)

    def __setitem__(self, key: str, value: torch.Tensor) -> None:
        self._frame.set(key, value)

    def __delitem__(self, key: str) -> None:
        if self._placeholders.pop(key, None) is None:
            self._frame.erase(key)

    def __contains__(self, key: object) -> bool:
        return key in self._placeholders or (isinstance(key, str) and key in self._frame)

    def __iter__(self) -> Iterator[str]:
        names = self._names()
        return iter([*names, *(name for name in self._placeholders if name not in names)])

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))
