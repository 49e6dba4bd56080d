"""Fetching what samplers asked for with `LazyFeature`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ..base import NID, DGLError
from ..frame import LazyFeature
from ..heterograph import DGLGraph


def fetch(item: Any, g: DGLGraph, attached: Mapping[str, Any]) -> Any:
    """An item of a batch with the features that it asks for.

    Arguments:
        g: the graph that was sampled.
        attached: other data by name, indexable by ids.

    Raises `DGLError` for a feature whose rows are not known.
    """
    if isinstance(item, LazyFeature):
        return attached[item.name][item.id_]
    if isinstance(item, DGLGraph):
        for (kind, id_), features in item._placeholders.items():
            if kind == "node":
                frame, source = item._node_frame(id_), g.nodes[item.ntypes[id_]].data
            else:
                frame, source = item._edge_frame(id_), g.edges[item.canonical_etypes[id_]].data
            for key, feature in features.items():
                _fetch_feature(frame, source, key, feature)
        item._placeholders.clear()
    return item


def _fetch_feature(frame: Any, source: Any, key: str, feature: LazyFeature) -> None:
    """Puts rows of `source` into the frame, unless it has them."""
    name = feature.name or key
    if name == key and feature.id_ is None and key in frame:
        frame.get(key)  # gathers it
        return
    if feature.id_ is None and NID not in frame:
        raise DGLError(
            "Found a LazyFeature with no ID specified, "
            "and the graph does not have dgl.NID or dgl.EID columns"
        )
    rows = frame.get(NID) if feature.id_ is None else feature.id_
    column = source[name]
    frame.set(key, column.index_select(0, rows.to(column.device, torch.int64)))
