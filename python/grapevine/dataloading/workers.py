"""Threads that build batches ahead of their reader, for samplers written in Python."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import torch

from .. import _C

_running: weakref.WeakSet[_Shared] = weakref.WeakSet()


class _Shared:
    """What the reader and the threads share, under `changed`'s lock."""

    def __init__(
        self, tasks: Iterator[Any], build: Callable[[int, Any], Any], capacity: int
    ) -> None:
        self.tasks = tasks
        self.build = build
        self.capacity = capacity
        self.changed = threading.Condition()
        self.done: dict[int, tuple[Any, BaseException | None]] = {}
        self.claimed = 0
        self.read = 0
        self.has_ended = False  # there is nothing left to claim
        self.threads: list[threading.Thread] = []

    def stop(self) -> None:
        """Lets the threads end after what they are building."""
        with self.changed:
            self.has_ended = True
            self.changed.notify_all()

    def claim(self) -> tuple[int, Any] | None:
        """The next batch to build, once there is room for it; None at the end."""
        with self.changed:
            self.changed.wait_for(
                lambda: self.has_ended or self.claimed < self.read + self.capacity
            )
            if self.has_ended:
                return None
            index = self.claimed
            self.claimed += 1
            try:
                return index, next(self.tasks)
            except StopIteration:
                self.claimed -= 1
                self.has_ended = True
                self.changed.notify_all()
                return None
            except BaseException as error:  # noqa: BLE001 - the reader gets it
                self.finish(index, None, error)
                return None

    def finish(self, index: int, batch: Any, error: BaseException | None) -> None:
        """Hands a batch, or what went wrong, to the reader."""
        with self.changed:
            self.done[index] = (batch, error)
            self.has_ended |= error is not None
            self.changed.notify_all()


def _work(shared: _Shared, grad_enabled: bool, start: Callable[[], None] | None) -> None:
    torch.set_grad_enabled(grad_enabled)
    with _C.SerialRegion():
        problem = None
        try:
            if start is not None:
                start()
        except BaseException as error:  # noqa: BLE001
            problem = error
        while (task := shared.claim()) is not None:
            index, item = task
            batch = None
            try:
                if problem is None:
                    batch = shared.build(index, item)
            except BaseException as error:  # noqa: BLE001
                problem = error
            shared.finish(index, batch, problem)
            del batch, item, task


class OrderedBatches:
    """Builds a batch of each task on threads, and hands the batches out in order.

    An exception of a task comes out in its batch's place and ends the iteration. Whoever drops the
    iterator lets the threads end; nobody waits for them.

    Arguments:
        tasks: what to build batches from; only one thread at a time reads it.
        build: makes a batch of the task's number and the task.
        num_workers: threads.
        ahead: batches that may be unread, done or being built.
        start: called with its number by each thread first.
    """

    def __init__(
        self,
        tasks: Iterator[Any],
        build: Callable[[int, Any], Any],
        num_workers: int,
        ahead: int,
        start: Callable[[int], None] | None = None,
    ) -> None:
        self._shared = _Shared(tasks, build, ahead)
        grad_enabled = torch.is_grad_enabled()
        _running.add(self._shared)
        for i in range(num_workers):
            begin = None if start is None else lambda number=i: start(number)
            thread = threading.Thread(
                target=_work, args=(self._shared, grad_enabled, begin), daemon=True
            )
            self._shared.threads.append(thread)
            thread.start()

    def __iter__(self) -> OrderedBatches:
        return self

    def __next__(self) -> Any:
        shared = self._shared
        with shared.changed:
            shared.changed.wait_for(
                lambda: (
                    shared.read in shared.done
                    or (shared.has_ended and shared.read >= shared.claimed)
                )
            )
            if shared.read not in shared.done:
                raise StopIteration
            batch, error = shared.done.pop(shared.read)
            shared.read = shared.read + 1 if error is None else shared.claimed
            shared.changed.notify_all()
        if error is not None:
            raise error
        return batch

    def __del__(self) -> None:
        self._shared.stop()


@atexit.register
def _stop_all() -> None:
    """Waits for threads that are in the C++ core, which must not outlive the interpreter."""
    for shared in list(_running):
        shared.stop()
    deadline = time.monotonic() + 1.0
    for shared in list(_running):
        for thread in shared.threads:
            thread.join(max(deadline - time.monotonic(), 0.0))
