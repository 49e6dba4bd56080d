"""Graph files: several graphs with their features, and labels for all of them."""

from __future__ import annotations

import os
from typing import Sequence

import torch

from .. import _C
from ..base import DGLError
from ..heterograph import DGLGraph
from .dgl_file import is_dgl_file, read_dgl_graphs, read_dgl_labels

__all__ = ["save_graphs", "load_graphs", "load_labels"]


def save_graphs(
    filename: str,
    g_list: DGLGraph | list[DGLGraph],
    labels: dict[str, torch.Tensor] | None = None,
    formats: str | list[str] | None = None,
) -> None:
    """Writes graphs, their features and tensors that belong to all of them to a file.

    `formats` are the sparse formats to write ("coo", "csr", "csc"; default: those that exist).
    The folder of the file is made. The file is Grapevine's own, not DGL's. `DGLError` for a block,
    and if the path is a folder or cannot be written.

    Source: dgl.save_graphs
    """
    filename = os.fspath(filename)
    if os.path.isdir(filename):
        raise DGLError(f"Filename {filename} is an existing directory.")
    graphs = g_list if isinstance(g_list, list) else [g_list]
    if not graphs or any(type(graph) is not DGLGraph for graph in graphs):
        raise DGLError("Invalid argument g_list. Must be a DGLGraph or a list of DGLGraphs.")
    if formats is not None:
        wanted = [formats] if isinstance(formats, str) else list(formats)
        graphs = [_with_formats(graph, wanted) for graph in graphs]
    if folder := os.path.dirname(filename):
        os.makedirs(folder, exist_ok=True)
    _C.save_graphs(filename, [graph._graph for graph in graphs], labels or {})


def load_graphs(
    filename: str, idx_list: Sequence[int] | None = None
) -> tuple[list[DGLGraph], dict[str, torch.Tensor]]:
    """The graphs of a file that `save_graphs` wrote, here or in DGL, and all of its labels.

    `idx_list` are the places of the graphs that are wanted, in that order (default: all).
    `DGLError` if there is no such file, if it is not whole, and for a place out of range.

    Source: dgl.load_graphs
    """
    filename = _existing(filename)
    if is_dgl_file(filename):
        return read_dgl_graphs(filename, idx_list or []), read_dgl_labels(filename)
    graphs, labels = _C.load_graphs(filename, [] if idx_list is None else list(idx_list))
    return [DGLGraph._wrap(graph) for graph in graphs], labels


def load_labels(filename: str) -> dict[str, torch.Tensor]:
    """The labels of a file that `save_graphs` wrote.

    Source: dgl.data.utils.load_labels
    """
    filename = _existing(filename)
    return read_dgl_labels(filename) if is_dgl_file(filename) else _C.load_labels(filename)


def _with_formats(graph: DGLGraph, wanted: list[str]) -> DGLGraph:
    """The graph with edges in these formats and no others. `DGLError` if it may not have them."""
    allowed = [name for names in graph.formats().values() for name in names]
    if not set(wanted) <= set(allowed):
        raise DGLError(f"formats: the graph is restricted to {allowed}, got {wanted}.")
    result = graph.formats(wanted)
    result.create_formats_()
    return result


def _existing(filename: str) -> str:
    filename = os.fspath(filename)
    if not os.path.exists(filename):
        raise DGLError(f"File {filename} does not exist.")
    return filename
