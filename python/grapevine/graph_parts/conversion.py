"""Formats, id types, devices, copies, slices by relation and pickling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from ..base import SLICE_FULL, DGLError
from ..metagraph import Metagraph, in_order, metagraph_of
from ..utils.checks import check_valid_idtype
from .mutation import MutationPart

if TYPE_CHECKING:
    from typing_extensions import Self


class ConversionPart(MutationPart):
    """Graphs made of this one that have the same nodes and edges, and slices of it."""

    def _like(self, c_graph: _C.Graph) -> Self:
        """This graph with another C++ graph of the same types."""
        result = object.__new__(type(self))
        result._graph = c_graph
        result._meta = self._meta
        result._placeholders = {key: dict(value) for key, value in self._placeholders.items()}
        result._initializers = dict(self._initializers)
        result._order = {key: dict(names) for key, names in self._order.items()}
        return result

    # ---- id types and devices
    @property
    def idtype(self) -> torch.dtype:
        """`torch.int64` or `torch.int32`."""
        return self._graph.idtype()

    @property
    def device(self) -> torch.device:
        """Where structure and features are."""
        return self._graph.device()

    def astype(self, idtype: torch.dtype | None) -> Self:
        """This graph with ids of a type; features are shared."""
        check_valid_idtype(idtype)
        if idtype is None or idtype == self.idtype:
            return self
        graph = self._graph
        return self._like(graph.to_int32() if idtype == torch.int32 else graph.to_int64())

    def int(self) -> Self:
        """This graph with ids of 32 bits."""
        return self.astype(torch.int32)

    def long(self) -> Self:
        """This graph with ids of 64 bits."""
        return self.astype(torch.int64)

    def to(self, device: Any, **kwargs: Any) -> Self:
        """This graph on a device, features included; `non_blocking=True` as for tensors."""
        if device is None:
            return self
        target = torch.device(device)
        if target.type == "cuda" and target.index is None:
            target = torch.device("cuda", torch.cuda.current_device())
        if target == self.device:
            return self
        return self._like(self._graph.to(target, bool(kwargs.get("non_blocking", False))))

    def cpu(self) -> Self:
        """This graph on the CPU."""
        return self.to("cpu")

    def cuda(self) -> Self:
        """This graph on the current CUDA device."""
        return self.to("cuda")

    def materialize_data(self) -> Self:
        """Gathers all features that have not been read yet."""
        for frame in self._graph.frames():
            for name in frame.names():
                frame.get(name)
        return self

    def pin_memory_(self) -> Self:
        """Puts features into page-locked memory. Raises `DGLError` off the CPU."""
        if self.device.type != "cpu":
            raise DGLError("The graph structure must be on CPU to be pinned.")
        for frame in self._graph.frames():
            for name in frame.names():
                frame.set(name, frame.get(name).pin_memory())
        return self

    def unpin_memory_(self) -> Self:
        """Nothing: page-locked memory is freed with its tensors."""
        return self

    def is_pinned(self) -> bool:
        """Whether operators on a GPU read the structure from the CPU's memory; never."""
        return False

    def record_stream(self, stream: torch.cuda.Stream) -> Self:
        """Tells the allocator that a stream uses the features. Raises `DGLError` off the GPU."""
        if self.device.type != "cuda":
            raise DGLError("The graph must be on GPU to be recorded.")
        for frame in self._graph.frames():
            for name in frame.names():
                frame.get(name).record_stream(stream)
        return self

    # ---- formats
    def _with_format(self, name: str) -> _C.Graph:
        """The C++ graph, or if it may not make a format, one like it that may."""
        if name in self._graph.allowed_formats():
            return self._graph
        return _C.unrestricted(self._graph)

    def formats(self, formats: str | list[str] | None = None) -> dict[str, list[str]] | Self:
        """Which of "coo", "csr" and "csc" exist; or this graph with no others than these."""
        if formats is None:
            created, not_created = self._graph.formats()
            return {"created": created, "not created": not_created}
        names = [formats] if isinstance(formats, str) else list(formats)
        return self._like(self._graph.restrict_formats(names))

    def create_formats_(self) -> None:
        """Makes every allowed format now."""
        self._graph.create_formats_()

    # ---- copies
    def __copy__(self) -> Self:
        return self._like(self._graph.handle())

    def clone(self) -> Self:
        """This graph with structure and features of its own; tensors are shared."""
        return self._like(self._graph.clone())

    def __getstate__(self) -> dict[str, Any]:
        graph, meta = self._graph, self._meta
        is_batch = graph.is_batch()
        return {
            "is_block": meta.is_block,
            "ntypes": meta.ntypes,
            "etypes": meta.canonical_etypes,
            "num_src": {name: self._node_frame(i).num_rows for name, i in _sides(meta)[0]},
            "num_dst": {name: self._node_frame(i).num_rows for name, i in _sides(meta)[1]},
            "relations": {etype: graph.relation_formats(etype) for etype in meta.canonical_etypes},
            "formats": graph.allowed_formats(),
            "idtype": self.idtype,
            "device": self.device,
            "frames": [{k: frame.get(k) for k in frame.names()} for frame in graph.frames()],
            "placeholders": self._placeholders,
            "initializers": self._initializers,
            "order": self._order,
            "batch_num_nodes": {n: graph.batch_num_nodes(n) for n in meta.ntypes * is_batch},
            "batch_num_edges": {
                e: graph.batch_num_edges(e) for e in meta.canonical_etypes * is_batch
            },
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        num_dst = state["num_dst"] if state["is_block"] else None
        graph = _C.from_parts(
            state["relations"], state["num_src"], num_dst, state["idtype"], state["device"]
        )
        if len(state["formats"]) < 3 and state["relations"]:
            graph = graph.restrict_formats(state["formats"])
        for frame, columns in zip(graph.frames(), state["frames"]):
            for name, column in columns.items():
                frame.set(name, column)
        self._graph = graph
        self._meta = in_order(metagraph_of(graph), state["ntypes"], state["etypes"])
        self._placeholders = state["placeholders"]
        self._initializers = state["initializers"]
        self._order = state["order"]
        if state["batch_num_nodes"]:
            graph.set_batch_num_nodes(state["batch_num_nodes"])
            graph.set_batch_num_edges(state["batch_num_edges"])

    # ---- slices
    def __getitem__(self, key: Any) -> Self:
        """The graph of one relation, whose features are this graph's, or of several as one.

        `g["follows"]`, `g["user", "follows", "user"]`, `g["user", :, "item"]`.
        """
        parts = key if isinstance(key, tuple) else (SLICE_FULL, key, SLICE_FULL)
        if len(parts) != 3:
            raise DGLError(
                "Invalid slice syntax. Use G['etype'] or G['srctype', 'etype', 'dsttype'] "
                "to get view of one relation type. Use : to slice multiple types (e.g. "
                "G['srctype', :, 'dsttype'])."
            )
        found = [
            etype
            for etype in self.canonical_etypes
            if all(part == SLICE_FULL or part == name for part, name in zip(parts, etype))
        ]
        if not found:
            raise DGLError(f'Invalid key "{key}". Must be one of the edge types.')
        if len(found) > 1:
            from ..flatten import flatten

            return flatten(self, found)
        (etype,) = found
        graph = self._graph[etype]
        result = self._like(graph)
        meta = metagraph_of(graph)
        order = meta.ntypes if self.is_block else list(dict.fromkeys((etype[0], etype[2])))
        result._meta = in_order(meta, order)
        result._placeholders = {}
        result._initializers = {}
        result._order = {}
        return result


def _sides(meta: Metagraph) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """(type, id) of source and of destination types; the same without a block."""
    if meta.is_block:
        return list(meta.src_ids.items()), list(meta.dst_ids.items())
    types = [(name, i) for i, name in enumerate(meta.ntypes)]
    return types, types
