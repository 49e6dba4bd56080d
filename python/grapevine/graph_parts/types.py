"""Types, counts and batches of a graph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from ..base import DGLError
from ..metagraph import CanonicalEtype, EtypeArg, Metagraph
from ..utils.checks import prepare_tensor_or_dict

if TYPE_CHECKING:
    import networkx

    from .. import _C


class TypesPart:
    """Types, counts and batches; `_graph` is the C++ graph and `_meta` its types."""

    _graph: _C.Graph
    _meta: Metagraph
    is_block = False

    # ---- types
    @property
    def ntypes(self) -> list[str]:
        """Node types, sorted; of a block the source types and then the destination types."""
        return self._meta.ntypes

    @property
    def etypes(self) -> list[str]:
        """Names of the relations, in the order of `canonical_etypes`."""
        return self._meta.etypes

    @property
    def canonical_etypes(self) -> list[CanonicalEtype]:
        """Relations as (source type, name, destination type), sorted."""
        return self._meta.canonical_etypes

    @property
    def srctypes(self) -> list[str]:
        """Types that edges leave, if no type is also entered; otherwise all."""
        return self._meta.srctypes

    @property
    def dsttypes(self) -> list[str]:
        """Types that edges enter, if no type is also left; otherwise all."""
        return self._meta.dsttypes

    @property
    def is_unibipartite(self) -> bool:
        """Whether no node type both sends and receives edges."""
        return self._meta.is_unibipartite

    @property
    def is_homogeneous(self) -> bool:
        """Whether there is one node type and one relation."""
        return len(self._meta.ntypes) == 1 and len(self._meta.etypes) == 1

    @property
    def is_multigraph(self) -> bool:
        """Whether some relation has parallel edges. O(edges log edges)."""
        for etype in self.canonical_etypes:
            src, dst = self._graph.endpoints(etype)
            keys = src.long() * max(self._meta_num_dst(etype), 1) + dst.long()
            if keys.unique().numel() < keys.numel():
                return True
        return False

    def _meta_num_dst(self, etype: CanonicalEtype) -> int:
        return self._graph.num_dst_nodes(etype[2])

    def metagraph(self) -> networkx.MultiDiGraph:
        """The graph of types: an edge from source type to destination type for each relation."""
        import networkx

        ids = self._meta
        by_pair: dict[tuple[int, int], list[CanonicalEtype]] = {}
        for etype in self.canonical_etypes:
            pair = (ids.src_id(etype[0]), ids.dst_id(etype[2]))
            by_pair.setdefault(pair, []).append(etype)
        result = networkx.MultiDiGraph()
        for _, relations in sorted(by_pair.items(), key=lambda item: item[0][0]):
            for src, name, dst in relations:
                result.add_edge(src, dst, name)
        return result

    def to_canonical_etype(self, etype: EtypeArg) -> CanonicalEtype:
        """The relation that a name stands for, (source type, name, destination type)."""
        return self._meta.canonical(etype)

    def get_ntype_id(self, ntype: str | None) -> int:
        """The position of a node type in `ntypes`."""
        return self._meta.ntype_id(ntype)

    def get_ntype_id_from_src(self, ntype: str | None) -> int:
        """The position of a source node type in `ntypes`."""
        return self._meta.src_id(ntype)

    def get_ntype_id_from_dst(self, ntype: str | None) -> int:
        """The position of a destination node type in `ntypes`."""
        return self._meta.dst_id(ntype)

    def get_etype_id(self, etype: EtypeArg) -> int:
        """The position of a relation in `canonical_etypes`."""
        return self._meta.etype_id(etype)

    # ---- counts
    def num_nodes(self, ntype: str | None = None) -> int:
        """Nodes of a type, by default of all types."""
        if ntype is None:
            return self._graph.num_nodes()
        return self._node_frame(self._meta.ntype_id(ntype)).num_rows

    def num_src_nodes(self, ntype: str | None = None) -> int:
        """Nodes of a source type, by default of all."""
        ids = [self._meta.src_id(ntype)] if ntype is not None else self._meta.src_ids.values()
        return sum(self._node_frame(i).num_rows for i in ids)

    def num_dst_nodes(self, ntype: str | None = None) -> int:
        """Nodes of a destination type, by default of all."""
        ids = [self._meta.dst_id(ntype)] if ntype is not None else self._meta.dst_ids.values()
        return sum(self._node_frame(i).num_rows for i in ids)

    def num_edges(self, etype: EtypeArg = None) -> int:
        """Edges of a relation, by default of all."""
        if etype is None:
            return self._graph.num_edges()
        return self._graph.num_edges(self._meta.relation(etype))

    def number_of_nodes(self, ntype: str | None = None) -> int:
        """`num_nodes`."""
        return self.num_nodes(ntype)

    def number_of_src_nodes(self, ntype: str | None = None) -> int:
        """`num_src_nodes`."""
        return self.num_src_nodes(ntype)

    def number_of_dst_nodes(self, ntype: str | None = None) -> int:
        """`num_dst_nodes`."""
        return self.num_dst_nodes(ntype)

    def number_of_edges(self, etype: EtypeArg = None) -> int:
        """`num_edges`."""
        return self.num_edges(etype)

    # ---- batch
    @property
    def batch_size(self) -> int:
        """How many graphs were put together; 1 if this is no batch."""
        return self._graph.batch_size()

    def batch_num_nodes(self, ntype: str | None = None) -> torch.Tensor:
        """How many nodes of a type each graph has: `[batch_size]`."""
        if ntype is not None and ntype not in self.ntypes:
            raise DGLError(f"Expect ntype in {self.ntypes}, got {ntype}")
        if ntype is None and len(self.ntypes) != 1:
            raise DGLError(
                "Node type name must be specified if there are more than one node types."
            )
        if not self._graph.is_batch():
            return self._single(self._node_frame(self._meta.ntype_id(ntype)).num_rows)
        return self._graph.batch_num_nodes(ntype or "")

    def batch_num_edges(self, etype: EtypeArg = None) -> torch.Tensor:
        """How many edges of a relation each graph has: `[batch_size]`."""
        canonical = self._meta.relation(etype)
        if not self._graph.is_batch():
            return self._single(self._graph.num_edges(canonical))
        return self._graph.batch_num_edges(canonical)

    def _single(self, count: int) -> torch.Tensor:
        return torch.tensor([count], dtype=self.idtype, device=self.device)

    def set_batch_num_nodes(self, val: Any) -> None:
        """Says how many nodes each graph of this batch has: ids `[batch_size]`, by type if several.

        Raises `DGLError` for counts that do not sum to the number of nodes.
        """
        val = prepare_tensor_or_dict(self, val, "batch_num_nodes")
        if not isinstance(val, Mapping):
            if len(self.ntypes) != 1:
                raise DGLError("Must provide a dictionary when there are multiple node types.")
            val = {self.ntypes[0]: val}
        self._graph.set_batch_num_nodes(val)

    def set_batch_num_edges(self, val: Any) -> None:
        """Says how many edges each graph of this batch has: ids `[batch_size]`, by relation."""
        val = prepare_tensor_or_dict(self, val, "batch_num_edges")
        if not isinstance(val, Mapping):
            if len(self.etypes) != 1:
                raise DGLError("Must provide a dictionary when there are multiple edge types.")
            val = {self.canonical_etypes[0]: val}
        self._graph.set_batch_num_edges({self._meta.relation(key): num for key, num in val.items()})
