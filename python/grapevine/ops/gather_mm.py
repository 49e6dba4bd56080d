"""A product for each row with a matrix of its own choice."""

from __future__ import annotations

import torch

from .. import _C

__all__ = ["gather_mm"]


def gather_mm(a: torch.Tensor, b: torch.Tensor, *, idx_b: torch.Tensor) -> torch.Tensor:
    """Row i is `a[i]` `[k]` times `b[idx_b[i]]` `[k, m]`: `[n, m]`. Source: `dgl.ops.gather_mm`."""
    return _C.gather_mm(a, b, idx_b)
