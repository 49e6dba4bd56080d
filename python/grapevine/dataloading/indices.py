"""The ids that a loader goes through, cut into batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch

from .. import _C


def as_indices(indices: Any) -> Any:
    """Ids as tensors, where they can be; other data sets as they are.

    Arguments:
        indices: a tensor or list of ids, a dictionary of them by type, or a data set of what its
            sampler takes, which says with `device` where it is.
    """
    if isinstance(indices, Mapping):
        return {
            type_: ids if isinstance(ids, torch.Tensor) else torch.tensor(ids)
            for type_, ids in indices.items()
        }
    if isinstance(indices, torch.Tensor):
        return indices
    try:
        return torch.as_tensor(indices)
    except (TypeError, ValueError, RuntimeError):
        if not hasattr(indices, "device"):
            raise AttributeError(
                'Custom indices dataset requires a "device" attribute indicating where the '
                "indices is."
            ) from None
        return indices


class Indices:
    """Ids, or ids by type, which are batched over their concatenation.

    Arguments:
        ids: a tensor `[n]`, or a dictionary of tensors.
        use_ddp: whether this process reads only its share of them: the same number as every other,
            consecutive; without `drop_last` the last share begins anew where it is too short.
    """

    def __init__(
        self, ids: torch.Tensor | dict[Any, torch.Tensor], use_ddp: bool, drop_last: bool
    ) -> None:
        self.ids = ids
        by_type = ids if isinstance(ids, dict) else {None: ids}
        self._types = list(by_type)
        self._tensors = list(by_type.values())
        counts = torch.tensor([len(tensor) for tensor in self._tensors])
        self._bounds = counts.cumsum(0)
        self._starts = self._bounds - counts
        total = int(self._bounds[-1]) if self._types else 0
        self._share = _share(total, drop_last) if use_ddp else None
        self.count = total if self._share is None else len(self._share)

    def core_positions(self, name_of: Callable[[Any], str] = str) -> torch.Tensor | None:
        """Which ids to read, as places in the concatenation of their types in the order of names.

        `name_of` gives the name by which the core sorts a type. None for all ids, in that order.
        """
        names = [name_of(type_) for type_ in self._types]
        if names == sorted(names):
            return self._share
        order = sorted(range(len(names)), key=names.__getitem__)
        counts = (self._bounds - self._starts)[order]
        starts = torch.empty_like(counts)
        starts[order] = counts.cumsum(0) - counts
        every = torch.cat(
            [torch.arange(len(ids)) + start for start, ids in zip(starts, self._tensors)]
        )
        return every if self._share is None else every[self._share]

    def order(self, shuffle: bool, key: int) -> torch.Tensor:
        """An epoch's order: places in the concatenation of the types as they were given."""
        return _C.epoch_order(
            torch.arange(self.count) if self._share is None else self._share, shuffle, key
        )

    def batch(self, places: torch.Tensor) -> torch.Tensor | dict[Any, torch.Tensor]:
        """The ids at some places; a dictionary lacks the types that have none."""
        if self._types == [None]:
            return self._tensors[0][places.to(self._tensors[0].device)]
        type_of = torch.searchsorted(self._bounds, places, right=True)
        result = {}
        for i, (type_, ids) in enumerate(zip(self._types, self._tensors)):
            rows = places[type_of == i] - self._starts[i]
            if len(rows) > 0:
                result[type_] = ids[rows.to(ids.device)]
        return result


def _share(total: int, drop_last: bool) -> torch.Tensor:
    """Places that this process reads."""
    import torch.distributed as dist

    rank, world = dist.get_rank(), dist.get_world_size()
    size = total // world if drop_last else math.ceil(total / world)
    places = torch.arange(rank * size, min((rank + 1) * size, total))
    if len(places) == 0:
        return torch.arange(size) % max(total, 1)
    return places[torch.arange(size) % len(places)]


def count_batches(count: int, batch_size: int, drop_last: bool) -> int:
    """How many batches `count` ids make."""
    return count // batch_size if drop_last else -(-count // batch_size)
