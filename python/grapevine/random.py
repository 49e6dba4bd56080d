"""The one source of randomness of the package: `seed` sets it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

__all__ = ["seed"]

_generator = np.random.default_rng()


def seed(val: int) -> None:
    """Makes what samplers, generators and `choice` draw from here on repeatable.

    Source: `dgl.seed`.
    """
    global _generator
    _generator = np.random.default_rng(int(val))


def next_seed() -> int:
    """A seed in `[0, 2**63)` for one call that draws; the next call gets another."""
    return int(_generator.integers(2**63))


def choice(a: Any, size: Any, replace: bool = True, prob: Any = None) -> torch.Tensor:
    """Draws from a tensor `[n, *shape]`, or from `0 .. a - 1`: a tensor of `size` rows.

    `prob` `[n]` are probabilities. Source: `dgl.random.choice`.
    """
    population = len(a) if isinstance(a, torch.Tensor) else int(a)
    weights = None
    if prob is not None:
        weights = np.asarray(prob, dtype=np.float64)
        weights = weights / weights.sum()
    chosen = _generator.choice(population, size=size, replace=replace, p=weights)
    ids = torch.as_tensor(chosen, dtype=torch.int64)
    return a[ids] if isinstance(a, torch.Tensor) else ids
