"""Reads pickles of tensors, numpy arrays and scipy's sparse matrices that come from elsewhere."""

from __future__ import annotations

import io
import pickle
from typing import Any

import torch

from ..base import DGLError

_ALLOWED = {
    ("copy_reg", "_reconstructor"),
    ("copyreg", "_reconstructor"),
    ("__builtin__", "object"),
    ("builtins", "object"),
    ("_codecs", "encode"),
    ("collections", "OrderedDict"),
    ("torch._utils", "_rebuild_tensor_v2"),
}
_NUMPY = {"_reconstruct", "_frombuffer", "scalar", "ndarray", "dtype"}
_SCIPY = {f"{form}_{kind}" for form in ("coo", "csr", "csc") for kind in ("matrix", "array")}


def _read_storage(data: bytes) -> Any:
    """What the memory of a tensor is pickled with; torch's own function reads any pickle."""
    return torch.load(io.BytesIO(data), weights_only=True)


class _Unpickler(pickle.Unpickler):
    """Gives tensors, arrays, matrices and plain containers, and refuses everything else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch.storage", "_load_from_bytes"):
            return _read_storage
        root = module.partition(".")[0]
        numpy = root == "numpy" and name in _NUMPY
        scipy = root == "scipy" and name in _SCIPY
        if not (numpy or scipy or (module, name) in _ALLOWED):
            raise DGLError(
                f"a pickle may hold tensors, arrays and matrices here, not {module}.{name}"
            )
        if scipy:
            module = "scipy.sparse"
        return super().find_class(module, name)


def read_pickle(path: str) -> Any:
    """The lists, tuples, dictionaries, tensors, numpy arrays and scipy matrices in a pickle.

    No code in the file is run: `DGLError` for any other class or function in it, and if it is
    no pickle.
    """
    try:
        with open(path, "rb") as file:
            return _Unpickler(file, encoding="latin1").load()
    except DGLError as error:
        raise DGLError(f"{path}: {error}") from None
    except (pickle.UnpicklingError, EOFError, LookupError, RuntimeError, ValueError) as error:
        raise DGLError(f"{path}: not a pickle that can be read: {error}") from None
