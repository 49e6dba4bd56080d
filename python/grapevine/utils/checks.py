"""Ids of nodes and edges as callers give them, turned into tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from ..base import DGLError

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = [
    "check_all_same_device", "check_all_same_idtype", "check_device", "check_valid_idtype",
    "parse_edges_arg_to_eid", "prepare_tensor", "prepare_tensor_dict", "prepare_tensor_or_dict",
]  # fmt: skip

ID_TYPES = (torch.int32, torch.int64)


def as_tensor(data: Any) -> torch.Tensor:
    """A tensor of what may be one, an array, a number, or an iterable of numbers or tensors."""
    if isinstance(data, torch.Tensor):
        return data
    if isinstance(data, (list, tuple)) and data and isinstance(data[0], torch.Tensor):
        return data[0].unsqueeze(0) if len(data) == 1 else torch.tensor([x.item() for x in data])
    if isinstance(data, range):
        return torch.arange(data.start, data.stop, data.step)
    if isinstance(data, np.ndarray):
        return torch.as_tensor(np.ascontiguousarray(data))
    if isinstance(data, Iterable) and not isinstance(data, (list, tuple)):
        data = list(data)
    return torch.as_tensor(np.asarray(data))


def prepare_tensor(graph: DGLGraph, data: Any, name: str) -> torch.Tensor:
    """Ids `[n]` in the graph's id type and on its device.

    A tensor must have both already; numbers, lists, ranges and arrays are converted. Raises
    `DGLError` for another dtype, another device and more than one dimension.
    """
    if isinstance(data, torch.Tensor):
        if data.dtype != graph.idtype:
            raise DGLError(
                f'Expect argument "{name}" to have data type {graph.idtype}. But got {data.dtype}.'
            )
        if data.device != graph.device and not graph.is_pinned():
            raise DGLError(
                f'Expect argument "{name}" to have device {graph.device}. But got {data.device}.'
            )
        ids = data
    else:
        ids = as_tensor(data)
        if not (ids.ndim > 0 and len(ids) == 0) and ids.dtype not in ID_TYPES:
            raise DGLError(
                f'Expect argument "{name}" to have data type int32 or int64, but got {ids.dtype}.'
            )
        ids = ids.to(graph.device, graph.idtype)
    if ids.ndim == 0:
        ids = ids.unsqueeze(0)
    if ids.ndim > 1:
        raise DGLError(f'Expect a 1-D tensor for argument "{name}". But got {ids}.')
    return ids


def prepare_tensor_dict(graph: DGLGraph, data: Mapping, name: str) -> dict[Any, torch.Tensor]:
    """`prepare_tensor` for each value of a dictionary."""
    return {key: prepare_tensor(graph, ids, f'{name}["{key}"]') for key, ids in data.items()}


def prepare_tensor_or_dict(graph: DGLGraph, data: Any, name: str) -> Any:
    """`prepare_tensor` for ids, or for each value of a dictionary of ids."""
    if isinstance(data, Mapping):
        return prepare_tensor_dict(graph, data, name)
    return prepare_tensor(graph, data, name)


def parse_edges_arg_to_eid(
    graph: DGLGraph, edges: Any, etid: int, argname: str = "edges"
) -> torch.Tensor:
    """Edge ids `[n]` from ids, or from a pair of source and destination ids."""
    if not isinstance(edges, tuple):
        return prepare_tensor(graph, edges, argname)
    src, dst = edges
    return graph.edge_ids(
        prepare_tensor(graph, src, f"{argname}[0]"),
        prepare_tensor(graph, dst, f"{argname}[1]"),
        etype=graph.canonical_etypes[etid],
    )


def check_valid_idtype(idtype: torch.dtype | None) -> None:
    """Raises `DGLError` unless `idtype` is None, `torch.int32` or `torch.int64`."""
    if idtype is not None and idtype not in ID_TYPES:
        raise DGLError(f"Expect idtype to be a framework object of int32/int64, got {idtype}")


def check_all_same_idtype(graphs: list[DGLGraph], name: str) -> None:
    """Raises `DGLError` if the graphs have ids of different types."""
    for i, graph in enumerate(graphs):
        if graph.idtype != graphs[0].idtype:
            raise DGLError(
                f"Expect {name}[{i}] to have {graphs[0].idtype} type ID, but got {graph.idtype}."
            )


def check_all_same_device(graphs: list[DGLGraph], name: str) -> None:
    """Raises `DGLError` if the graphs are on different devices."""
    for i, graph in enumerate(graphs):
        if graph.device != graphs[0].device:
            raise DGLError(
                f"Expect {name}[{i}] to be on device {graphs[0].device}, but got {graph.device}."
            )


def check_device(data: Any, device: torch.device) -> bool:
    """Whether a tensor, or every tensor of a dictionary, is on the device."""
    tensors = data.values() if isinstance(data, Mapping) else [data]
    return all(tensor.device == device for tensor in tensors)
