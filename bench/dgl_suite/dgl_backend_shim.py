"""What DGL's tests need from `dgl.backend` and other internals, as a pytest plugin.

    PYTHONPATH=<this folder>:<dgl>/tests python -m grapevine.dgl -m pytest -p dgl_backend_shim ...

None of it is part of the package: users of DGL call PyTorch.
"""

from __future__ import annotations

import importlib.machinery
import sys
from contextlib import nullcontext
from types import ModuleType
from typing import Any

import numpy as np
import torch



def _tensor(data: Any, dtype: torch.dtype | None = None) -> torch.Tensor:
    if isinstance(data, torch.Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, (list, tuple)) and data and isinstance(data[0], torch.Tensor):
        return torch.stack([torch.as_tensor(x) for x in data]).to(dtype or data[0].dtype)
    if isinstance(data, int):
        data = [data]
    return torch.as_tensor(np.asarray(data) if not isinstance(data, list) else data, dtype=dtype)


def _attach_grad(x: torch.Tensor) -> torch.Tensor:
    if x.grad is not None:
        x.grad.zero_()
        return x
    return x.requires_grad_()


def _backward(x: torch.Tensor, head: torch.Tensor | None = None) -> None:
    if head is not None and head.shape[0] == 1 and x.ndim == 0:
        head = head[0]
    x.backward(head)


def _grad(x: torch.Tensor) -> torch.Tensor:
    x.retain_grad()
    return x.grad


def _unique(x: torch.Tensor, return_inverse: bool = False, return_counts: bool = False) -> Any:
    return torch.unique(x, return_inverse=return_inverse, return_counts=return_counts)


def _narrow_row_set(x: torch.Tensor, start: int, stop: int, new: torch.Tensor) -> None:
    x[start:stop] = new


def _zero_infinite(x: torch.Tensor) -> torch.Tensor:
    return torch.where(torch.isinf(x), torch.zeros_like(x), x)


