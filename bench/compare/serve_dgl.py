#!/usr/bin/env python3
"""DGL, or Grapevine's Python package under DGL's interface, as a server of compare.py.

    serve_dgl.py dgl|grapevine DATA

A request is a dictionary. "stage": "loader" runs an epoch of batches of 1024, with the fanouts and
workers asked for, and answers milliseconds a batch; "until" says how far each batch goes: "sample"
(blocks), "fetch" (and features of the input nodes and labels), "forward" (and GraphSAGE, hidden
128), "train" (and backward and a step of Adam). "prob" picks neighbours by weight, "replace" with
repeats; "edges": batches of edges, whose reverses are left out of the blocks or not ("exclude",
"keep", "none" for batches of nodes). "stage": "kernel" runs an operator "op" on features of a
"width" over "graph", "pass" forward or backward, and answers milliseconds.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import protocol
import shared_data
import torch
import torch.nn.functional as F
import torch_stages

PACKAGE, DATA = sys.argv[1:]
dgl = importlib.import_module(PACKAGE)
dglnn = importlib.import_module(f"{PACKAGE}.nn")
warnings.filterwarnings("ignore")  # DGL's advice on each epoch, which costs time
OURS = PACKAGE == "grapevine"
_graphs: dict[str, Any] = {}


def graph_of(name: str) -> Any:
    """A graph with all formats made, and its features."""
    if name not in _graphs:
        src, dst, num_nodes = shared_data.load(DATA, name, "src", "dst", "num_nodes")
        g = dgl.graph((torch.from_numpy(src), torch.from_numpy(dst)), num_nodes=int(num_nodes))
        if name == "arxiv":
            feat, label, prob = shared_data.load(DATA, name, "feat", "label", "prob")
            g.ndata["feat"] = torch.from_numpy(feat)
            g.ndata["label"] = torch.from_numpy(label)
            g.edata["prob"] = torch.from_numpy(prob)
        g.create_formats_()
        _graphs[name] = g
    return _graphs[name]


class Model(torch.nn.Module):
    """GraphSAGE."""

    def __init__(self, in_feats: int, num_classes: int, num_layers: int) -> None:
        super().__init__()
        pairs = torch_stages.layer_widths(in_feats, shared_data.HIDDEN, num_classes, num_layers)
        self.layers = torch.nn.ModuleList(dglnn.SAGEConv(i, o, "mean") for i, o in pairs)

    def forward(self, blocks: list[Any], h: torch.Tensor) -> torch.Tensor:
        """Scores of the seeds."""
        for layer, block in zip(self.layers, blocks):
            h = layer(block, h)
            if layer is not self.layers[-1]:
                h = F.relu(h)
        return h


def make_loader(request: protocol.Request, g: Any) -> Any:
    """A loader of as many batches as asked, or of all that there are."""
    options = {"prob": "prob" if request["prob"] else None, "replace": request["replace"]}
    if OURS and request["until"] != "sample":
        # DGL gathers features in the loop either way, and is no faster with these.
        options |= {"prefetch_node_feats": ["feat"], "prefetch_labels": ["label"]}
    sampler = dgl.dataloading.NeighborSampler(request["fanouts"], **options)
    count = request["batches"] * shared_data.BATCH_SIZE
    if request["edges"] == "none":
        ids = torch.from_numpy(shared_data.load(DATA, "arxiv", "train")[0])[:count]
    else:
        count = min(count, g.num_edges())
        ids = torch.arange(count) * (g.num_edges() // count)
        exclude = {}
        if request["edges"] == "exclude":
            # The second half of the edges are the reverses of the first.
            reverse = torch.arange(g.num_edges()).roll(g.num_edges() // 2)
            exclude = {"exclude": "reverse_id", "reverse_eids": reverse}
        sampler = dgl.dataloading.as_edge_prediction_sampler(sampler, **exclude)
    return dgl.dataloading.DataLoader(
        g,
        ids,
        sampler,
        batch_size=shared_data.BATCH_SIZE,
        shuffle=True,
        num_workers=request["workers"],
        # Else DGL forks for each epoch, which takes longer than to sample one.
        persistent_workers=request["workers"] > 0,
    )


def batch_step(request: protocol.Request, g: Any) -> Callable[[Any], object]:
    """What is done with each batch."""
    until = request["until"]
    if until == "sample":
        return lambda batch: None
    if until == "fetch":
        return lambda batch: (batch[-1][0].srcdata["feat"], batch[-1][-1].dstdata["label"])
    num_classes = int(g.ndata["label"].max()) + 1
    model = Model(g.ndata["feat"].shape[1], num_classes, len(request["fanouts"]))

    half = g.ndata["feat"].dtype == torch.bfloat16

    def score(batch: Any) -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            return model(batch[-1], batch[-1][0].srcdata["feat"]).float()

    if until == "forward":
        return torch_stages.inference(score)
    return torch_stages.training(model, score, lambda batch: batch[-1][-1].dstdata["label"])


def loader_stage(request: protocol.Request) -> protocol.Step:
    """An epoch of the loader."""
    g = graph_of("arxiv")
    if OURS and request["precision"] == "bfloat16":
        g = g.local_var()
        g.ndata["feat"] = g.ndata["feat"].bfloat16()
    return torch_stages.epochs(make_loader(request, g), batch_step(request, g))


def make_kernel(request: protocol.Request) -> tuple[list[torch.Tensor], Callable]:
    """The features that an operator reads, and a call of it."""
    g, op, width = graph_of(request["graph"]), request["op"], request["width"]
    if op == "edge_softmax":
        inputs = [torch.randn(g.num_edges(), width)]
    else:
        inputs = [torch.randn(g.num_nodes(), width)]
    if op == "u_mul_e_sum":
        inputs.append(torch.randn(g.num_edges(), 1))
    elif op == "u_dot_v":
        inputs.append(torch.randn(g.num_nodes(), width))
    function = getattr(dgl.ops, op)
    return inputs, lambda: function(g, *inputs)


def kernel_stage(request: protocol.Request) -> protocol.Step:
    """An operator, forward or backward."""
    return torch_stages.operator(request["pass"], *make_kernel(request))


def prepare(request: protocol.Request) -> protocol.Step:
    """The stage that a request names."""
    stages = {"loader": loader_stage, "kernel": kernel_stage}
    if request["stage"] not in stages:
        raise protocol.Unsupported(request["stage"])
    return stages[request["stage"]](request)


if __name__ == "__main__":
    about = {"threads": torch.get_num_threads(), "torch": torch.__version__}
    protocol.serve(prepare, about | {"version": dgl.__version__})
