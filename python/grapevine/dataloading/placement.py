"""Where a loader's batches go, and by which way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from ..heterograph import DGLGraph


@dataclass
class Placement:
    """What `DataLoader` makes of its arguments about devices."""

    device: torch.device
    pin_prefetcher: bool
    use_prefetch_thread: bool
    use_alternate_streams: bool

    @classmethod
    def find(
        cls,
        graph: DGLGraph,
        indices: Any,
        device: Any,
        *,
        use_uva: bool,
        num_workers: int,
        pin_prefetcher: bool | None,
        use_prefetch_thread: bool | None,
        use_alternate_streams: bool | None,
    ) -> Placement:
        """Raises `ValueError` for what does not go together."""
        if device is None:
            device = torch.cuda.current_device() if use_uva else graph.device
        device = torch.device(device)
        if device.type == "cuda" and device.index is None:
            device = torch.device("cuda", torch.cuda.current_device())
        if use_uva:
            _check_uva(graph, num_workers)
        else:
            _check_devices(graph, indices, num_workers)
        copies = device.type == "cuda" and graph.device.type == "cpu" and not use_uva
        for name, value in (
            ("pin_prefetcher", pin_prefetcher),
            ("use_prefetch_thread", use_prefetch_thread),
        ):
            if value is True and not copies:
                raise ValueError(
                    f"{name}=True is only effective when device=cuda and "
                    "sampling is performed on CPU."
                )
        return cls(
            device,
            copies if pin_prefetcher is None else pin_prefetcher,
            copies if use_prefetch_thread is None else use_prefetch_thread,
            copies if use_alternate_streams is None else use_alternate_streams,
        )


def _check_uva(graph: DGLGraph, num_workers: int) -> None:
    if graph.device.type != "cpu":
        raise ValueError("Graph must be on CPU if UVA sampling is enabled.")
    if num_workers > 0:
        raise ValueError("num_workers must be 0 if UVA sampling is enabled.")


def _check_devices(graph: DGLGraph, indices: Any, num_workers: int) -> None:
    if isinstance(indices, Mapping):
        indices = next(iter(indices.values()))
    if graph.device != torch.device(indices.device):
        raise ValueError("Expect graph and indices to be on the same device when use_uva=False. ")
    if graph.device.type == "cuda" and num_workers > 0:
        raise ValueError("num_workers must be 0 if graph and indices are on CUDA.")
