"""The loader of mini-batches that samplers make of a graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
import torch.utils.data

from .. import _C
from ..sampling.keys import draw_key, keyed
from ..utils import recursive_apply
from .base import core_sampler, feature_names, unwrap_ids
from .edge_prediction import EdgePredictionSampler, canonical, wrap_edge_batch
from .indices import Indices, as_indices, count_batches
from .lazy import fetch
from .placement import Placement
from .shadow import ShaDowKHopSampler
from .workers import OrderedBatches

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["DataLoader"]


class DataLoader(torch.utils.data.DataLoader):
    """Iterates over ids in batches of what a sampler makes of them. Each loop is one epoch.

        sampler = NeighborSampler([10, 5])
        for input_nodes, output_nodes, blocks in DataLoader(g, ids, sampler, batch_size=1024): ...

    Batches come in order, and are the same for any number of workers; `dgl.seed` repeats them.
    Workers are threads of this process. With a sampler of this package they run in the C++ core;
    one that is written in Python, or overrides one, is called by threads.

    Arguments:
        graph: the graph to sample.
        indices: ids of nodes or edges, whichever the sampler takes: a tensor, a list, a dictionary
            of them by type, or a data set of what the sampler takes.
        graph_sampler: its `sample(graph, ids)` makes a batch.
        device: where batches go; by default where the graph is.
        use_ddp: reads this process's share of the ids only; needs `torch.distributed`.
        ddp_seed: has no effect; the order follows `dgl.seed`.
        batch_size, drop_last, shuffle: how ids are cut into batches.
        use_prefetch_thread, use_alternate_streams, pin_prefetcher: checked as DGL does; copies to
            a GPU always run beside the computation.
        use_uva: takes a graph on the CPU and gives batches on the GPU; samples on the CPU.
        gpu_cache: has no effect.
        num_workers: threads that build batches; 0 builds them in the loop itself.
        worker_init_fn: called by each thread with its number.
        prefetch_factor: batches that may be unread for each worker; by default 2 in all, or as
            many as there are workers and cores.
        kwargs: other arguments of `torch.utils.data.DataLoader`; those that are about processes
            have no effect.

    Raises `ValueError` for devices and options that do not fit; the loop raises `DGLError` for ids
    that are not the graph's, and whatever the sampler raises, in the batch's place.
    Source: dgl.dataloading.DataLoader
    """

    def __init__(
        self,
        graph: DGLGraph,
        indices: Any,
        graph_sampler: Any,
        device: Any = None,
        use_ddp: bool = False,
        ddp_seed: int = 0,
        batch_size: int = 1,
        drop_last: bool = False,
        shuffle: bool = False,
        use_prefetch_thread: bool | None = None,
        use_alternate_streams: bool | None = None,
        pin_prefetcher: bool | None = None,
        use_uva: bool = False,
        gpu_cache: dict[str, dict[str, int]] | None = None,
        **kwargs: Any,
    ) -> None:
        self.graph = graph
        self.indices = indices
        self.graph_sampler = graph_sampler
        self.use_ddp = use_ddp
        self.ddp_seed = ddp_seed
        self.shuffle = shuffle
        self.use_uva = use_uva
        self.other_storages: dict[str, Any] = {}
        self.cpu_affinity_enabled = False
        assert isinstance(gpu_cache, (dict, type(None))), "GPU cache argument should be a dict"
        data = as_indices(indices)
        placement = Placement.find(
            graph,
            data,
            device,
            use_uva=use_uva,
            num_workers=kwargs.get("num_workers", 0),
            pin_prefetcher=pin_prefetcher,
            use_prefetch_thread=use_prefetch_thread,
            use_alternate_streams=use_alternate_streams,
        )
        self.device = placement.device
        self.pin_prefetcher = placement.pin_prefetcher
        self.use_prefetch_thread = placement.use_prefetch_thread
        self.use_alternate_streams = placement.use_alternate_streams
        self._batching = (batch_size, drop_last)
        self._indices: Indices | None = None
        self._core: tuple[Any, Any] | None = None
        if isinstance(data, (torch.Tensor, dict)):
            if use_uva:
                data = recursive_apply(data, lambda ids: ids.to(graph.device))
            self._indices = Indices(data, use_ddp, drop_last)
            data = _Batches(self._indices, batch_size, drop_last, shuffle)
        # What torch makes of its arguments is kept: it checks them, and they are its attributes.
        super().__init__(data, collate_fn=self._sample, batch_size=None, pin_memory=False, **kwargs)

    def __iter__(self) -> Iterator[Any]:
        key = draw_key()
        core = self._core_loader()
        if core is not None:
            loader, epoch, finish = core
            return _CoreBatches(epoch(loader, key), finish)
        tasks = self.dataset.batches(key) if self._indices else self._plain_items()
        if self.num_workers == 0:
            return (self._build(key, i, item) for i, item in enumerate(tasks))
        return OrderedBatches(
            tasks,
            lambda i, item: self._build(key, i, item),
            self.num_workers,
            _C.batches_ahead(self.num_workers, self._prefetch()),
            self.worker_init_fn,
        )

    def __len__(self) -> int:
        return len(self.dataset)

    def check_worker_number_rationality(self) -> None:
        """Says nothing: workers are threads, and may be more than there are cores."""

    def _sample(self, ids: Any) -> Any:
        return self.graph_sampler.sample(self.graph, ids)

    def _build(self, key: int, index: int, ids: Any) -> Any:
        """One batch of a sampler that is written in Python."""
        with keyed(_C.fold_in(key, index)):
            batch = self._sample(ids)
        batch = recursive_apply(batch, fetch, self.graph, self.other_storages)
        return recursive_apply(batch, _to_device, self.device)

    def _plain_items(self) -> Iterator[Any]:
        """What the data set of a user gives, item after item."""
        return iter(
            torch.utils.data.DataLoader(
                self.dataset, batch_size=None, collate_fn=_same, generator=self.generator
            )
        )

    def _core_loader(self) -> tuple[Any, type, Callable] | None:
        """The C++ loader, its kind of epoch, and what makes batches of its batches, if it can."""
        if self._indices is None or self.worker_init_fn is not None:
            return None
        if self._core is not None and self._core[0] is self.graph._graph:
            return self._core[1]
        sampler = core_sampler(self.graph_sampler, self.graph)
        if sampler is None or self.graph_sampler.output_device is not None:
            return None
        ids, graph = self._indices.ids, self.graph
        if isinstance(sampler, _C.EdgePredictionSampler):
            edges = canonical(graph, ids)
            loader = _C.EdgeDataLoader(graph._graph, edges, sampler, self._core_options())
            kind = (loader, _C.EdgeEpoch, _finish_edges(graph, self.graph_sampler.sampler))
        else:
            loader = _C.DataLoader(graph._graph, ids, sampler, self._core_options())
            kind = (loader, _C.Epoch, _finish_nodes(graph, self.graph_sampler))
        self._core = (graph._graph, kind)
        return kind

    def _prefetch(self) -> int:
        """Batches that may be unread."""
        return 2 if self.prefetch_factor is None else self.prefetch_factor * self.num_workers

    def _core_options(self) -> _C.DataLoaderOptions:
        sampler = self.graph_sampler
        options = _C.DataLoaderOptions()
        options.batch_size, options.drop_last = self._batching
        options.shuffle = bool(self.shuffle)
        options.num_workers = self.num_workers
        options.device = None if self.device == self.graph.device else self.device
        options.prefetch = self._prefetch()
        options.prefetch_labels = feature_names(getattr(sampler, "prefetch_labels", None))
        if isinstance(sampler, EdgePredictionSampler):
            sampler = sampler.sampler
            options.positions = self._indices.core_positions(self._printed_etype)
        else:
            options.positions = self._indices.core_positions()
        options.prefetch_node_feats = feature_names(sampler.prefetch_node_feats)
        options.prefetch_edge_feats = feature_names(sampler.prefetch_edge_feats)
        return options

    def _printed_etype(self, etype: Any) -> str:
        """The name by which the core sorts relations."""
        if etype is None:
            return ""
        return "('{}', '{}', '{}')".format(*self.graph.to_canonical_etype(etype))

    @contextmanager
    def enable_cpu_affinity(
        self,
        loader_cores: list[int] | None = None,
        compute_cores: list[int] | None = None,
        verbose: bool = True,
    ) -> Iterator[None]:
        """For programs that pin DGL's worker processes to cores; threads are left to the system.

        Raises `Exception` as DGL does for no workers and for another number of cores than workers.
        """
        if self.device.type == "cpu":
            if self.num_workers == 0:
                raise Exception("ERROR: affinity should be used with at least one DL worker")
            if loader_cores and len(loader_cores) != self.num_workers:
                raise Exception(
                    "ERROR: cpu_affinity incorrect number of loader_cores="
                    f"{loader_cores} for num_workers={self.num_workers}"
                )
        self.cpu_affinity_enabled = True
        try:
            yield
        finally:
            self.cpu_affinity_enabled = False

    def attach_data(self, name: str, data: Any) -> None:
        """Lets a sampler ask for rows of `data` with `LazyFeature(name, ids)` as a batch's item."""
        self.other_storages[name] = data


