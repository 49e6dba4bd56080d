"""Markdown of what compare.py measured."""

from __future__ import annotations

import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

import roofline
from stages import Stage
from systems import CPP, DGL, PYG, PYTHON, TORCH

MARKER = "<!-- The rest is written by bench/compare/compare.py. -->"


class Row:
    """A stage's repetitions in milliseconds, by system, and its limit."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.times: dict[str, list[float]] = {}
        self.wait_share: float | None = None  # of the repetition of Grapevine C++ that was best
        self.limit: float | None = None

    def best(self, system: str) -> float | None:
        """The shortest."""
        return min(self.times[system]) if system in self.times else None

    def middle(self, system: str) -> float | None:
        """The median."""
        return median(self.times[system]) if system in self.times else None

    def cell(self, system: str) -> str:
        """Median and best: batches a second of an epoch, milliseconds of a kernel."""
        show = _milliseconds if self.stage.is_kernel else lambda ms: f"{1000 / ms:.1f}"
        return _pair(self.middle(system), self.best(system), show)

    def ratio(self, system: str, other: str) -> str:
        """How many times as fast `system` is as `other`, by the medians and by the best."""
        pairs = (self.middle(system), self.middle(other)), (self.best(system), self.best(other))
        ratios = [theirs / ours if ours and theirs else None for ours, theirs in pairs]
        return _pair(*ratios, "{:.2f}".format)

    def of_limit(self, system: str) -> str:
        """The share of the limit that the best repetition reaches."""
        best = self.best(system)
        return f"{self.limit / best:.0%}" if best and self.limit else ""


def _pairs_of(systems: Sequence[str], *pairs: tuple[str, str]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if set(pair) <= set(systems)]


def _pair(first: float | None, second: float | None, show: Callable[[float], str]) -> str:
    return "" if first is None or second is None else f"{show(first)} ({show(second)})"


def _milliseconds(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is text."""
    lines = ["| " + " | ".join(header) + " |", "|---|" + "--:|" * (len(header) - 1)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def epochs(rows: Sequence[Row], systems: Sequence[str]) -> str:
    """The section on mini-batches."""
    shown = [system for system in systems if system != TORCH]
    ratios = _pairs_of(shown, (CPP, DGL), (PYTHON, DGL), (CPP, PYG))
    header = ["batches a second: median (best)", *shown, *[f"{a} / {b}" for a, b in ratios]]
    body = [
        [row.stage.name, *map(row.cell, shown), *[row.ratio(a, b) for a, b in ratios]]
        + ["" if row.limit is None else f"{1000 / row.limit:.0f}", row.of_limit(CPP)]
        + ["" if row.wait_share is None else f"{row.wait_share:.0%}"]
        for row in rows
    ]
    header += ["limit", f"{CPP}: of the limit", f"{CPP}: waits for data"]
    return "### Mini-batches\n\n" + table(header, body)


def kernels(rows: Sequence[Row], systems: Sequence[str]) -> str:
    """The section on operators."""
    ratios = _pairs_of(systems, (CPP, DGL), (PYTHON, DGL), (CPP, PYG), (CPP, TORCH))
    names = [f"{a}: times as fast as {b}" for a, b in ratios]
    body = [
        [row.stage.name, *map(row.cell, systems), *[row.ratio(a, b) for a, b in ratios]]
        + ["" if row.limit is None else _milliseconds(row.limit), row.of_limit(CPP)]
        for row in rows
    ]
    header = ["milliseconds: median (best)", *systems, *names, "limit", f"{CPP}: of the limit"]
    return "### Operators\n\n" + table(header, body)


def machine_rates(limits: roofline.Limits) -> str:
    """The section on the rates that the limits are made of."""
    lines = []
    for (what, *parameters), rate in sorted(limits.rates.items(), key=str):
        unit = "GFLOP/s" if what == "gemm" else "GB/s"
        values = ", ".join(f"{name} {value}" for name, value in parameters)
        lines.append([f"{what}: {values}", f"{rate / 1e9:.1f} {unit}"])
    return "### The machine\n\n" + table(["what", "rate"], lines)


def preamble(cores: int, command: str, about: dict[str, dict], repeats: int) -> str:
    """When, where and how."""
    versions = "; ".join(
        f"{name} {facts.get('version', '')}".strip() + f" with torch {facts['torch']}"
        for name, facts in about.items()
        if "torch" in facts
    )
    return (
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {_cpu_model()}, cores and threads: {cores}, "
        f"commit {_commit()}. {versions}. Repetitions: {repeats}. Command: `{command}`."
    )


def write(path: Path, text: str) -> None:
    """Writes a file, or replaces what follows the marker of one that has it."""
    before = path.read_text() if path.exists() else ""
    kept = before.partition(MARKER)[0] + MARKER + "\n\n" if MARKER in before else ""
    path.write_text(kept + text)


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _commit() -> str:
    described = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
    )
    return described.stdout.strip() or "unknown"
