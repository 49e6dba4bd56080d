"""Optimizers that change only the rows that were read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch import distributed as dist

from ..nn.pytorch.sparse_emb import NodeEmbedding, cpu_group, shared_zeros

__all__ = ["SparseAdagrad", "SparseAdam", "SparseGradOptimizer"]


class SparseGradOptimizer(ABC):
    """Gathers what was read of embeddings, and its gradients, for one update a step.

    A row that was read several times gets the mean of its gradients.

    Args:
        params: The embeddings.
        lr: Length of a step.

    Raises:
        AssertionError: For no embeddings, and for anything else.

    Source: dgl.optim.pytorch.sparse_optim.SparseGradOptimizer.
    """

    def __init__(self, params: Sequence[NodeEmbedding], lr: float) -> None:
        assert len(params) > 0, f"{type(self).__name__}: params: expected some, got none"
        for emb in params:
            assert isinstance(emb, NodeEmbedding), (
                f"{type(self).__name__}: params: expected dgl.nn.NodeEmbedding, got {type(emb)}"
            )
        self._params = params
        self._lr = lr
        self._clean_grad = False

    @torch.no_grad()
    def step(self) -> None:
        """Updates the rows that were read since the step before."""
        for emb in self._params:
            read = [(ids, rows.grad) for ids, rows in emb.trace if rows.grad is not None]
            if self._clean_grad:
                emb.reset_trace()
            if emb.world_size > 1:
                read = _share(read, emb)
            if read:
                ids, gradients = zip(*read)
                self.update(torch.cat(ids), torch.cat(gradients), emb)
            if emb.world_size > 1:
                dist.barrier(cpu_group())
        self._clean_grad = False

    def zero_grad(self) -> None:
        """Forgets, after the next step, what was read."""
        self._clean_grad = True

    @abstractmethod
    def update(self, idx: Tensor, grad: Tensor, emb: NodeEmbedding) -> None:
        """Updates rows ``idx`` ``[n]`` by gradients ``[n, width]``."""

    @property
    @abstractmethod
    def param_groups(self) -> list[dict[str, Any]]:
        """One group with the settings."""

    @abstractmethod
    def _set_param_groups(self, groups: list[dict[str, Any]]) -> None: ...

    def state_dict(self, **kwargs: Any) -> dict[str, Any]:
        """The state of each embedding by its name, and the settings."""
        state = {emb.name: emb._all_get_optm_state() for emb in self._params}
        return {"state": state, "param_groups": self.param_groups}

    def load_state_dict(self, state_dict: dict[str, Any], **kwargs: Any) -> None:
        """Takes over what `state_dict` gave."""
        for emb in self._params:
            emb._all_set_optm_state(state_dict["state"][emb.name])
        self._set_param_groups(state_dict["param_groups"])


def _share(read: list[tuple[Tensor, Tensor]], emb: NodeEmbedding) -> list[tuple[Tensor, Tensor]]:
    """Of what all processes read, the rows that this one updates: every ``world_size``-th."""
    gathered: list[Any] = [None] * emb.world_size
    on_cpu = [(ids.cpu(), gradient.cpu()) for ids, gradient in read]
    dist.all_gather_object(gathered, on_cpu, group=cpu_group())
    mine = []
    for ids, gradient in (part for parts in gathered for part in parts):
        is_mine = ids % emb.world_size == emb.rank
        mine.append((ids[is_mine], gradient[is_mine]))
    return mine


def _zeros(emb: NodeEmbedding, shape: Sequence[int], dtype: torch.dtype) -> Tensor:
    return shared_zeros(emb.world_size, shape, dtype).to(emb.weight.device)


def _mean_gradients(idx: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    """The different rows ``[m]`` and the mean of the gradients of each ``[m, width]``."""
    rows, inverse, counts = torch.unique(idx, return_inverse=True, return_counts=True)
    total = grad.new_zeros(len(rows), grad.shape[1]).index_add_(0, inverse, grad)
    return rows, total / counts.unsqueeze(1)


class SparseAdagrad(SparseGradOptimizer):
    """Adagrad: steps get shorter by all squared gradients of a row so far.

    Args:
        params: The embeddings.
        lr: Length of a step.
        eps: Added below the root.

    Source: dgl.optim.SparseAdagrad; Duchi et al., 2011.
    """

    def __init__(self, params: Sequence[NodeEmbedding], lr: float, eps: float = 1e-10) -> None:
        super().__init__(params, lr)
        self._eps = eps
        for emb in params:
            emb.set_optm_state((_zeros(emb, emb.weight.shape, torch.float32),))

    def update(self, idx: Tensor, grad: Tensor, emb: NodeEmbedding) -> None:
        """See `SparseGradOptimizer.update`."""
        rows, mean = _mean_gradients(idx, grad)
        (state,) = emb.optm_state
        rows, mean = rows.to(state.device), mean.to(state.device)
        total = state[rows] + mean * mean
        state[rows] = total
        emb.weight[rows] -= self._lr * mean / (total + self._eps).sqrt()

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """One group with ``lr`` and ``eps``."""
        return [{"lr": self._lr, "eps": self._eps}]

    def _set_param_groups(self, groups: list[dict[str, Any]]) -> None:
        self._lr, self._eps = groups[0]["lr"], groups[0]["eps"]


class SparseAdam(SparseGradOptimizer):
    """Adam, with a count of steps for each row.

    Args:
        params: The embeddings.
        lr: Length of a step.
        betas: How slowly the means of gradients and of their squares change.
        eps: Added to the root.
        use_uva: Takes effect on GPUs only.
        dtype: Of the state, float32 or float16.

    Raises:
        AssertionError: For another dtype.

    Source: dgl.optim.SparseAdam; Kingma and Ba, 2015.
    """

    def __init__(
        self,
        params: Sequence[NodeEmbedding],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-08,
        use_uva: bool | None = None,
        dtype: torch.dtype = torch.float32,
    ) -> None:
        super().__init__(params, lr)
        assert dtype in (torch.float16, torch.float32), (
            f"SparseAdam: dtype: expected float32 or float16, got {dtype}"
        )
        self._beta1, self._beta2 = betas
        self._eps = eps
        self._use_uva = use_uva
        self._dtype = dtype
        for emb in params:
            shape = emb.weight.shape
            steps = _zeros(emb, shape[:1], torch.int32)
            means, squares = _zeros(emb, shape, dtype), _zeros(emb, shape, dtype)
            emb.set_optm_state((steps, means, squares))

    def update(self, idx: Tensor, grad: Tensor, emb: NodeEmbedding) -> None:
        """See `SparseGradOptimizer.update`."""
        rows, gradient = _mean_gradients(idx, grad)
        steps, means, squares = emb.optm_state
        rows, gradient = rows.to(steps.device), gradient.to(steps.device)
        steps[rows] += 1
        step = steps[rows].unsqueeze(1)
        mean = torch.lerp(gradient, means[rows].to(gradient), self._beta1)
        square = torch.lerp(gradient * gradient, squares[rows].to(gradient), self._beta2)
        means[rows], squares[rows] = mean.to(self._dtype), square.to(self._dtype)
        unbiased_mean = mean / (1 - self._beta1**step)
        unbiased_square = square / (1 - self._beta2**step)
        emb.weight[rows] -= self._lr * unbiased_mean / (unbiased_square.sqrt() + self._eps)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """One group with ``lr``, ``betas`` and ``eps``."""
        return [{"lr": self._lr, "betas": (self._beta1, self._beta2), "eps": self._eps}]

    def _set_param_groups(self, groups: list[dict[str, Any]]) -> None:
        self._lr, self._eps = groups[0]["lr"], groups[0]["eps"]
        self._beta1, self._beta2 = groups[0]["betas"]
