"""Adding and removing nodes and edges in place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ..init import zero_initializer
from ..metagraph import EtypeArg
from ..utils.checks import prepare_tensor
from .messages import MessagesPart


class MutationPart(MessagesPart):
    """Changes of structure: `_graph` is replaced by a changed graph."""

    def add_nodes(
        self, num: int, data: Mapping[str, torch.Tensor] | None = None, ntype: str | None = None
    ) -> None:
        """Adds `num` nodes of a type with the features `data` `[num, *shape]`, others are 0."""
        ntid = self._meta.ntype_id(ntype)
        if num == 0:
            return
        assert num > 0, "Number of new nodes should be larger than one."
        before = [self._node_frame(ntid).num_rows]
        graph = self._graph.handle()
        graph.add_nodes(num, dict(data or {}), self.ntypes[ntid])
        self._graph = graph
        self._fill("node", [ntid], before, [data or {}])

    def add_edges(
        self, u: Any, v: Any, data: Mapping[str, torch.Tensor] | None = None, etype: EtypeArg = None
    ) -> None:
        """Adds edges from u[i] to v[i], and the nodes that they name and that do not exist.

        One of both may be a single node, which stands for all. `data` has features
        `[num_new_edges, *shape]`, others are 0.
        """
        relation = self._meta.relation(etype)
        src, dst = prepare_tensor(self, u, "u"), prepare_tensor(self, v, "v")
        if len(src) == 0 or len(dst) == 0:
            return
        assert len(src) == len(dst) or len(src) == 1 or len(dst) == 1, (
            "The number of source nodes and the number of destination nodes should be same, "
            "or either the number of source nodes or the number of destination nodes is 1."
        )
        ends = sorted({self._meta.src_id(relation[0]), self._meta.dst_id(relation[2])})
        nodes = [self._node_frame(i).num_rows for i in ends]
        edges = self._graph.num_edges(relation)
        graph = self._graph.handle()
        graph.add_edges(src, dst, dict(data or {}), relation)
        self._graph = graph
        self._fill("node", ends, nodes, [{}] * len(ends))
        self._fill("edge", [self._meta.etype_ids[relation]], [edges], [data or {}])

    def remove_nodes(self, nids: Any, ntype: str | None = None, store_ids: bool = False) -> None:
        """Removes nodes of a type and their edges; the others are numbered anew, in order.

        With `store_ids`, `NID` and `EID` hold the old ids.
        """
        ntid = self._meta.ntype_id(ntype)
        ids = prepare_tensor(self, nids, "u")
        if len(ids) == 0:
            return
        count = self._node_frame(ntid).num_rows
        assert int(ids.max()) < count, (
            f"The input nids {int(ids.max())} is out of the range [0:{count})"
        )
        graph = self._graph.handle()
        graph.remove_nodes(ids, self.ntypes[ntid], store_ids)
        self._graph = graph

    def remove_edges(self, eids: Any, etype: EtypeArg = None, store_ids: bool = False) -> None:
        """Removes edges of a relation; the others are numbered anew, in order.

        With `store_ids`, `EID` holds the old ids.
        """
        relation = self._meta.relation(etype)
        ids = prepare_tensor(self, eids, "u")
        if len(ids) == 0:
            return
        count = self._graph.num_edges(relation)
        assert int(ids.max()) < count, (
            f"The input eid {int(ids.max())} is out of the range [0:{count})"
        )
        graph = self._graph.handle()
        graph.remove_edges(ids, relation, store_ids)
        self._graph = graph

    def _fill(self, kind: str, ids: list[int], before: list[int], given: list[Mapping]) -> None:
        """Replaces the zeros of new rows by what the user's initializers give."""
        if not self._initializers:
            return
        for id_, old, data in zip(ids, before, given):
            frame = self._node_frame(id_) if kind == "node" else self._edge_frame(id_)
            for name in frame.names():
                initializer = self._initializer(kind, id_, name)
                if initializer is zero_initializer or name in data or frame.num_rows == old:
                    continue
                column = frame.get(name)
                shape = (frame.num_rows - old, *column.shape[1:])
                rows = slice(old, frame.num_rows)
                new = initializer(shape, column.dtype, column.device, rows)
                frame.set(name, torch.cat([column[:old], new]))