def _create() -> ModuleType:
    backend = ModuleType("dgl.backend")
    backend.__dict__.update(
        backend_name="pytorch",
        load_backend=lambda name: None,
        get_preferred_backend=lambda: "pytorch",
        cpu=lambda: torch.device("cpu"),
        cuda=lambda: torch.device("cuda"),
        int32=torch.int32,
        int64=torch.int64,
        uint8=torch.uint8,
        float16=torch.float16,
        bfloat16=torch.bfloat16,
        float32=torch.float32,
        float64=torch.float64,
        bool=torch.bool,
        tensor=_tensor,
        as_scalar=lambda x: x.item(),
        is_tensor=lambda x: isinstance(x, torch.Tensor),
        shape=lambda x: x.shape,
        dtype=lambda x: x.dtype,
        ndim=lambda x: x.ndim,
        context=lambda x: x.device,
        device_type=lambda ctx: torch.device(ctx).type,
        to_backend_ctx=lambda ctx: ctx,
        astype=lambda x, dtype: x.to(dtype),
        asnumpy=lambda x: x.to_dense().numpy() if x.is_sparse else x.cpu().detach().numpy(),
        copy_to=lambda x, ctx, **kwargs: x.to(ctx, **kwargs),
        is_pinned=lambda x: x.is_pinned(),
        sum=lambda x, dim, keepdims=False: x.sum(dim, keepdim=keepdims),
        reduce_sum=lambda x: x.sum(),
        mean=lambda x, dim: x.mean(dim),
        max=lambda x, dim: x.max(dim).values,
        min=lambda x, dim: x.min(dim).values,
        exp=torch.exp,
        sqrt=torch.sqrt,
        softmax=lambda x, dim=-1: torch.softmax(x, dim),
        cat=torch.cat,
        stack=torch.stack,
        split=lambda x, sizes, dim: torch.split(x, sizes, dim),
        repeat=lambda x, repeats, dim: torch.repeat_interleave(x, repeats, dim),
        gather_row=lambda x, rows: torch.index_select(x, 0, rows.long()),
        slice_axis=lambda x, axis, begin, end: x.narrow(axis, begin, end - begin),
        narrow_row=lambda x, start, stop: x[start:stop],
        narrow_row_set=_narrow_row_set,
        scatter_row=lambda x, rows, new: x.index_copy(0, rows.long(), new),
        squeeze=torch.squeeze,
        unsqueeze=torch.unsqueeze,
        reshape=torch.reshape,
        swapaxes=torch.transpose,
        zeros=lambda shape, dtype, ctx: torch.zeros(shape, dtype=dtype, device=ctx),
        zeros_like=torch.zeros_like,
        ones=lambda shape, dtype, ctx: torch.ones(shape, dtype=dtype, device=ctx),
        full=lambda shape, value, dtype, ctx: torch.full(shape, value, dtype=dtype, device=ctx),
        full_1d=lambda n, value, dtype, ctx: torch.full((n,), value, dtype=dtype, device=ctx),
        uniform=lambda shape, dtype, ctx, low, high: torch.empty(shape, dtype=dtype).uniform_(
            low, high
        ),
        randint=lambda shape, dtype, ctx, low, high: torch.randint(low, high, shape, dtype=dtype),
        randn=lambda shape: torch.randn(*shape),
        arange=lambda start, stop, dtype=torch.int64, ctx=None: torch.arange(
            start, stop, dtype=dtype, device=ctx
        ),
        boolean_mask=lambda x, mask: x[mask],
        equal=lambda x, y: x == y,
        nonzero_1d=lambda x: torch.nonzero(x, as_tuple=False).flatten(),
        unique=_unique,
        clone=lambda x: x.clone(),
        replace_inf_with_zero=_zero_infinite,
        zerocopy_to_numpy=lambda x: x.detach().cpu().numpy(),
        zerocopy_from_numpy=torch.as_tensor,
        zerocopy_to_dlpack=lambda x: torch.utils.dlpack.to_dlpack(x.contiguous()),
        zerocopy_from_dlpack=torch.utils.dlpack.from_dlpack,
        attach_grad=_attach_grad,
        backward=_backward,
        grad=_grad,
        is_no_grad=lambda x: x.grad is None or bool((x.grad == 0).all()),
        record_grad=nullcontext,
        no_grad=torch.no_grad,
    )
    backend.__all__ = [name for name in vars(backend) if not name.startswith("_")]
    return backend


def _internals() -> dict[str, dict[str, Any]]:
    """Internals that test files import at their top; tests of them are not ours."""
    from grapevine.view import FrameRows

    def missing(*args: Any, **kwargs: Any) -> None:
        raise NotImplementedError("an internal of DGL")

    return {
        "dgl.ndarray": {"cpu": missing, "array": missing},
        "dgl.graph_index": {"create_graph_index": missing},
        "dgl.heterograph_index": {},
        "dgl._ffi": {},
        "dgl.frame": {"Column": FrameRows},
        "dgl.utils": {"toindex": missing, "Filter": missing},
    }


class _Finder:
    """Gives `dgl.backend` to whoever imports it, in this process and in those it starts."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        if name not in ("dgl.backend", "grapevine.backend"):
            return None
        return importlib.machinery.ModuleSpec(name, _Finder)

    @staticmethod
    def create_module(spec: Any) -> ModuleType:
        return _create()

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        import dgl

        dgl.backend = module


def install() -> None:
    """Puts the finder first; sitecustomize.py calls it in every process."""
    sys.meta_path.insert(0, _Finder)


def pytest_configure(config: Any) -> None:
    import dgl

    install()
    graph = dgl.DGLGraph
    graph._etype2canonical = property(
        lambda self: {k: v or () for k, v in self._meta.etypes_by_name.items()}
    )
    for name, values in _internals().items():
        module = sys.modules.get(name)
        if module is None:
            try:
                __import__(name)
                module = sys.modules[name]
            except ImportError:
                module = sys.modules[name] = ModuleType(name)
        for key, value in values.items():
            if key not in vars(module):
                setattr(module, key, value)
