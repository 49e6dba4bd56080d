"""The stages that compare.py runs, each with the request that all systems get."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import roofline
from shared_data import HIDDEN

KERNELS = ("copy_u_sum", "copy_u_mean", "copy_u_max", "u_mul_e_sum", "u_dot_v", "edge_softmax")
WIDTHS = (4, 32, 256)


@dataclass(frozen=True)
class Stage:
    """A row of the table."""

    name: str
    request: dict[str, Any]

    @property
    def is_kernel(self) -> bool:
        """Whether it is one operator, not an epoch."""
        return self.request["stage"] == "kernel"


@dataclass(frozen=True)
class GraphSize:
    """What the limits depend on, of one of the graphs."""

    nodes: int
    edges: int
    width: int = 0
    classes: int = 0


def loader(name: str, until: str, fanouts: list[int], batches: int, **changes: Any) -> Stage:
    """An epoch of so many batches, with one worker unless `changes` says else."""
    request = {
        "stage": "loader",
        "until": until,
        "fanouts": fanouts,
        "batches": batches,
        "workers": 1,
        "prob": False,
        "replace": False,
        "edges": "none",
        "precision": "float32",
    }
    return Stage(name, request | changes)


def all_stages(batches: int) -> list[Stage]:
    """Epochs of `batches` batches, or of a quarter of them with fanout 15,10,5, then kernels."""
    few, many = [4, 4], [15, 10, 5]
    quarter = max(1, batches // 4)
    stages = [
        loader("sampling 4,4", "sample", few, batches),
        loader("sampling 4,4, no worker", "sample", few, batches, workers=0),
        loader("sampling 4,4, features", "fetch", few, batches),
        loader("sampling 4,4, features, forward", "forward", few, batches),
        loader("sampling 4,4, features, forward, no worker", "forward", few, batches, workers=0),
        loader("training 4,4", "train", few, batches),
        loader("training 4,4, no worker", "train", few, batches, workers=0),
        loader("training 4,4, bfloat16", "train", few, batches, precision="bfloat16"),
        loader("sampling 15,10,5", "sample", many, quarter),
        loader("training 15,10,5", "train", many, quarter),
        loader("sampling 4,4, by weight", "sample", few, batches, prob=True),
        loader("sampling 4,4, with repeats", "sample", few, batches, replace=True),
        loader("edges 4,4", "sample", few, batches, edges="keep"),
        loader("edges 4,4, left out of blocks", "sample", few, batches, edges="exclude"),
    ]
    for graph in ("arxiv", "dense"):
        for op in KERNELS:
            for width in WIDTHS:
                if op == "edge_softmax" and width > 32:
                    continue  # four tensors of a value for each edge and feature are over 8 GB
                for pass_ in ("forward", "backward"):
                    request = {"stage": "kernel", "op": op, "graph": graph, "width": width}
                    name = f"{op}, {graph}, F={width}, {pass_}"
                    stages.append(Stage(name, request | {"pass": pass_}))
    return stages


def limit(
    stage: Stage, sizes: list[list[float]], graphs: dict[str, GraphSize], limits: roofline.Limits
) -> float:
    """The least milliseconds of a batch, whose blocks have `sizes`, or of a kernel.

    Sampling and fetching are limited by the threads of the workers, the rest by all cores.
    """
    request = stage.request
    if stage.is_kernel:
        graph = graphs[request["graph"]]
        size = (graph.nodes, graph.edges, request["width"])
        return limits.milliseconds(roofline.kernel(request["op"], request["pass"], *size))
    graph = graphs["arxiv"]
    value = 2 if request["precision"] == "bfloat16" else 4
    phases = roofline.sampling(sizes, graph.nodes, graph.edges)
    if request["until"] != "sample":
        phases += roofline.fetching(sizes, graph.nodes, graph.width, value)
    if request["until"] in ("sample", "fetch"):
        return limits.milliseconds(phases, threads=request["workers"])
    widths = [graph.width, *[HIDDEN] * (len(request["fanouts"]) - 1), graph.classes]
    phases += roofline.forward(sizes, widths, value)
    if request["until"] == "train":
        phases += roofline.backward(sizes, widths, value)
    return limits.milliseconds(phases, precision=request["precision"])
