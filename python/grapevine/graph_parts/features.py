"""Features of nodes and edges, and what restores and fills them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from ..base import ALL, DGLError, is_all
from ..frame import LazyFeature, Scheme, schemes, write_rows
from ..init import zero_initializer
from ..metagraph import EtypeArg
from ..utils.checks import parse_edges_arg_to_eid, prepare_tensor
from ..view import (
    FrameRows,
    HeteroEdgeDataView,
    HeteroEdgeView,
    HeteroNodeDataView,
    HeteroNodeView,
)
from .queries import QueriesPart

if TYPE_CHECKING:
    from typing_extensions import Self

_NO_PLACEHOLDERS: dict[str, LazyFeature] = {}


class FeaturesPart(QueriesPart):
    """Views of features, initializers and local scopes.

    `_placeholders` has the `LazyFeature`s by ("node" or "edge", type id), `_initializers` the
    initializers by ("node" or "edge", type id, feature or None for all). `_order` has the names of
    features as they came, which the core sorts.
    """

    _placeholders: dict[tuple[str, int], dict[str, LazyFeature]]
    _initializers: dict[tuple[str, int, str | None], Callable]
    _order: dict[tuple[str, int], dict[str, None]]

    # ---- frames
    def _node_frame(self, ntid: int) -> _C.Frame:
        """The C++ frame of a node type."""
        meta = self._meta
        if not meta.is_block:
            return self._graph.node_frame(meta.ntypes[ntid])
        if ntid < len(meta.src_ids):
            return self._graph.src_frame(meta.ntypes[ntid])
        return self._graph.dst_frame(meta.ntypes[ntid])

    def _edge_frame(self, etid: int) -> _C.Frame:
        """The C++ frame of a relation."""
        return self._graph.edge_frame(self._meta.canonical_etypes[etid])

    @property
    def _node_frames(self) -> list[FrameRows]:
        return [self._get_n_repr(i, ALL) for i in range(len(self._meta.ntypes))]

    @property
    def _edge_frames(self) -> list[FrameRows]:
        return [self._get_e_repr(i, ALL) for i in range(len(self._meta.canonical_etypes))]

    # ---- views
    @property
    def nodes(self) -> HeteroNodeView:
        """`g.nodes(ntype)` gives ids, `g.nodes[ids or ntype].data` features."""
        return HeteroNodeView(self, self._meta.ntype_id)

    @property
    def srcnodes(self) -> HeteroNodeView:
        """`nodes` of source types."""
        return HeteroNodeView(self, self._meta.src_id)

    @property
    def dstnodes(self) -> HeteroNodeView:
        """`nodes` of destination types."""
        return HeteroNodeView(self, self._meta.dst_id)

    @property
    def edges(self) -> HeteroEdgeView:
        """`g.edges(...)` gives endpoints, `g.edges[ids or etype].data` features."""
        return HeteroEdgeView(self)

    @property
    def ndata(self) -> HeteroNodeDataView:
        """Features of all nodes by name: tensors `[num_nodes, *shape]`, by type if several."""
        return self._node_data(self._meta.ntypes, self._meta.ntype_id)

    @property
    def srcdata(self) -> HeteroNodeDataView:
        """Features of source nodes."""
        return self._node_data(self._meta.srctypes, self._meta.src_id)

    @property
    def dstdata(self) -> HeteroNodeDataView:
        """Features of destination nodes."""
        return self._node_data(self._meta.dsttypes, self._meta.dst_id)

    def _node_data(self, types: list[str], id_of: Callable[[str], int]) -> HeteroNodeDataView:
        if len(types) == 1:
            return HeteroNodeDataView(self, types[0], id_of(types[0]), ALL)
        ids = [id_of(name) for name in types]
        return HeteroNodeDataView(self, list(types), ids, ALL)

    @property
    def edata(self) -> HeteroEdgeDataView:
        """Features of all edges by name: tensors `[num_edges, *shape]`, by relation if several."""
        etypes = self._meta.canonical_etypes
        return HeteroEdgeDataView(self, None if len(etypes) == 1 else list(etypes), ALL)

    def node_attr_schemes(self, ntype: str | None = None) -> dict[str, Scheme]:
        """Shape and dtype of each feature of a node type."""
        return self._schemes("node", self._meta.ntype_id(ntype))

    def edge_attr_schemes(self, etype: EtypeArg = None) -> dict[str, Scheme]:
        """Shape and dtype of each feature of a relation."""
        return self._schemes("edge", self._meta.etype_id(etype))

    def _schemes(self, kind: str, id_: int) -> dict[str, Scheme]:
        frame = self._node_frame(id_) if kind == "node" else self._edge_frame(id_)
        found = schemes(frame)
        return {name: found[name] for name in self._names(kind, id_, frame)}

    def _names(self, kind: str, id_: int, frame: _C.Frame) -> list[str]:
        """The names of a frame's features in the order in which they came."""
        names = set(frame.names())
        order = self._order.setdefault((kind, id_), {})
        for name in [name for name in order if name not in names]:
            del order[name]
        order.update(dict.fromkeys(name for name in frame.names() if name not in order))
        return list(order)

    # ---- what views read and write
    def _get_n_repr(self, ntid: int, u: Any) -> FrameRows:
        rows = None if is_all(u) else prepare_tensor(self, u, "u")
        return FrameRows(self, "node", ntid, rows)

    def _get_e_repr(self, etid: int, edges: Any) -> FrameRows:
        rows = None if is_all(edges) else parse_edges_arg_to_eid(self, edges, etid, "edges")
        return FrameRows(self, "edge", etid, rows)

    def _set_n_repr(self, ntid: int, u: Any, data: Mapping[str, torch.Tensor]) -> None:
        rows = None if is_all(u) else prepare_tensor(self, u, "u")
        self._write("node", ntid, rows, data)

    def _set_e_repr(self, etid: int, edges: Any, data: Mapping[str, torch.Tensor]) -> None:
        rows = None if is_all(edges) else parse_edges_arg_to_eid(self, edges, etid, "edges")
        if not isinstance(data, Mapping):
            raise DGLError(f'Expect dictionary type for feature data. Got "{type(data)}" instead.')
        self._write("edge", etid, rows, data)

    def _write(
        self, kind: str, id_: int, rows: torch.Tensor | None, data: Mapping[str, torch.Tensor]
    ) -> None:
        frame = self._node_frame(id_) if kind == "node" else self._edge_frame(id_)
        count = frame.num_rows if rows is None else len(rows)
        for name, value in data.items():
            if not isinstance(value, torch.Tensor):
                raise AttributeError(f'{kind} feature "{name}" is no tensor but {type(value)}')
            if len(value) != count:
                where = "nodes (len(u))" if kind == "node" else "edges"
                raise DGLError(
                    f"Expect number of features to match number of {where}. "
                    f"Got {len(value):d} and {count:d} instead."
                )
            if value.device != self.device:
                raise DGLError(
                    f'Cannot assign {kind} feature "{name}" on device {value.device} to a graph on '
                    f"device {self.device}. Call DGLGraph.to() to copy the graph to the same "
                    "device."
                )
            self._names(kind, id_, frame)
            if rows is None:
                frame.set(name, value)
            else:
                write_rows(frame, rows, name, value, self._initializer(kind, id_, name))
            self._placeholders_of(kind, id_).pop(name, None)

    def _pop_n_repr(self, ntid: int, key: str) -> None:
        del self._get_n_repr(ntid, ALL)[key]

    def _pop_e_repr(self, etid: int, key: str) -> None:
        del self._get_e_repr(etid, ALL)[key]

    # ---- placeholders
    def _placeholders_of(self, kind: str, id_: int) -> dict[str, LazyFeature]:
        return self._placeholders.get((kind, id_), _NO_PLACEHOLDERS)

    def _set_placeholder(self, kind: str, id_: int, name: str, feature: LazyFeature) -> None:
        self._placeholders.setdefault((kind, id_), {})[name] = feature

    # ---- storages
    def get_node_storage(self, key: str, ntype: str | None = None) -> torch.Tensor:
        """A node feature as it is stored."""
        return self._get_n_repr(self._meta.ntype_id(ntype), ALL)[key]

    def get_edge_storage(self, key: str, etype: EtypeArg = None) -> torch.Tensor:
        """An edge feature as it is stored."""
        return self._get_e_repr(self._meta.etype_id(etype), ALL)[key]

    # ---- initializers
    def set_n_initializer(
        self, initializer: Callable, field: str | None = None, ntype: str | None = None
    ) -> None:
        """Says what new nodes get: `initializer(shape, dtype, device, id_range)`, by default 0."""
        self._initializers["node", self._meta.ntype_id(ntype), field] = initializer

    def set_e_initializer(
        self, initializer: Callable, field: str | None = None, etype: EtypeArg = None
    ) -> None:
        """Says what new edges get: `initializer(shape, dtype, device, id_range)`, by default 0."""
        self._initializers["edge", self._meta.etype_id(etype), field] = initializer

    def _initializer(self, kind: str, id_: int, name: str) -> Callable:
        found = self._initializers.get((kind, id_, name))
        return found or self._initializers.get((kind, id_, None), zero_initializer)

    # ---- scopes
    @contextmanager
    def local_scope(self) -> Iterator[None]:
        """Until the block ends, features set, replaced or removed are undone at its end.

        Writes into a tensor stay.
        """
        saved = _C.save_columns(self._graph.frames())
        placeholders = {key: dict(value) for key, value in self._placeholders.items()}
        order = {key: dict(names) for key, names in self._order.items()}
        try:
            yield
        finally:
            saved.restore()
            self._placeholders = placeholders
            self._order = order

    def local_var(self) -> Self:
        """This graph with features of its own; tensors are shared."""
        return self.clone()
