"""Memory of CPU tensors that is kept for the next: `use_buffer_pool`. DGL has no such thing."""

from __future__ import annotations

from typing import NamedTuple

from . import _C

__all__ = ["BufferPoolUsage", "buffer_pool_usage", "empty_buffer_pool", "use_buffer_pool"]


class BufferPoolUsage(NamedTuple):
    """What the pool holds, in bytes: handed out, and kept for the next."""

    used_bytes: int
    free_bytes: int


def use_buffer_pool(
    min_bytes: int = 1 << 20, max_free_bytes: int = 2**63 - 1, huge_pages: bool = True
) -> None:
    """From now on large CPU tensors, PyTorch's own too, reuse the memory of freed ones.

    A training step allocates the same few sizes again and again, and fresh memory costs a page
    fault for each 4 KiB, often more than the arithmetic that fills it. Buffers below `min_bytes`
    (4096 or more) stay with PyTorch's allocator; `max_free_bytes` bounds what is kept, and what is
    in use and what is kept stay together within a quarter above the largest use. `huge_pages` asks
    for pages of 2 MiB where the system has them. Calling it again changes the options.
    `python -m grapevine.dgl` calls it, unless the environment has `GRAPEVINE_BUFFER_POOL=0`.

    Raises `DGLError` for options out of range.
    """
    _C.use_buffer_pool(min_bytes, max_free_bytes, huge_pages)


def empty_buffer_pool() -> None:
    """Gives the free buffers back to the system."""
    _C.empty_buffer_pool()


def buffer_pool_usage() -> BufferPoolUsage:
    """What the pool holds now; zeros before `use_buffer_pool`."""
    return BufferPoolUsage(*_C.buffer_pool_usage())
