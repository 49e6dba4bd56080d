"""The loader of batches of graphs."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.utils.data
from torch.utils.data.distributed import DistributedSampler

from ..base import DGLError
from ..batch import batch as batch_graphs
from ..heterograph import DGLGraph

__all__ = ["GraphCollator", "GraphDataLoader"]

_NO_NUMBERS = re.compile(r"[SaUO]")


class GraphCollator:
    """Puts items of a data set of graphs together into a batch.

    Source: dgl.dataloading.GraphCollator
    """

    def collate(self, items: Sequence[Any]) -> Any:
        """Graphs as one graph, tensors stacked, numbers as a tensor, containers item by item.

        Integers become int64, floats float64; strings stay a list. Raises `TypeError` for anything
        else, and `RuntimeError` for sequences of different lengths.
        """
        first = items[0]
        if isinstance(first, DGLGraph):
            return batch_graphs(list(items))
        if isinstance(first, torch.Tensor):
            return torch.stack(list(items), 0)
        if isinstance(first, (str, bytes)):
            return items
        if type(first).__module__ == "numpy":
            return self._collate_arrays(items)
        if isinstance(first, float):
            return torch.tensor(items, dtype=torch.float64)
        if isinstance(first, int):
            return torch.tensor(items)
        if isinstance(first, Mapping):
            return {key: self.collate([item[key] for item in items]) for key in first}
        if isinstance(first, tuple) and hasattr(first, "_fields"):
            return type(first)(*(self.collate(parts) for parts in zip(*items)))
        if isinstance(first, Sequence):
            if any(len(item) != len(first) for item in items):
                raise RuntimeError("each element in list of batch should be of equal size")
            return [self.collate(parts) for parts in zip(*items)]
        raise _unknown(type(first))

    def _collate_arrays(self, items: Sequence[Any]) -> torch.Tensor:
        first = items[0]
        if first.shape == ():
            return torch.as_tensor([item.item() for item in items])
        if _NO_NUMBERS.search(first.dtype.str):
            raise _unknown(first.dtype)
        return torch.stack([torch.as_tensor(item) for item in items], 0)


def _unknown(what: Any) -> TypeError:
    return TypeError(
        "graph_collate: batch must contain DGLGraph, tensors, numpy arrays, "
        f"numbers, dicts or lists; found {what}"
    )


class GraphDataLoader(torch.utils.data.DataLoader):
    """Iterates over a data set of graphs in batches.

        for graph, labels in GraphDataLoader(dataset, batch_size=32, shuffle=True): ...

    Arguments:
        dataset: its items are graphs, or tuples of graphs and labels.
        collate_fn: makes a batch of a list of items; `GraphCollator().collate` by default. Items
            stay single with `batch_size=None`.
        use_ddp: reads this process's share only, by a `DistributedSampler`.
        ddp_seed: of the order that all processes share.
        kwargs: arguments of `torch.utils.data.DataLoader`.

    Source: dgl.dataloading.GraphDataLoader
    """

    collator_arglist = inspect.getfullargspec(GraphCollator).args

    def __init__(
        self,
        dataset: Any,
        collate_fn: Callable[[list], Any] | None = None,
        use_ddp: bool = False,
        ddp_seed: int = 0,
        **kwargs: Any,
    ) -> None:
        self.use_ddp = use_ddp
        if use_ddp:
            self.dist_sampler = DistributedSampler(
                dataset,
                shuffle=kwargs.pop("shuffle", False),
                seed=ddp_seed,
                drop_last=kwargs.pop("drop_last", False),
            )
            kwargs["sampler"] = self.dist_sampler
        if collate_fn is None and kwargs.get("batch_size", 1) is not None:
            collate_fn = GraphCollator().collate
        super().__init__(dataset=dataset, collate_fn=collate_fn, **kwargs)

    def set_epoch(self, epoch: int) -> None:
        """Gives the processes of `use_ddp` a new order; raises `DGLError` without it."""
        if not self.use_ddp:
            raise DGLError("set_epoch is only available when use_ddp is True.")
        self.dist_sampler.set_epoch(epoch)
