"""The types of a graph: which node types and relations there are, and what names mean."""

from __future__ import annotations

from functools import lru_cache

from .base import DGLError

CanonicalEtype = tuple[str, str, str]
EtypeArg = str | CanonicalEtype | None

_SEVERAL_NTYPES = "Node type name must be specified if there are more than one node types."
_SEVERAL_ETYPES = "Edge type name must be specified if there are more than one edge types."


class Metagraph:
    """The types of a graph or block. Immutable and shared by all graphs that have the same types.

    A node type's id is its position in `ntypes`, which lists the source types of a block before its
    destination types.
    """

    __slots__ = (
        "canonical_etypes", "dst_ids", "dsttypes", "etype_ids", "etypes", "etypes_by_name",
        "is_block", "is_unibipartite", "ntypes", "src_ids", "srctypes",
    )  # fmt: skip

    def __init__(
        self,
        is_block: bool,
        srctypes: tuple[str, ...],
        dsttypes: tuple[str, ...],
        canonical_etypes: tuple[CanonicalEtype, ...],
    ) -> None:
        self.is_block = is_block
        self.canonical_etypes = list(canonical_etypes)
        self.etypes = [etype for _, etype, _ in canonical_etypes]
        if is_block:
            self.is_unibipartite = True
            self.ntypes = [*srctypes, *dsttypes]
            self.src_ids = {name: i for i, name in enumerate(srctypes)}
            self.dst_ids = {name: i + len(srctypes) for i, name in enumerate(dsttypes)}
        else:
            self.ntypes = list(srctypes)
            ids = {name: i for i, name in enumerate(srctypes)}
            sends = {src for src, _, _ in canonical_etypes}
            receives = {dst for _, _, dst in canonical_etypes}
            self.is_unibipartite = len(ids) > 1 and not sends & receives
            if self.is_unibipartite:  # Types without edges count as sources.
                self.src_ids = {name: i for name, i in ids.items() if name not in receives}
                self.dst_ids = {name: i for name, i in ids.items() if name in receives}
            else:
                self.src_ids = self.dst_ids = ids
        self.srctypes = sorted(self.src_ids) if self.is_unibipartite else self.ntypes
        self.dsttypes = sorted(self.dst_ids) if self.is_unibipartite else self.ntypes
        self.etype_ids = {etype: i for i, etype in enumerate(self.canonical_etypes)}
        self.etypes_by_name: dict[str, CanonicalEtype | None] = {}
        for canonical in canonical_etypes:
            known = canonical[1] in self.etypes_by_name
            self.etypes_by_name[canonical[1]] = None if known else canonical

    def canonical(self, etype: EtypeArg) -> CanonicalEtype:
        """The canonical form of a relation's name; None is the only relation."""
        if isinstance(etype, tuple):
            return etype
        if etype is None:
            if len(self.etypes) != 1:
                raise DGLError(_SEVERAL_ETYPES)
            return self.canonical_etypes[0]
        if etype not in self.etypes_by_name:
            raise DGLError(f'Edge type "{etype}" does not exist.')
        found = self.etypes_by_name[etype]
        if found is None:
            raise DGLError(
                f'Edge type "{etype}" is ambiguous. Please use canonical edge type in the form of '
                "(srctype, etype, dsttype)"
            )
        return found

    def relation(self, etype: EtypeArg) -> CanonicalEtype:
        """The relation that a name stands for; raises `DGLError` if there is none."""
        canonical = self.canonical(etype)
        if canonical not in self.etype_ids:
            raise DGLError(f'Edge type "{etype}" does not exist.')
        return canonical

    def etype_id(self, etype: EtypeArg) -> int:
        """The position of a relation in `canonical_etypes`."""
        return self.etype_ids[self.relation(etype)]

    def ntype_id(self, ntype: str | None) -> int:
        """The id of a node type; "SRC/x" and "DST/x" name the sides of a bipartite graph."""
        if ntype is None:
            if self.is_unibipartite or len(self.src_ids) != 1:
                raise DGLError(_SEVERAL_NTYPES)
            return 0
        if self.is_unibipartite and ntype.startswith("SRC/"):
            return self.src_id(ntype[4:])
        if self.is_unibipartite and ntype.startswith("DST/"):
            return self.dst_id(ntype[4:])
        found = self.src_ids.get(ntype, self.dst_ids.get(ntype))
        if found is None:
            raise DGLError(f'Node type "{ntype}" does not exist.')
        return found

    def src_id(self, ntype: str | None) -> int:
        """The id of a source node type."""
        return self._side_id(ntype, self.src_ids, "SRC")

    def dst_id(self, ntype: str | None) -> int:
        """The id of a destination node type."""
        return self._side_id(ntype, self.dst_ids, "DST")

    @staticmethod
    def _side_id(ntype: str | None, ids: dict[str, int], side: str) -> int:
        if ntype is None:
            if len(ids) != 1:
                raise DGLError(
                    f"{side} node type name must be specified if there are more than one {side} "
                    "node types."
                )
            return next(iter(ids.values()))
        if ntype not in ids:
            raise DGLError(f'{side} node type "{ntype}" does not exist.')
        return ids[ntype]


_shared = lru_cache(maxsize=1024)(Metagraph)


def metagraph_of(c_graph) -> Metagraph:
    """The types of a C++ graph."""
    return _shared(
        c_graph.is_block(),
        tuple(c_graph.srctypes()),
        tuple(c_graph.dsttypes()),
        tuple(c_graph.canonical_etypes()),
    )


def in_order(
    meta: Metagraph, ntypes: list[str], etypes: list[CanonicalEtype] | None = None
) -> Metagraph:
    """The same types, of a graph and no block, in another order."""
    relations = meta.canonical_etypes if etypes is None else etypes
    if meta.is_block or (meta.ntypes == ntypes and meta.canonical_etypes == relations):
        return meta
    return _shared(False, tuple(ntypes), tuple(ntypes), tuple(relations))
