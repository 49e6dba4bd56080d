"""Schemes of features and placeholders for features that a loader fills in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from .base import DGLError
from .init import zero_initializer

if TYPE_CHECKING:
    from . import _C

__all__ = ["LazyFeature", "Scheme", "infer_scheme", "zero_initializer"]


class Scheme(NamedTuple):
    """Shape of a feature without its first dimension, and its dtype."""

    shape: tuple[int, ...]
    dtype: torch.dtype


def infer_scheme(tensor: torch.Tensor) -> Scheme:
    """The scheme of a feature `[n, *shape]`."""
    return Scheme(tuple(tensor.shape[1:]), tensor.dtype)


def schemes(frame: _C.Frame) -> dict[str, Scheme]:
    """The schemes of all features of a frame, without gathering any."""
    return {name: Scheme(*scheme) for name, scheme in frame.schemes().items()}


class LazyFeature:
    """Stands in a frame for a feature that a loader fetches before the batch reaches the user.

    `name` is the feature's name in the graph that was sampled (by default the name it stands
    under), `id_` the ids of its rows there (by default those in `NID` or `EID`).
    Source: `dgl.LazyFeature`.
    """

    __slots__ = ["id_", "name"]

    def __init__(self, name: str | None = None, id_: torch.Tensor | None = None) -> None:
        self.name = name
        self.id_ = id_

    def to(self, *args: Any, **kwargs: Any) -> LazyFeature:
        """This placeholder, which is on no device."""
        return self

    @property
    def data(self) -> LazyFeature:
        """This placeholder."""
        return self


def write_rows(
    frame: _C.Frame, rows: torch.Tensor, name: str, value: torch.Tensor, initializer: Any
) -> None:
    """Writes `value` `[n, *shape]` into the rows `rows` `[n]` of a feature.

    The tensor that was there stays as it is. A new feature is made by the initializer first. Raises
    `DGLError` if the feature has another shape or dtype than `value`.
    """
    scheme = infer_scheme(value)
    if name in frame:
        column = frame.get(name)
        if infer_scheme(column) != scheme:
            raise DGLError(
                f"Cannot update column of scheme {scheme} using feature of scheme "
                f"{infer_scheme(column)}."
            )
    else:
        count = frame.num_rows
        shape = (count, *scheme.shape)
        column = initializer(shape, scheme.dtype, value.device, slice(0, count))
    frame.set(name, column.index_copy(0, rows.long(), value))
