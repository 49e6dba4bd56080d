#!/usr/bin/env python3
"""Grapevine beside DGL, PyG and torch on the same graphs, in one run.

    make bench-compare                                                           # everything
    DGL_PYTHON=... .venv/bin/python bench/compare/compare.py --only 'training'   # some stages

Each system is a server process with as many threads as there are cores. For each stage they take
turns, one repetition each, `--repeats` times; the tables have the median and the best of each,
their ratios, and how far Grapevine is from what the machine can do (roofline.py). Needs, in
build/release, the programs grapevine and grapevine_compare and the Python package, and runs under
the Python with the torch that they were built with; environments.sh makes the other systems' and
prints DGL_PYTHON and PYG_PYTHON. Machines are noisy: let it run alone, and compare ratios of one
run.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import memory
import products
import report
import roofline
import shared_data
import stages
from systems import BUILD, CPP, Failed, System, commands

PARTS = ("epochs", "kernels", "memory", "products")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {','.join(PARTS)}")
    parser.add_argument("--only", default="", help="a regular expression that picks stages by name")
    parser.add_argument("--systems", default="", help="one that picks systems; default: all here")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--batches", type=int, default=89, help="of an epoch; 89 is arxiv's")
    parser.add_argument("--small", action="store_true", help="small graphs, to try the scripts")
    parser.add_argument("--data", type=Path, default=BUILD.parent / "compare", help="for graphs")
    parser.add_argument("--out", type=Path, help="a Markdown file to write, from its marker on")
    parser.add_argument("--list", action="store_true", help="name the stages and stop")
    result = parser.parse_args()
    unknown = set(result.parts.split(",")) - set(PARTS)
    if unknown:
        parser.error(f"--parts: expected some of {', '.join(PARTS)}, got {', '.join(unknown)}")
    return result


class Comparison:
    """The servers, and what they measure."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.failures: list[str] = []
        self.cores = len(os.sched_getaffinity(0))
        self.data = options.data / ("small" if options.small else "full")
        shared_data.write(self.data, BUILD / "bin" / "grapevine", options.small)
        others = os.environ.get("DGL_PYTHON"), os.environ.get("PYG_PYTHON")
        found = commands(self.data, sys.executable, *others)
        self.commands = {n: c for n, c in found.items() if re.search(options.systems, n)}
        self.graphs = {name: self._size(name) for name in ("arxiv", "dense")}

    def _size(self, name: str) -> stages.GraphSize:
        src, num_nodes = shared_data.load(self.data, name, "src", "num_nodes")
        if name == "dense":
            return stages.GraphSize(int(num_nodes), len(src))
        feat, label = shared_data.load(self.data, name, "feat", "label")
        return stages.GraphSize(int(num_nodes), len(src), feat.shape[1], int(label.max()) + 1)

    def start(self, name: str) -> System:
        """A new server."""
        return System(name, self.commands[name], self.cores, self.data / "logs")

    def stages(self) -> list[stages.Stage]:
        """Those that the command line asks for."""
        parts = self.options.parts.split(",")
        return [
            stage
            for stage in stages.all_stages(self.options.batches)
            if ("kernels" if stage.is_kernel else "epochs") in parts
            and re.search(self.options.only, stage.name)
        ]

    def sections(self) -> Iterator[str]:
        """The parts of the report, each as soon as it is measured."""
        parts, batches = self.options.parts.split(","), self.options.batches
        chosen = self.stages()
        if chosen:
            yield self.run_stages(chosen)
        if "memory" in parts:
            yield memory.section(self.start, list(self.commands), batches)
        if "products" in parts:
            program = BUILD / "bin" / "grapevine_compare"
            yield products.section(program, self.data, self.options.small, batches)

    def run_stages(self, chosen: list[stages.Stage]) -> str:
        """The tables of epochs and kernels."""
        servers = [self.start(name) for name in self.commands]
        cpp = next((server for server in servers if server.name == CPP), None)
        limits = cpp and roofline.Limits(lambda request: self._limit(cpp, request), self.cores)
        rows = []
        for stage in chosen:
            rows.append(self._run(stage, servers, limits))
            row = rows[-1]
            cells = "  ".join(f"{name} {row.cell(name)}" for name in row.times)
            print(f"{stage.name}: {cells}", file=sys.stderr, flush=True)
        names = [server.name for server in servers]
        about = {server.name: server.about for server in servers}
        for server in servers:
            server.close()
        command = f"bench/compare/compare.py {shlex.join(sys.argv[1:])}".strip()
        sections = [report.preamble(self.cores, command, about, self.options.repeats)]
        epochs = [row for row in rows if not row.stage.is_kernel]
        kernels = [row for row in rows if row.stage.is_kernel]
        sections += [report.epochs(epochs, names)] if epochs else []
        sections += [report.kernels(kernels, names)] if kernels else []
        sections += [report.machine_rates(limits)] if limits else []
        return "\n\n".join(sections)

    def _run(
        self, stage: stages.Stage, servers: list[System], limits: roofline.Limits | None
    ) -> report.Row:
        """Turns of all systems that have the stage, each round begun by another one."""
        row = report.Row(stage)
        best: dict = {}
        left = list(servers)
        for turn in range(self.options.repeats):
            first = turn % len(servers)
            for server in servers[first:] + servers[:first]:
                answer = self._ask(server, stage.request) if server in left else None
                if answer is None:
                    left = [other for other in left if other is not server]
                    continue
                row.times.setdefault(server.name, []).append(answer["ms"])
                if server.name == CPP and answer["ms"] == row.best(CPP):
                    best = answer
        if limits and best:
            row.wait_share = best.get("wait_share")
            row.limit = stages.limit(stage, best.get("sizes", []), self.graphs, limits)
        return row

    def _ask(self, server: System, request: dict) -> dict | None:
        """One repetition, or None if there is none; what failed is said at the end, too."""
        try:
            return server.ask(request)
        except Failed as failure:
            print(f"compare: {failure}", file=sys.stderr, flush=True)
            self.failures.append(str(failure))
            return None

    def _limit(self, server: System, request: dict) -> float:
        """The best of as many repetitions as the stages get."""
        answers = [server.ask(request) for _ in range(self.options.repeats)]
        return max(answer["rate"] for answer in answers if answer)


def main() -> None:
    """Prints the tables, and writes them if asked."""
    options = arguments()
    if options.list:
        print("\n".join(stage.name for stage in stages.all_stages(options.batches)))
        return
    comparison = Comparison(options)
    text = ""
    for section in comparison.sections():
        print(section + "\n", flush=True)
        text += section + "\n\n"
        if options.out:
            report.write(options.out, text.rstrip("\n") + "\n")
    if comparison.failures:
        count, first = len(comparison.failures), comparison.failures[0]
        sys.exit(f"compare: {count} stages failed, the first: {first}")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"compare: {failure}")
