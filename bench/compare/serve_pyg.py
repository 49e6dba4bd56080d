#!/usr/bin/env python3
"""PyG as a server of compare.py: the stages of serve_dgl.py that it has.

    serve_pyg.py DATA

Batches come from NeighborLoader with torch-sparse or pyg-lib, whichever is installed; layers that a
batch needs less of are trimmed where the sampler says how (pyg-lib). The kernels are torch-sparse's
products and `torch_geometric.utils.softmax`; `u_dot_v` is written with gathered rows, as in PyG's
own layers.
"""

from __future__ import annotations

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
import torch_geometric
import torch_geometric.typing
import torch_stages
from torch_geometric.data import Data
from torch_geometric.loader import LinkNeighborLoader, NeighborLoader
from torch_geometric.nn import SAGEConv
from torch_geometric.utils import softmax, trim_to_layer

DATA = sys.argv[1]
warnings.filterwarnings("ignore")
_edges: dict[str, tuple[torch.Tensor, int]] = {}


def edges_of(name: str) -> tuple[torch.Tensor, int]:
    """Edges `[2, num_edges]` and the number of nodes."""
    if name not in _edges:
        src, dst, num_nodes = shared_data.load(DATA, name, "src", "dst", "num_nodes")
        _edges[name] = (torch.stack([torch.from_numpy(src), torch.from_numpy(dst)]), int(num_nodes))
    return _edges[name]


class Model(torch.nn.Module):
    """GraphSAGE."""

    def __init__(self, in_feats: int, num_classes: int, num_layers: int) -> None:
        super().__init__()
        pairs = torch_stages.layer_widths(in_feats, shared_data.HIDDEN, num_classes, num_layers)
        self.layers = torch.nn.ModuleList(SAGEConv(i, o, aggr="mean") for i, o in pairs)

    def forward(self, batch: Any) -> torch.Tensor:
        """Scores of the seeds."""
        h, edge_index = batch.x, batch.edge_index
        nodes = getattr(batch, "num_sampled_nodes", None)
        for i, layer in enumerate(self.layers):
            if nodes is not None:
                h, edge_index, _ = trim_to_layer(i, nodes, batch.num_sampled_edges, h, edge_index)
            h = layer(h, edge_index)
            if layer is not self.layers[-1]:
                h = F.relu(h)
        return h[: batch.batch_size]


def make_loader(request: protocol.Request) -> Any:
    """A loader of as many batches as asked, or of all that there are."""
    if request["edges"] == "exclude":
        raise protocol.Unsupported("leaving the batch's edges out")
    if request["prob"] and not torch_geometric.typing.WITH_WEIGHTED_NEIGHBOR_SAMPLE:
        raise protocol.Unsupported("weights without pyg-lib")
    edge_index, num_nodes = edges_of("arxiv")
    data = Data(edge_index=edge_index, num_nodes=num_nodes)
    if request["until"] != "sample":
        feat, label = shared_data.load(DATA, "arxiv", "feat", "label")
        data.x, data.y = torch.from_numpy(feat), torch.from_numpy(label)
    options: dict[str, Any] = {"replace": request["replace"]}
    if request["prob"]:
        data.prob = torch.from_numpy(shared_data.load(DATA, "arxiv", "prob")[0])
        options["weight_attr"] = "prob"
    count = request["batches"] * shared_data.BATCH_SIZE
    if request["edges"] == "none":
        loader = NeighborLoader
        options["input_nodes"] = torch.from_numpy(shared_data.load(DATA, "arxiv", "train")[0])
        options["input_nodes"] = options["input_nodes"][:count]
    else:
        loader = LinkNeighborLoader
        count = min(count, edge_index.shape[1])
        options["edge_label_index"] = edge_index[:, :: edge_index.shape[1] // count][:, :count]
    return loader(
        data,
        request["fanouts"][::-1],  # PyG's first is for the seeds
        batch_size=shared_data.BATCH_SIZE,
        shuffle=True,
        num_workers=request["workers"],
        persistent_workers=request["workers"] > 0,
        **options,
    )


def batch_step(request: protocol.Request) -> Callable[[Any], object]:
    """What is done with each batch, whose features the loader has fetched."""
    until = request["until"]
    if until in ("sample", "fetch"):
        return lambda batch: None
    feat, label = shared_data.load(DATA, "arxiv", "feat", "label")
    model = Model(feat.shape[1], int(label.max()) + 1, len(request["fanouts"]))
    if until == "forward":
        return torch_stages.inference(model)
    return torch_stages.training(model, model, lambda batch: batch.y[: batch.batch_size])


def loader_stage(request: protocol.Request) -> protocol.Step:
    """An epoch of the loader."""
    return torch_stages.epochs(make_loader(request), batch_step(request))


def make_kernel(request: protocol.Request) -> tuple[list[torch.Tensor], Callable]:
    """The features that an operator reads, and a call of it."""
    op, width = request["op"], request["width"]
    edge_index, num_nodes = edges_of(request["graph"])
    src, dst = edge_index
    if op == "edge_softmax":
        logits = torch.randn(len(src), width)
        return [logits], lambda: softmax(logits, dst, num_nodes=num_nodes)
    u = torch.randn(num_nodes, width)
    if op == "u_dot_v":
        v = torch.randn(num_nodes, width)
        return [u, v], lambda: (u[src] * v[dst]).sum(-1)
    from torch_sparse import SparseTensor

    matrix = SparseTensor(row=dst, col=src, sparse_sizes=(num_nodes, num_nodes))
    if op == "u_mul_e_sum":
        # In the matrix's order, which a program keeps its weights in.
        e = torch.randn(len(src))
        return [u, e], lambda: matrix.set_value(e, layout="coo").matmul(u, reduce="sum")
    reduce = op.removeprefix("copy_u_")
    return [u], lambda: matrix.matmul(u, reduce=reduce)


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
    protocol.serve(prepare, about | {"version": torch_geometric.__version__})
