"""Several relations of a graph as one: `g["user", :, "item"]`."""

from __future__ import annotations

import torch

from . import _C
from .base import EID, ETYPE, NID, NTYPE, DGLError
from .frame import schemes
from .heterograph import DGLGraph, combine_names
from .metagraph import CanonicalEtype, in_order

__all__ = ["flatten"]


def flatten(
    g: DGLGraph, etypes: list[CanonicalEtype], all_as: CanonicalEtype | None = None
) -> DGLGraph:
    """The graph with some relations as one, and their node types as one on each side.

    `NTYPE`, `NID`, `ETYPE` and `EID` tell where nodes and edges come from. Features that all have,
    of the same scheme, are put together. Raises `DGLError` for different schemes. With `all_as`
    all node types become one, and that is the name of the relation.
    """
    meta = g._meta
    sources = sorted({meta.src_id(etype[0]) for etype in etypes})
    destinations = sorted({meta.dst_id(etype[2]) for etype in etypes})
    if all_as is not None:
        sources = destinations = list(range(len(meta.ntypes)))
    one_side = sources == destinations
    src_start = _starts(g, sources)
    dst_start = src_start if one_side else _starts(g, destinations)
    ends = [g._graph.endpoints(etype) for etype in etypes]
    src = torch.cat([u + src_start[meta.src_id(e[0])] for (u, _), e in zip(ends, etypes)])
    dst = torch.cat([v + dst_start[meta.dst_id(e[2])] for (_, v), e in zip(ends, etypes)])
    src_name = combine_names(g.ntypes, sources)
    dst_name = combine_names(g.ntypes, destinations)
    relation = all_as or (src_name, combine_names([etype[1] for etype in etypes]), dst_name)
    src_name, _, dst_name = relation
    counts = {src_name: sum(_rows(g, i) for i in sources)}
    num_dst = sum(_rows(g, i) for i in destinations)
    relations = {relation: {"coo": [src, dst]}}
    if g.is_block:
        c_graph = _C.from_parts(relations, counts, {dst_name: num_dst}, g.idtype, g.device)
        frames = [c_graph.src_frame(src_name), c_graph.dst_frame(dst_name)]
    else:
        counts[dst_name] = num_dst
        c_graph = _C.from_parts(relations, counts, None, g.idtype, g.device)
        frames = [c_graph.node_frame(src_name)] + [c_graph.node_frame(dst_name)] * (not one_side)
    for frame, ids in zip(frames, (sources, destinations)):
        _combine(frame, [g._node_frame(i) for i in ids], ids, (NTYPE, NID), g.idtype)
    eids = [meta.etype_ids[etype] for etype in etypes]
    edge_frames = [g._edge_frame(i) for i in eids]
    _combine(c_graph.edge_frame(relation), edge_frames, eids, (ETYPE, EID), g.idtype)
    result = DGLGraph._wrap(c_graph)
    result._meta = in_order(result._meta, list(dict.fromkeys((src_name, dst_name))))
    return result


def _rows(g: DGLGraph, ntid: int) -> int:
    return g._node_frame(ntid).num_rows


def _starts(g: DGLGraph, ids: list[int]) -> dict[int, int]:
    """The first node of each type among those of `ids`."""
    starts, total = {}, 0
    for ntid in ids:
        starts[ntid] = total
        total += _rows(g, ntid)
    return starts


def _combine(
    target: _C.Frame,
    frames: list[_C.Frame],
    types: list[int],
    names: tuple[str, str],
    idtype: torch.dtype,
) -> None:
    """Puts the features that all frames with rows have together, and where rows come from."""
    filled = [frame for frame in frames if frame.num_rows]
    shared = schemes(filled[0]) if filled else {}
    for frame in filled[1:]:
        own = schemes(frame)
        for name, scheme in shared.items():
            if name in own and own[name] != scheme:
                raise DGLError(
                    f"Cannot concatenate column {name} with shape {own[name]} and shape {scheme}"
                )
        shared = {name: scheme for name, scheme in shared.items() if name in own}
    for name in shared:
        target.set(name, torch.cat([frame.get(name) for frame in filled]))
    rows = torch.tensor([frame.num_rows for frame in frames])
    device = target.device
    kinds = torch.tensor(types, dtype=idtype).repeat_interleave(rows)
    ids = [torch.arange(frame.num_rows, dtype=idtype) for frame in frames]
    target.set(names[0], kinds.to(device))
    target.set(names[1], torch.cat(ids).to(device))
