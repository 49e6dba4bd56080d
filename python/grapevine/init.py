"""What new rows of features are filled with."""

from __future__ import annotations

import torch

__all__ = ["base_initializer", "zero_initializer"]


def base_initializer(
    shape: tuple[int, ...], dtype: torch.dtype, ctx: torch.device, id_range: slice
) -> torch.Tensor:
    """The form of an initializer: features of the given shape for the nodes or edges `id_range`."""
    raise NotImplementedError


def zero_initializer(
    shape: tuple[int, ...], dtype: torch.dtype, ctx: torch.device, id_range: slice
) -> torch.Tensor:
    """Zeros; the default. Source: `dgl.init.zero_initializer`."""
    return torch.zeros(shape, dtype=dtype, device=ctx)
