"""Questions about the structure of a graph."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import torch

from ..base import ALL, DGLError, is_all
from ..metagraph import CanonicalEtype, EtypeArg
from ..utils.checks import prepare_tensor
from .types import TypesPart

Edges = torch.Tensor | tuple[torch.Tensor, torch.Tensor] | tuple[torch.Tensor, ...]


def _in_form(edges: tuple[torch.Tensor, torch.Tensor, torch.Tensor], form: str) -> Edges:
    if form == "all":
        return edges
    if form == "uv":
        return edges[:2]
    if form == "eid":
        return edges[2]
    raise DGLError(f'Invalid form: {form}. Must be "all", "uv" or "eid".')


class QueriesPart(TypesPart):
    """Edges, degrees and neighbours."""

    def has_nodes(self, vid: Any, ntype: str | None = None) -> bool | torch.Tensor:
        """Whether ids are nodes of a type: a bool for a number, otherwise `[n]` bool.

        Raises `DGLError` for negative ids.
        """
        ids = prepare_tensor(self, vid, "vid")
        if len(ids) and int(ids.min()) < 0:
            raise DGLError("All IDs must be non-negative integers.")
        found = ids < self._node_frame(self._meta.ntype_id(ntype)).num_rows
        return bool(found) if isinstance(vid, Integral) else found

    def _nodes_of(self, ids: Any, name: str, ntid: int) -> torch.Tensor:
        """Ids as a tensor; raises `DGLError` if one is no node of the type."""
        nodes = prepare_tensor(self, ids, name)
        if len(nodes):
            low, high = torch.aminmax(nodes)
            if int(low) < 0 or int(high) >= self._node_frame(ntid).num_rows:
                raise DGLError(f"{name} contains invalid node IDs")
        return nodes

    def _ends(self, u: Any, v: Any, etype: CanonicalEtype) -> tuple[torch.Tensor, torch.Tensor]:
        meta = self._meta
        src = self._nodes_of(u, "u", meta.src_id(etype[0]))
        return src, self._nodes_of(v, "v", meta.dst_id(etype[2]))

    def has_edges_between(self, u: Any, v: Any, etype: EtypeArg = None) -> bool | torch.Tensor:
        """Whether there is an edge from u[i] to v[i]: a bool for numbers, otherwise `[n]` bool."""
        relation = self._meta.relation(etype)
        found = self._graph.has_edges_between(*self._ends(u, v, relation), relation)
        return bool(found) if isinstance(u, Integral) and isinstance(v, Integral) else found

    def edge_ids(self, u: Any, v: Any, return_uv: bool = False, etype: EtypeArg = None) -> Any:
        """The id of the edge from u[i] to v[i]; of parallel ones the smallest.

        A number for numbers, otherwise `[n]`. With `return_uv` sources, destinations and ids of all
        parallel edges, leaving out pairs without any. Raises `DGLError` if a pair has no edge.
        """
        relation = self._meta.relation(etype)
        src, dst = self._ends(u, v, relation)
        if return_uv:
            return self._graph.edges_between(src, dst, relation)
        try:
            eids = self._graph.edge_ids(src, dst, relation)
        except DGLError:
            missing = ~self._graph.has_edges_between(src, dst, relation)
            if not missing.any():
                raise
            src, dst = torch.broadcast_tensors(src, dst)
            first = int(missing.nonzero()[0])
            raise DGLError(
                f"Error: ({int(src[first])}, {int(dst[first])}) does not form a valid edge."
            ) from None
        return int(eids) if isinstance(u, Integral) and isinstance(v, Integral) else eids

    def predecessors(self, v: int, etype: EtypeArg = None) -> torch.Tensor:
        """Sources of the edges that enter a node, one for each edge."""
        relation = self._meta.relation(etype)
        return self._graph.predecessors(self._one(v, self._meta.dst_id(relation[2])), relation)

    def successors(self, v: int, etype: EtypeArg = None) -> torch.Tensor:
        """Destinations of the edges that leave a node, one for each edge."""
        relation = self._meta.relation(etype)
        return self._graph.successors(self._one(v, self._meta.src_id(relation[0])), relation)

    def _one(self, node: Any, ntid: int) -> int:
        ids = prepare_tensor(self, node, "v")
        if len(ids) != 1 or not 0 <= int(ids) < self._node_frame(ntid).num_rows:
            raise DGLError(f"Non-existing node ID {node}")
        return int(ids)

    def find_edges(self, eid: Any, etype: EtypeArg = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Sources and destinations of the edges `eid` `[n]`."""
        relation = self._meta.relation(etype)
        ids = prepare_tensor(self, eid, "eid")
        if len(ids):
            low, high = (int(x) for x in torch.aminmax(ids))
            if low < 0 or high >= self._graph.num_edges(relation):
                raise DGLError(f"Invalid edge ID {low if low < 0 else high:d}")
        return self._graph.find_edges(ids.to(self.idtype), relation)

    def in_edges(self, v: Any, form: str = "uv", etype: EtypeArg = None) -> Edges:
        """Edges that enter the nodes v `[n]`, node after node: endpoints, "eid" or "all"."""
        ids = prepare_tensor(self, v, "v")
        return _in_form(self._graph.in_edges(ids, self._meta.relation(etype)), form)

    def out_edges(self, u: Any, form: str = "uv", etype: EtypeArg = None) -> Edges:
        """Edges that leave the nodes u `[n]`, node after node: endpoints, "eid" or "all"."""
        relation = self._meta.relation(etype)
        ids = self._nodes_of(u, "u", self._meta.src_id(relation[0]))
        return _in_form(self._graph.out_edges(ids, relation), form)

    def all_edges(self, form: str = "uv", order: str = "eid", etype: EtypeArg = None) -> Edges:
        """All edges of a relation by id, or with `order="srcdst"` by their endpoints.

        `form` is "uv" for sources and destinations, "eid" for ids or "all" for the three.
        """
        relation = self._meta.relation(etype)
        if form == "uv" and order == "eid":
            return self._graph.endpoints(relation)
        return _in_form(self._graph.edges(relation, order or "eid"), form)

    def in_degrees(self, v: Any = ALL, etype: EtypeArg = None) -> int | torch.Tensor:
        """In-degrees of the nodes v, by default of all: a number for a number, otherwise `[n]`."""
        relation = self._meta.relation(etype)
        if is_all(v):
            return self._graph.in_degrees(None, relation)
        degrees = self._graph.in_degrees(prepare_tensor(self, v, "v"), relation)
        return int(degrees) if isinstance(v, Integral) else degrees

    def out_degrees(self, u: Any = ALL, etype: EtypeArg = None) -> int | torch.Tensor:
        """Out-degrees of the nodes u, by default of all: a number for a number, otherwise `[n]`."""
        relation = self._meta.relation(etype)
        if is_all(u):
            return self._graph.out_degrees(None, relation)
        ids = self._nodes_of(u, "u", self._meta.src_id(relation[0]))
        degrees = self._graph.out_degrees(ids, relation)
        return int(degrees) if isinstance(u, Integral) else degrees

    # ---- matrices
    def adj_external(
        self,
        transpose: bool = False,
        ctx: Any = torch.device("cpu"),
        scipy_fmt: str | None = None,
        etype: EtypeArg = None,
    ) -> Any:
        """The adjacency matrix `[num_src, num_dst]` as a torch sparse tensor or a scipy matrix.

        Rows are sources, with `transpose` destinations. Entries are 1; with `scipy_fmt="csr"` or
        "coo" a scipy matrix is returned.
        """
        relation = self._meta.relation(etype)
        if scipy_fmt is None:
            matrix = self._graph.adjacency_matrix(relation).to(ctx)
            return matrix.t() if transpose else matrix
        if scipy_fmt not in ("csr", "coo"):
            raise DGLError(f"Unknown format {scipy_fmt}.")
        from scipy import sparse

        adjacency = self._graph.adjacency(relation)
        shape = (adjacency.num_src, adjacency.num_dst)
        if scipy_fmt == "csr":
            return self._scipy_csr(relation, shape, transpose)
        src, dst = (ids.cpu().numpy() for ids in self._graph.endpoints(relation))
        if transpose:
            src, dst, shape = dst, src, shape[::-1]
        return sparse.coo_matrix((np.ones_like(src), (src, dst)), shape=shape)

    def _scipy_csr(self, relation: CanonicalEtype, shape: tuple[int, int], transpose: bool) -> Any:
        """The out-edges, or transposed the in-edges, as they stand, which keeps their order."""
        from scipy import sparse

        name, shape = ("csc", shape[::-1]) if transpose else ("csr", shape)
        tensors = self._with_format(name).relation_formats(relation, [name])[name]
        offsets, indices = (part.cpu().numpy() for part in tensors[:2])
        return sparse.csr_matrix((np.ones_like(indices), indices, offsets), shape=shape)

    def adj_tensors(self, fmt: str, etype: EtypeArg = None) -> tuple[torch.Tensor, ...]:
        """A relation's tensors: "coo" gives (src, dst), "csr" and "csc" offsets, indices, ids.

        No ids stand for those of the positions.
        """
        relation = self._meta.relation(etype)
        tensors = self._graph.relation_formats(relation, [fmt])[fmt]
        if fmt == "coo":
            return tuple(tensors)
        offsets, indices, eids = tensors
        if eids is None:
            eids = indices.new_empty(0)
        return offsets.to(self.idtype), indices, eids

    def adj(self, etype: EtypeArg = None, eweight_name: str | None = None) -> Any:
        """The adjacency matrix as a `dgl.sparse` matrix, which is not there yet."""
        from ..sparse import spmatrix

        relation = self._meta.relation(etype)
        adjacency = self._graph.adjacency(relation)
        weight = None if eweight_name is None else self.edges[relation].data[eweight_name]
        shape = (adjacency.num_src, adjacency.num_dst)
        return spmatrix(torch.stack(self._graph.endpoints(relation)), val=weight, shape=shape)

    def adjacency_matrix(self, etype: EtypeArg = None) -> Any:
        """`adj`."""
        return self.adj(etype)

    def inc(
        self, typestr: str, ctx: Any = torch.device("cpu"), etype: EtypeArg = None
    ) -> torch.Tensor:
        """Which edges (columns) touch which nodes (rows), a sparse tensor of float32.

        "in": 1 where the edge enters; "out": 1 where it leaves; "both": 1 and -1, 0 for a loop.
        """
        return self._graph.incidence_matrix(typestr, self._meta.relation(etype)).to(ctx)

    incidence_matrix = inc
