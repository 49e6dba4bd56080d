#!/usr/bin/env python3
"""torch's own product of a CSR matrix and a dense one, as a server of compare.py.

    serve_torch.py DATA

Answers the kernels copy_u_sum, copy_u_mean and copy_u_max, forward, and copy_u_sum backward as the
product with the transposed matrix, made beforehand, which is the least that it can take.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import protocol
import shared_data
import torch

DATA = sys.argv[1]
REDUCE = {"copy_u_sum": "sum", "copy_u_mean": "mean", "copy_u_max": "amax"}
warnings.filterwarnings("ignore")  # that the interface may change
_matrices: dict[tuple[str, bool], torch.Tensor] = {}


def matrix_of(graph: str, transposed: bool) -> torch.Tensor:
    """In-edges as rows of ones, or out-edges."""
    key = (graph, transposed)
    if key not in _matrices:
        src, dst, num_nodes = shared_data.load(DATA, graph, "src", "dst", "num_nodes")
        rows, columns = (src, dst) if transposed else (dst, src)
        order = torch.from_numpy(rows).argsort(stable=True)
        counts = torch.from_numpy(rows).bincount(minlength=int(num_nodes))
        offsets = torch.cat([torch.zeros(1, dtype=torch.long), counts.cumsum(0)])
        _matrices[key] = torch.sparse_csr_tensor(
            offsets,
            torch.from_numpy(columns)[order],
            torch.ones(len(src)),
            size=(int(num_nodes), int(num_nodes)),
        )
    return _matrices[key]


def prepare(request: protocol.Request) -> protocol.Step:
    """A product."""
    if request["stage"] != "kernel" or request["op"] not in REDUCE:
        raise protocol.Unsupported("torch has products only")
    op, backward = request["op"], request["pass"] == "backward"
    if backward and op != "copy_u_sum":
        raise protocol.Unsupported("gradients of mean and max")
    matrix = matrix_of(request["graph"], backward)
    dense = torch.randn(matrix.shape[1], request["width"])

    def run() -> None:
        with torch.no_grad():
            if op == "copy_u_sum":
                matrix @ dense
            else:
                torch.sparse.mm(matrix, dense, REDUCE[op])

    run()
    return lambda: {"ms": protocol.milliseconds_of(run)}


if __name__ == "__main__":
    protocol.serve(prepare, {"threads": torch.get_num_threads(), "torch": torch.__version__})
