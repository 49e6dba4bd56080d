"""The server's side of compare.py: a request a line in, an answer a line out."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

Request = dict[str, Any]
Answer = dict[str, Any]
Step = Callable[[], Answer]


class Unsupported(Exception):
    """A stage that a system does not have; its column stays empty."""


def serve(prepare: Callable[[Request], Step], about: Answer) -> None:
    """Answers requests until standard input ends, after a first line `about` the system.

    `prepare` makes what a stage needs, warm-up included; the step that it returns is one timed
    repetition, and is called again as long as the same request comes.
    """
    # What a library prints goes to stderr; the answers alone to what was standard output.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print(json.dumps(about), file=answers, flush=True)
    current, step = None, None
    for line in sys.stdin:
        try:
            if line != current:
                current, step = None, None  # frees what the last stage held
                step = prepare(json.loads(line))
                current = line
            answer = step()
        except Unsupported as error:
            answer = {"unsupported": str(error)}
        except Exception as error:  # the other systems go on
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


def milliseconds_of(call: Callable[[], object]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


class Waiting:
    """An iterator that adds up how long it was waited for."""

    def __init__(self, iterable: Any) -> None:
        self._iterable = iterable
        self.seconds = 0.0

    def __iter__(self) -> Any:
        start = time.perf_counter()
        iterator = iter(self._iterable)
        while True:
            try:
                item = next(iterator)
            except StopIteration:
                return
            finally:
                self.seconds += time.perf_counter() - start
            yield item
            start = time.perf_counter()
