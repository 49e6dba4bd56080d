"""The systems that compare.py measures, each a server process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build" / "release"

CPP, PYTHON, DGL, PYG, TORCH = "Grapevine C++", "Grapevine Python", "DGL", "PyG", "torch CSR"


class Failed(Exception):
    """A system that ended, or could not do what it should."""


class System:
    """A server that answers requests, and the name of its column."""

    def __init__(self, name: str, command: list[str], cores: int, logs: Path) -> None:
        self.name = name
        logs.mkdir(parents=True, exist_ok=True)
        self._log = logs / f"{name.replace(' ', '_')}.log"
        environment = os.environ | {"OMP_NUM_THREADS": str(cores), "MKL_NUM_THREADS": str(cores)}
        if name in (PYTHON, TORCH):
            environment["PYTHONPATH"] = str(BUILD / "python")
        with open(self._log, "w") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment,
            )
        self.about = self._read()
        if self.about["threads"] != cores:
            raise Failed(f"{name}: expected {cores} threads, got {self.about['threads']}")

    @property
    def pid(self) -> int:
        """Of the server."""
        return self._process.pid

    def ask(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """One repetition of a stage, or None if the system does not have it."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise Failed(f"{self.name} has ended; {self._log} says why") from error
        answer = self._read()
        if "error" in answer:
            raise Failed(f"{self.name}: {request}: {answer['error']}")
        return None if "unsupported" in answer else answer

    def close(self) -> None:
        """Ends the server."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise Failed(f"{self.name} ended with {self._process.wait()}; {self._log} says why")
        return json.loads(line)


def commands(data: Path, ours: str, dgl: str | None, pyg: str | None) -> dict[str, list[str]]:
    """How each system that is here is started."""
    result = {
        CPP: [str(BUILD / "bin" / "grapevine_compare"), "serve", str(data)],
        PYTHON: [ours, str(HERE / "serve_dgl.py"), "grapevine", str(data)],
    }
    if dgl:
        result[DGL] = [dgl, str(HERE / "serve_dgl.py"), "dgl", str(data)]
    if pyg:
        result[PYG] = [pyg, str(HERE / "serve_pyg.py"), str(data)]
    result[TORCH] = [ours, str(HERE / "serve_torch.py"), str(data)]
    return result
