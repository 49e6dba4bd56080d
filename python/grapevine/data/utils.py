"""Helpers for data sets: files, folders, downloads and splits.

Source: dgl.data.utils
"""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy as np

from .download import check_sha1, download, extract_archive, get_download_dir, makedirs
from .graph_serialize import load_graphs, load_labels, save_graphs
from .split import (
    Subset,
    add_node_property_split,
    add_nodepred_split,
    generate_mask_tensor,
    idx2mask,
    mask_nodes_by_property,
    split_dataset,
)
from .tensor_serialize import load_tensors, save_tensors

__all__ = [
    "loadtxt",
    "download",
    "check_sha1",
    "extract_archive",
    "get_download_dir",
    "Subset",
    "split_dataset",
    "save_graphs",
    "load_graphs",
    "load_labels",
    "save_tensors",
    "load_tensors",
    "add_nodepred_split",
    "add_node_property_split",
    "mask_nodes_by_property",
]


def loadtxt(path: str, delimiter: str, dtype: Any = None) -> np.ndarray:
    """The numbers of a text file `[lines, columns]`, one row a line.

    Source: dgl.data.utils.loadtxt
    """
    return np.loadtxt(path, delimiter=delimiter, dtype=dtype or np.float64, ndmin=2)


def save_info(path: str, info: dict[str, Any]) -> None:
    """Pickles a dictionary that belongs to a data set.

    Source: dgl.data.utils.save_info
    """
    with open(path, "wb") as file:
        pickle.dump(info, file)


def load_info(path: str) -> dict[str, Any]:
    """What `save_info` wrote. A pickle may run code: read only files that you wrote yourself.

    Source: dgl.data.utils.load_info
    """
    with open(path, "rb") as file:
        return pickle.load(file)


def _deprecate(what: str, old: str, new: str) -> None:
    warnings.warn(f"{what} {old} will be deprecated, please use {new} instead.", stacklevel=3)


def deprecate_property(old: str, new: str) -> None:
    """Warns that a property is on its way out. Source: dgl.data.utils.deprecate_property"""
    _deprecate("Property", old, new)


def deprecate_function(old: str, new: str) -> None:
    """Warns that a function is on its way out. Source: dgl.data.utils.deprecate_function"""
    _deprecate("Function", old, new)


def deprecate_class(old: str, new: str) -> None:
    """Warns that a class is on its way out. Source: dgl.data.utils.deprecate_class"""
    _deprecate("Class", old, new)
