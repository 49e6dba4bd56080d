#!/usr/bin/env python3
"""The training loop of DGL's tutorial in Python beside the same loop in C++, in one run.

    PYTHONPATH=build/release/python bench/python/beside_cpp.py

Needs build/release/bin/grapevine_bench (cmake --build --preset release --target grapevine_bench), whose benchmark
TutorialLoop is the C++ loop (bench/python/tutorial_loop_bench.cpp). Both train two layers on a random graph of the same
size, with the buffer pool. They take turns, REPEATS times; the table has the best batches per second of each, and what Python reaches of C++,
for 0 and 1 loader threads. `--profile` prints where the Python loop spends its time instead.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import grapevine.function as fn
import torch
import torch.nn.functional as F
from torch import nn

import grapevine as dgl

REPEATS = int(os.environ.get("REPEATS", "3"))
BENCH = os.path.join(os.path.dirname(__file__), "../../build/release/bin/grapevine_bench")
NUM_NODES, NUM_EDGES, NUM_TRAIN, NUM_CLASSES = 169343, 2332486, 90941, 40


class SAGEConv(nn.Module):
    """The mean of the neighbours beside the node."""

    def __init__(self, in_feat: int, out_feat: int) -> None:
        super().__init__()
        self.linear = nn.Linear(in_feat * 2, out_feat)

    def forward(self, g: dgl.DGLGraph, h: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        """`[num_dst, out_feat]` from features of sources and destinations."""
        with g.local_scope():
            h_src, h_dst = h
            g.srcdata["h"] = h_src
            g.dstdata["h"] = h_dst
            g.update_all(fn.copy_u("h", "m"), fn.mean("m", "h_N"))
            return self.linear(torch.cat([h_dst, g.dstdata["h_N"]], dim=1))


class Model(nn.Module):
    """Two such layers."""

    def __init__(self, in_feats: int, h_feats: int, num_classes: int) -> None:
        super().__init__()
        self.conv1 = SAGEConv(in_feats, h_feats)
        self.conv2 = SAGEConv(h_feats, num_classes)

    def forward(self, mfgs: list[dgl.DGLGraph], x: torch.Tensor) -> torch.Tensor:
        """Logits of the seeds."""
        h = F.relu(self.conv1(mfgs[0], (x, x[: mfgs[0].num_dst_nodes()])))
        return self.conv2(mfgs[1], (h, h[: mfgs[1].num_dst_nodes()]))


def make_graph() -> dgl.DGLGraph:
    """As large as ogbn-arxiv with reverse edges; destinations lean towards low ids."""
    src = torch.randint(0, NUM_NODES, (NUM_EDGES,))
    dst = (torch.rand(NUM_EDGES, dtype=torch.double) ** 2 * NUM_NODES).long()
    g = dgl.graph((src, dst), num_nodes=NUM_NODES)
    g.create_formats_()
    g.ndata["feat"] = torch.randn(NUM_NODES, 128)
    g.ndata["label"] = torch.randint(0, NUM_CLASSES, (NUM_NODES,))
    return g


def python_loop(g: dgl.DGLGraph, num_workers: int, num_train: int = NUM_TRAIN) -> float:
    """Batches per second of one epoch."""
    loader = dgl.dataloading.DataLoader(
        g,
        torch.arange(num_train),
        dgl.dataloading.MultiLayerNeighborSampler([4, 4]),
        batch_size=1024,
        shuffle=True,
        num_workers=num_workers,
    )
    model = Model(128, 128, NUM_CLASSES)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    start = time.perf_counter()
    for _, _, mfgs in loader:
        logits = model(mfgs, mfgs[0].srcdata["feat"])
        optimizer.zero_grad()
        F.cross_entropy(logits, mfgs[-1].dstdata["label"]).backward()
        optimizer.step()
    return len(loader) / (time.perf_counter() - start)


def cpp_loop(num_workers: int) -> float:
    """The same of the C++ benchmark."""
    report = subprocess.run(
        [BENCH, f"--benchmark_filter=TutorialLoop/{num_workers}/", "--benchmark_format=json"],
        check=True,
        capture_output=True,
    )
    return json.loads(report.stdout)["benchmarks"][0]["batches/s"]


def main() -> None:
    """Prints the table, or the profile."""
    dgl.use_buffer_pool()
    g = make_graph()
    python_loop(g, 0, 1024)  # torch imports much of itself in the first step of an optimizer
    if "--profile" in sys.argv:
        import cProfile

        cProfile.runctx("python_loop(g, 0)", globals(), {"g": g}, sort="tottime")
        return
    print(f"{'workers':>7} {'C++':>8} {'Python':>8}  batches/s")
    for num_workers in (0, 1):
        runs = [(cpp_loop(num_workers), python_loop(g, num_workers)) for _ in range(REPEATS)]
        cpp, python = (max(speeds) for speeds in zip(*runs))
        print(f"{num_workers:>7} {cpp:>8.1f} {python:>8.1f}  {python / cpp:.0%} of C++")


if __name__ == "__main__":
    main()
