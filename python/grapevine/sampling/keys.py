"""Keys of what is sampled.

Each draw has a key of its own: from `dgl.seed` or, while a loader builds a batch, from that batch
and the number of the draw in it. So results repeat after `dgl.seed`, and those of a loader do not
depend on its workers.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .._C import fold_in
from ..random import next_seed

__all__ = ["draw_key", "keyed"]


class _Batch(threading.local):
    """What this thread builds."""

    key: int | None = None
    draws = 0


_lock = threading.Lock()
_batch = _Batch()


def draw_key() -> int:
    """A key of 64 bits that no other draw has."""
    if _batch.key is not None:
        _batch.draws += 1
        return fold_in(_batch.key, _batch.draws)
    with _lock:
        return next_seed()


@contextmanager
def keyed(key: int) -> Iterator[None]:
    """Within it, what this thread draws depends on `key` alone."""
    previous = _batch.key, _batch.draws
    _batch.key, _batch.draws = key, 0
    try:
        yield
    finally:
        _batch.key, _batch.draws = previous
