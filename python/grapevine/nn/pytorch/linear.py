"""Linear layers with a weight for each type."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from ...ops import gather_mm, segment_mm

__all__ = ["TypedLinear"]


class TypedLinear(nn.Module):
    """Multiplies each row by the weight of its type.

    Parameters: ``W`` ``[num_types, in_size, out_size]``. With ``"basis"``, weights are mixtures
    ``coeff`` ``[num_types, num_bases]`` of ``W`` ``[num_bases, in_size, out_size]``. With
    ``"bdd"`` they are block-diagonal, and ``W`` is ``[num_types, entries of the blocks]``.

    Args:
        in_size: Width of the input.
        out_size: Width of the output.
        num_types: How many types.
        regularizer: ``"basis"``, ``"bdd"`` or ``None``.
        num_bases: How many bases or blocks.

    Raises:
        ValueError: For another regularizer, missing ``num_bases``, and sizes that are no
            multiples of the number of blocks.

    Source: dgl.nn.TypedLinear; Schlichtkrull et al., 2018.
    """

    def __init__(
        self,
        in_size: int,
        out_size: int,
        num_types: int,
        regularizer: str | None = None,
        num_bases: int | None = None,
    ) -> None:
        super().__init__()
        self.in_size = in_size
        self.out_size = out_size
        self.num_types = num_types
        if regularizer not in (None, "basis", "bdd"):
            raise ValueError(
                f'TypedLinear: regularizer: expected "basis", "bdd" or None, got {regularizer!r}'
            )
        if regularizer is not None:
            if num_bases is None:
                raise ValueError(f'TypedLinear: num_bases: "{regularizer}" needs it')
            self.num_bases = num_bases
        if regularizer is None:
            self.W = nn.Parameter(torch.empty(num_types, in_size, out_size))
        elif regularizer == "basis":
            self.W = nn.Parameter(torch.empty(num_bases, in_size, out_size))
            self.coeff = nn.Parameter(torch.empty(num_types, num_bases))
        else:
            if in_size % num_bases != 0 or out_size % num_bases != 0:
                raise ValueError(
                    f"TypedLinear: in_size, out_size: expected multiples of num_bases "
                    f"({num_bases}), got {in_size} and {out_size}"
                )
            self.submat_in = in_size // num_bases
            self.submat_out = out_size // num_bases
            entries = num_bases * self.submat_in * self.submat_out
            self.W = nn.Parameter(torch.empty(num_types, entries))
        self.regularizer = regularizer
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weights anew: uniform, with a bound of one over the root of the width."""
        width = self.submat_in if self.regularizer == "bdd" else self.in_size
        bound = 1 / math.sqrt(width)
        nn.init.uniform_(self.W, -bound, bound)
        if self.regularizer == "basis":
            nn.init.xavier_uniform_(self.coeff, gain=nn.init.calculate_gain("relu"))

    def get_weight(self) -> Tensor:
        """The weight of each type ``[num_types, in_size, out_size]``; with "bdd", ``W``."""
        if self.regularizer == "basis":
            return torch.tensordot(self.coeff, self.W, dims=1)
        return self.W

    def forward(self, x: Tensor, x_type: Tensor, sorted_by_type: bool = False) -> Tensor:
        """``[n, in_size]`` to ``[n, out_size]``.

        Args:
            x: ``[n, in_size]``.
            x_type: Type of each row, ``[n]``.
            sorted_by_type: Whether ``x_type`` is sorted, which is faster.
        """
        weight = self.get_weight()
        if self.regularizer == "bdd":
            blocks = weight.index_select(0, x_type)
            blocks = blocks.reshape(-1, self.submat_in, self.submat_out)
            result = torch.bmm(x.reshape(-1, 1, self.submat_in), blocks)
            return result.reshape(len(x), self.out_size)
        if sorted_by_type:
            counts = torch.bincount(x_type, minlength=self.num_types).cpu()
            return segment_mm(x, weight, seglen_a=counts)
        return gather_mm(x, weight, idx_b=x_type)

    def __repr__(self) -> str:
        sizes = f"in_size={self.in_size}, out_size={self.out_size}, num_types={self.num_types}"
        if self.regularizer is not None:
            sizes += f", regularizer={self.regularizer}, num_bases={self.num_bases}"
        return f"TypedLinear({sizes})"
