"""Embeddings of nodes that only the sparse optimizers of `grapevine.optim` change."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

__all__ = ["NodeEmbedding"]

_groups: dict[Any, Any] = {}


def cpu_group() -> Any:
    """The processes of the default group, for objects on the CPU; all must call this at once."""
    default = dist.group.WORLD
    if default not in _groups:
        _groups.clear()
        _groups[default] = dist.new_group(backend="gloo")
    return _groups[default]


def shared_zeros(world_size: int, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    """Zeros that all processes of the group see; all must call this at once.

    They lie in a file in memory that has no name any more when this returns, so that they go with
    the last process.
    """
    if world_size <= 1:
        return torch.zeros(*shape, dtype=dtype)
    path = [""]
    if dist.get_rank() == 0:
        folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
        handle, path[0] = tempfile.mkstemp(prefix="grapevine-", dir=folder)
        os.close(handle)
    dist.broadcast_object_list(path, group=cpu_group())
    size = torch.Size(shape).numel()
    zeros = torch.from_file(path[0], shared=True, size=size, dtype=dtype).view(*shape)
    dist.barrier(cpu_group())
    if dist.get_rank() == 0:
        os.unlink(path[0])
    return zeros


class NodeEmbedding:
    """A row for each node, of which a mini-batch reads and changes a few.

    No module and no parameter: what is read is remembered with its gradient, until a sparse
    optimizer's step. The processes of a group share the rows; all make the embedding, and take
    steps, together.

    Args:
        num_embeddings: How many rows.
        embedding_dim: Their width.
        name: The optimizer keeps its state by it.
        init_func: Given the rows, which are 0, returns the first ones.
        device: Where the rows stay; the CPU if not given, and if there are several processes.
        partition: Of the rows over GPUs; not implemented.

    Raises:
        NotImplementedError: For a partition, and for several processes on another device.

    Source: dgl.nn.NodeEmbedding.
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        name: str,
        init_func: Callable[[Tensor], Tensor] | None = None,
        device: torch.device | str | None = None,
        partition: Any = None,
    ) -> None:
        is_distributed = dist.is_available() and dist.is_initialized()
        self._world_size = dist.get_world_size() if is_distributed else 0
        self._rank = dist.get_rank() if is_distributed else -1
        device = torch.device("cpu" if device is None else device)
        if partition is not None or (self._world_size > 1 and device.type != "cpu"):
            raise NotImplementedError(
                "dgl.nn.NodeEmbedding with rows on several GPUs is not implemented in Grapevine yet"
            )
        shape = (num_embeddings, embedding_dim)
        self._tensor = shared_zeros(self._world_size, shape, torch.float32).to(device)
        if init_func is not None and self._rank <= 0:
            rows = init_func(self._tensor)
            if rows is not self._tensor:
                self._tensor.copy_(rows.detach())
        self._wait()
        self._num_embeddings = num_embeddings
        self._embedding_dim = embedding_dim
        self._name = name
        self._optm_state: tuple[Tensor, ...] | None = None
        self._trace: list[tuple[Tensor, Tensor]] = []

    def __call__(self, node_ids: Tensor, device: torch.device | str = "cpu") -> Tensor:
        """Rows ``[n, embedding_dim]`` of nodes ``[n]``, on ``device``."""
        rows = self._tensor[node_ids.to(self._tensor.device)].to(device)
        if torch.is_grad_enabled():
            rows.requires_grad_()
            self._trace.append((node_ids.to(device), rows))
        return rows

    def _wait(self) -> None:
        """Until all processes are here."""
        if self._world_size > 1:
            dist.barrier(cpu_group())

    @property
    def rank(self) -> int:
        """Number of this process, or -1 without a process group."""
        return self._rank

    @property
    def world_size(self) -> int:
        """How many processes, or 0 without a process group."""
        return self._world_size

    @property
    def partition(self) -> None:
        """There is none."""
        return None

    @property
    def name(self) -> str:
        """The name given."""
        return self._name

    @property
    def num_embeddings(self) -> int:
        """How many rows."""
        return self._num_embeddings

    @property
    def embedding_dim(self) -> int:
        """Their width."""
        return self._embedding_dim

    @property
    def weight(self) -> Tensor:
        """All rows ``[num_embeddings, embedding_dim]``."""
        return self._tensor

    @property
    def optm_state(self) -> tuple[Tensor, ...] | None:
        """The optimizer's state."""
        return self._optm_state

    def set_optm_state(self, state: tuple[Tensor, ...]) -> None:
        """Sets the optimizer's state."""
        self._optm_state = state

    @property
    def trace(self) -> list[tuple[Tensor, Tensor]]:
        """Which nodes were read, and what was."""
        return self._trace

    def reset_trace(self) -> None:
        """Forgets what was read."""
        self._trace = []

    def all_set_embedding(self, values: Tensor) -> None:
        """Sets all rows ``[num_embeddings, embedding_dim]``."""
        if self._rank <= 0:
            self._tensor.copy_(values)
        self._wait()

    def all_get_embedding(self) -> Tensor:
        """All rows ``[num_embeddings, embedding_dim]``."""
        return self._tensor

    def _all_get_optm_state(self) -> tuple[Tensor, ...] | None:
        return self._optm_state

    def _all_set_optm_state(self, states: Sequence[Tensor]) -> None:
        if self._rank <= 0:
            for state, new in zip(self._optm_state or (), states):
                state.copy_(new)
        self._wait()
