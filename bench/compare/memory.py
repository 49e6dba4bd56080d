"""How much memory a loader takes for each number of workers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import report
import stages
from systems import CPP, DGL, PYTHON, System

WORKERS = {CPP: (0, 1, 4, 16), PYTHON: (0, 1, 4, 16), DGL: (0, 1, 4)}


def section(start: Callable[[str], System], systems: list[str], batches: int) -> str:
    """A table: peak memory of fresh processes in an epoch that samples 4,4 and fetches features."""
    rows = []
    for name in systems:
        alone = None
        for workers in WORKERS.get(name, ()):
            resident, proportional = _peaks(start(name), workers, batches)
            alone = alone or proportional
            rows.append(
                [f"{name}, {workers} workers", f"{resident / 1e6:.0f}", f"{proportional / 1e6:.0f}"]
                + [f"{proportional / alone:.2f}"]
            )
    header = ["MB", "peak RSS of the first process", "peak PSS of all", "to no worker"]
    return "### Memory of the loader\n\n" + report.table(header, rows)


def _peaks(system: System, workers: int, batches: int) -> tuple[float, float]:
    """Peak resident memory of the server and peak proportional memory of all its processes."""
    request = stages.loader("", "fetch", [4, 4], batches).request
    system.ask(request | {"workers": 0, "batches": 1})  # loads the graph, which takes more
    Path(f"/proc/{system.pid}/clear_refs").write_text("5")  # the peak counts from here
    peak, done = 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        peak = sum(map(_proportional, _family(system.pid)))
        while not done.wait(0.02):
            peak = max(peak, sum(map(_proportional, _family(system.pid))))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        system.ask(request | {"workers": workers})
    finally:
        done.set()
        watcher.join()
    resident = _kibibytes(Path(f"/proc/{system.pid}/status"), "VmHWM")
    system.close()
    return resident, peak


def _family(pid: int) -> Iterator[int]:
    """A process and its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in children.read_text().split():
                yield from _family(int(child))
        except OSError:
            continue  # a thread that has just ended


def _proportional(pid: int) -> float:
    """Memory of a process in bytes, what it shares divided by those who share it."""
    return _kibibytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss")


def _kibibytes(file: Path, name: str) -> float:
    try:
        for line in file.read_text().splitlines():
            if line.startswith(name + ":"):
                return 1024 * float(line.split()[1])
    except OSError:
        pass  # a process that has just ended
    return 0.0
