"""Reductions, softmax and products of consecutive rows."""

from __future__ import annotations

import torch

from .. import _C
from ..base import DGLError

__all__ = ["segment_mm", "segment_reduce", "segment_softmax"]


def segment_reduce(seglen: torch.Tensor, value: torch.Tensor, reducer: str = "sum") -> torch.Tensor:
    """The "sum", "mean", "max" or "min" of each segment: `[num_segments, *shape]`.

    Segment i has the next `seglen[i]` rows of `value` `[num_rows, *shape]`; an empty one gives 0.
    Raises `DGLError` for another reducer and lengths that do not sum to the number of rows.
    Source: `dgl.ops.segment_reduce`.
    """
    if reducer not in ("sum", "mean", "max", "min"):
        raise DGLError(f"reducer {reducer} not recognized.")
    return _C.segment_reduce(seglen, value, reducer)


def segment_softmax(seglen: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """Softmax over the rows of each segment: `[num_rows, *shape]`.

    Source: `dgl.ops.segment_softmax`.
    """
    return _C.segment_softmax(seglen, value)


def segment_mm(a: torch.Tensor, b: torch.Tensor, seglen_a: torch.Tensor) -> torch.Tensor:
    """The next `seglen_a[i]` rows of `a` `[n, k]` times `b[i]` `[k, m]`, for each segment i.

    Returns `[n, m]`. Source: `dgl.ops.segment_mm`.
    """
    return _C.segment_mm(a, b, seglen_a)
