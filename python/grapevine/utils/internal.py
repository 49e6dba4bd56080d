"""Helpers that layers, loaders and transforms share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch

from ..base import DGLError

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = [
    "apply_each", "check_eq_shape", "context_of", "expand_as_pair", "extract_edge_subframes",
    "extract_node_subframes", "is_dict_like", "is_iterable", "is_listlike", "recursive_apply",
    "recursive_apply_pair", "set_new_frames",
]  # fmt: skip


def is_dict_like(obj: Any) -> bool:
    """Whether `obj` is a mapping."""
    return isinstance(obj, Mapping)


def is_listlike(data: Any) -> bool:
    """Whether `data` is a sequence other than a string."""
    return isinstance(data, Sequence) and not isinstance(data, str)


def is_iterable(obj: Any) -> bool:
    """Whether `obj` can be iterated."""
    return hasattr(obj, "__iter__")


def expand_as_pair(input_: Any, g: DGLGraph | None = None) -> tuple[Any, Any]:
    """Features of source and of destination nodes, from one tensor or a pair.

    A pair stays as it is. Of one tensor or dictionary of tensors, `[num_src, *shape]`, the
    destinations of a block `g` are the first rows; without a block both are the same.
    Source: `dgl.utils.expand_as_pair`.
    """
    if isinstance(input_, tuple):
        return input_
    if g is not None and g.is_block:
        if isinstance(input_, Mapping):
            dst = {key: value[: g.num_dst_nodes(key)] for key, value in input_.items()}
        else:
            dst = input_[: g.num_dst_nodes()]
        return input_, dst
    return input_, input_


def check_eq_shape(input_: Any) -> None:
    """Raises `DGLError` unless source and destination features have the same trailing shape."""
    src, dst = expand_as_pair(input_)
    if src.shape[1:] != dst.shape[1:]:
        raise DGLError(
            f"The feature shape of source nodes: {tuple(src.shape[1:])} should be equal to the "
            f"feature shape of destination nodes: {tuple(dst.shape[1:])}."
        )


def recursive_apply(data: Any, fn: Callable, *args: Any, **kwargs: Any) -> Any:
    """`fn` of every leaf of nested dictionaries, lists and tuples."""
    if isinstance(data, Mapping):
        return {key: recursive_apply(value, fn, *args, **kwargs) for key, value in data.items()}
    if isinstance(data, tuple):
        return tuple(recursive_apply(value, fn, *args, **kwargs) for value in data)
    if is_listlike(data):
        return [recursive_apply(value, fn, *args, **kwargs) for value in data]
    return fn(data, *args, **kwargs)


def recursive_apply_pair(data1: Any, data2: Any, fn: Callable, *args: Any, **kwargs: Any) -> Any:
    """`fn` of every pair of leaves of two nested structures of the same form."""
    if isinstance(data1, Mapping) and isinstance(data2, Mapping):
        return {
            key: recursive_apply_pair(data1[key], data2[key], fn, *args, **kwargs) for key in data1
        }
    if is_listlike(data1) and is_listlike(data2):
        return [recursive_apply_pair(x, y, fn, *args, **kwargs) for x, y in zip(data1, data2)]
    return fn(data1, data2, *args, **kwargs)


def apply_each(data: Any, fn: Callable, *args: Any, **kwargs: Any) -> Any:
    """`fn` of a value, of every value of a dictionary, or of every element of a list.

    Source: `dgl.apply_each`.
    """
    if isinstance(data, Mapping):
        return {key: fn(value, *args, **kwargs) for key, value in data.items()}
    if is_listlike(data):
        return [fn(value, *args, **kwargs) for value in data]
    return fn(data, *args, **kwargs)


def context_of(data: Any) -> torch.device:
    """The device of the first tensor in nested data; the CPU if there is none."""
    if isinstance(data, torch.Tensor):
        return data.device
    values = data.values() if isinstance(data, Mapping) else data if is_listlike(data) else []
    for value in values:
        return context_of(value)
    return torch.device("cpu")


def extract_node_subframes(
    graph: DGLGraph, nodes_or_device: Any, store_ids: bool = True
) -> list[tuple[int, Any, bool]]:
    """Which rows of each node frame a graph made of `graph` takes, for `set_new_frames`.

    `nodes_or_device` is a list of ids, one tensor for each node type, or a device for all rows.
    """
    return _subframes(graph, nodes_or_device, store_ids, len(graph.ntypes))


def extract_edge_subframes(
    graph: DGLGraph, edges_or_device: Any, store_ids: bool = True
) -> list[tuple[int, Any, bool]]:
    """The same for edges, with one tensor of ids for each relation."""
    return _subframes(graph, edges_or_device, store_ids, len(graph.canonical_etypes))


def _subframes(graph: DGLGraph, rows: Any, store_ids: bool, count: int) -> list:
    whole = rows is None or not isinstance(rows, (list, tuple))
    return [(graph, None if whole else rows[i], store_ids) for i in range(count)]


def set_new_frames(
    graph: DGLGraph, *, node_frames: list | None = None, edge_frames: list | None = None
) -> None:
    """Gives a graph the features that `extract_node_subframes` and its kin describe, lazily."""
    for i, (parent, rows, store_ids) in enumerate(node_frames or []):
        _take(parent._node_frame(i), graph._node_frame(i), rows, store_ids)
    for i, (parent, rows, store_ids) in enumerate(edge_frames or []):
        _take(parent._edge_frame(i), graph._edge_frame(i), rows, store_ids)


def _take(source: Any, target: Any, rows: torch.Tensor | None, store_ids: bool) -> None:
    if rows is None:
        target.share_columns(source)
        return
    target.add_slices(source, rows)
    if store_ids:
        target.set("_ID", rows)
