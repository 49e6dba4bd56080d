"""Many graphs as one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from . import _C
from .base import ALL, DGLError, is_all
from .heterograph import DGLGraph
from .utils.checks import as_tensor

__all__ = ["batch", "slice_batch", "unbatch"]


def batch(
    graphs: list[DGLGraph], ndata: list[str] | str | None = ALL, edata: list[str] | str | None = ALL
) -> DGLGraph:
    """One graph whose disjoint parts are `graphs`: nodes, edges and features one after the other.

    `ndata` and `edata` name the features to keep: all, none (None) or those listed. Graphs must
    agree in types, id type, device and the features kept, except that graphs without nodes or edges
    need none. Raises `DGLError` if they do not, for no graphs and for blocks. Source: `dgl.batch`.
    """
    graphs = list(graphs)
    if not graphs:
        raise DGLError("The input list of graphs cannot be empty.")
    names = []
    for what, features in (("ndata", ndata), ("edata", edata)):
        if not (is_all(features) or isinstance(features, list) or features is None):
            raise DGLError(
                f"Invalid argument {what}: must be a string list but got {type(features)}."
            )
        names.append(None if is_all(features) else features or [])
    if any(graph.is_block for graph in graphs):
        raise DGLError("Batching a MFG is not supported.")
    return DGLGraph._wrap(_C.batch([graph._graph for graph in graphs], *names), like=graphs[0])


def _split(split: Any, types: list, what: str, kind: str) -> dict[Any, torch.Tensor]:
    if split is None:
        return {}
    if not isinstance(split, Mapping):
        if len(types) != 1:
            raise DGLError(
                f"Must provide a dictionary for argument {what} when there are multiple {kind} "
                "types."
            )
        split = {types[0]: split}
    if set(split) != set(types):
        raise DGLError(f"Must specify {what} for each {kind} type.")
    return {type_: as_tensor(counts).cpu() for type_, counts in split.items()}


def unbatch(g: DGLGraph, node_split: Any = None, edge_split: Any = None) -> list[DGLGraph]:
    """The graphs of a batch.

    `node_split` and `edge_split` say otherwise how many nodes and edges each has, `[num_graphs]`,
    by type if there are several. Raises `DGLError` if they do not fit. Source: `dgl.unbatch`.
    """
    nodes = _split(node_split, g.ntypes, "node_split", "node")
    edges = _split(edge_split, g.canonical_etypes, "edge_split", "edge")
    return [DGLGraph._wrap(part, like=g) for part in _C.unbatch(g._graph, nodes, edges)]


def slice_batch(g: DGLGraph, gid: int, store_ids: bool = False) -> DGLGraph:
    """Graph number `gid` of a batch; with `store_ids`, `NID` and `EID` hold ids in the batch.

    Source: `dgl.slice_batch`.
    """
    return DGLGraph._wrap(_C.slice_batch(g._graph, int(gid), store_ids), like=g)