class _Batches(torch.utils.data.IterableDataset):
    """Ids in batches."""

    def __init__(self, indices: Indices, batch_size: int, drop_last: bool, shuffle: bool) -> None:
        self._indices = indices
        self._batch_size = batch_size
        self._drop_last = drop_last
        self._shuffle = shuffle

    def __len__(self) -> int:
        return count_batches(self._indices.count, self._batch_size, self._drop_last)

    def __iter__(self) -> Iterator[Any]:
        return self.batches(draw_key())

    def batches(self, key: int) -> Iterator[Any]:
        """One epoch's, in an order that depends on the key."""
        order = self._indices.order(self._shuffle, key)
        for i in range(len(self)):
            yield self._indices.batch(order[i * self._batch_size : (i + 1) * self._batch_size])


class _CoreBatches:
    """An epoch of a C++ loader."""

    def __init__(self, epoch: Any, finish: Callable[[tuple], tuple]) -> None:
        self._epoch = epoch
        self._finish = finish

    def __iter__(self) -> _CoreBatches:
        return self

    def __next__(self) -> Any:
        batch = self._epoch.next()
        if batch is None:
            raise StopIteration
        return self._finish(batch)


def _finish_nodes(graph: DGLGraph, sampler: Any) -> Callable[[tuple], tuple]:
    wrap = type(graph)._wrap
    gives_one = isinstance(sampler, ShaDowKHopSampler)

    def finish(batch: tuple) -> tuple:
        input_nodes, output_nodes, blocks = batch
        graphs = wrap(blocks[0]) if gives_one else [wrap(block) for block in blocks]
        return unwrap_ids(graph, input_nodes), output_nodes, graphs

    return finish


def _finish_edges(graph: DGLGraph, sampler: Any) -> Callable[[tuple], tuple]:
    gives_one = isinstance(sampler, ShaDowKHopSampler)

    def finish(batch: tuple) -> tuple:
        *parts, graphs = wrap_edge_batch(graph, batch)
        return *parts, graphs[0] if gives_one else graphs

    return finish


def _to_device(item: Any, device: torch.device) -> Any:
    return item.to(device) if hasattr(item, "to") else item


def _same(item: Any) -> Any:
    return item
