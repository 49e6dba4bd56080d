"""Files of named tensors."""

from __future__ import annotations

import torch

from .. import _C
from .dgl_file import is_dgl_file, read_dgl_labels

__all__ = ["save_tensors", "load_tensors"]


def save_tensors(filename: str, tensor_dict: dict[str, torch.Tensor]) -> bool:
    """Writes tensors of any shapes by name, and returns True: a graph file without graphs.

    Source: dgl.data.utils.save_tensors
    """
    for key, value in tensor_dict.items():
        if not isinstance(key, str) or not isinstance(value, torch.Tensor):
            raise TypeError(f"expected tensors by name, got {key!r}: {type(value).__name__}")
    _C.save_graphs(filename, [], tensor_dict)
    return True


def load_tensors(filename: str, return_dgl_ndarray: bool = False) -> dict[str, torch.Tensor]:
    """The tensors of a file that `save_tensors` wrote, here or in DGL.

    Source: dgl.data.utils.load_tensors
    """
    if return_dgl_ndarray:
        raise NotImplementedError("dgl.ndarray.NDArray is not implemented: tensors are torch's.")
    return read_dgl_labels(filename) if is_dgl_file(filename) else _C.load_labels(filename)
