"""A graph shaped like ogbn-products: loading, sampling, training, memory."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import report

SMALL = ["24000", "620000", "100", "47"]


def section(program: Path, folder: Path, small: bool, batches: int) -> str:
    """Builds the graph's file if it is not there, then measures fresh processes on it."""
    file = folder / "products.gv"
    if not file.exists():
        sizes = SMALL if small else []
        partial = file.with_suffix(".partial")
        subprocess.run([program, "products", "build", partial, *sizes], check=True)
        partial.rename(file)
    rows = []
    for workers in (0, 1):
        run = subprocess.run(
            [program, "products", "run", file, str(workers), str(batches)],
            check=True,
            capture_output=True,
            text=True,
        )
        facts = json.loads(run.stdout)
        needed, peak = facts["graph_and_feature_bytes"], facts["peak_bytes"]
        rows.append(
            [f"{facts['nodes']:,} nodes, {facts['edges']:,} edges, {workers} workers"]
            + [f"{facts['load_s']:.1f}", f"{facts['sampling_batches_per_s']:.1f}"]
            + [f"{facts['training_batches_per_s']:.2f}", f"{facts['wait_share']:.0%}"]
            + [f"{needed / 1e6:.0f}", f"{peak / 1e6:.0f}", f"{peak / needed:.2f}"]
        )
    header = ["fanout 15,10,5", "loads in s", "samples, batches/s", "trains, batches/s", "waits"]
    header += ["graph and features, MB", "peak, MB", "ratio"]
    return "### Products-shaped graph\n\n" + report.table(header, rows)
