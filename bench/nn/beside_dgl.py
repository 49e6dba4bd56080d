#!/usr/bin/env python3
"""Forward and backward of every layer beside DGL's, in one run.

    bench/nn/beside_dgl.py DGL_PYTHON [PATTERN]

DGL_PYTHON is a Python that has DGL 2.1.0 (dgl==2.1.0 torch==2.2.2 torchdata==0.7.1 "numpy<2" pydantic pandas pyyaml,
with DGL's two ..._pytorch_2.2.1.so libraries also under the name 2.2.2); PATTERN, a regular expression, picks layers.
Needs build/release/bin/grapevine_bench (cmake --build --preset release --target grapevine_bench). Both have as many
threads as there are cores, the same shapes and a random graph of the same size (bench/nn/layer_bench.h). For each
layer the two take turns, REPEATS times; the table has the best of each in milliseconds and their ratio.
"""
import json
import os
import re
import subprocess
import sys
import time

REPEATS = int(os.environ.get("REPEATS", "5"))
BENCH = os.path.join(os.path.dirname(__file__), "../../build/release/bin/grapevine_bench")
NUM_NODES, NUM_EDGES = 169343, 2332486
NUM_GRAPHS = 2000


def dgl_layers():
    """Name of our benchmark: a function that makes (module or None, input, forward)."""
    import dgl
    import dgl.nn.pytorch as nn
    import torch

    def narrow_edges(width):
        return torch.rand(g.num_edges(), width)

    src = torch.randint(0, NUM_NODES, (NUM_EDGES,))
    dst = (torch.rand(NUM_EDGES, dtype=torch.double) ** 2 * NUM_NODES).long()
    g = dgl.add_self_loop(dgl.graph((src, dst), num_nodes=NUM_NODES))
    g.create_formats_()
    u, v = g.edges()
    linear = torch.nn.Linear

    def plain(make, width):
        return lambda: (make(), width, lambda layer, x: layer(g, x))

    def with_edges(make, width, edge_width, pick=lambda result: result):
        def build():
            edges = narrow_edges(edge_width)
            return make(), width, lambda layer, x: pick(layer(g, x, edges))

        return build

    def weighted(make, width):
        def build():
            weight = narrow_edges(1) + 0.1
            return make(), width, lambda layer, x: layer(g, x, edge_weight=weight)

        return build

    def weighted_hops(make, width):
        def build():
            weight = torch.rand(g.num_edges()) + 0.1
            return make(), width, lambda layer, x: layer(g, x, edge_weight=weight)

        return build

    def typed(make, width):
        def build():
            types = torch.arange(g.num_edges()) % 3
            return make(), width, lambda layer, x: layer(g, x, types)

        return build

    def edge_norm():
        weight = narrow_edges(1).squeeze(1) + 0.1
        return nn.EdgeWeightNorm(), 1, lambda layer, x: layer(g, weight * x[0].abs())

    def cheb(width, out):
        largest = torch.full((1,), 2.0)
        return lambda: (nn.ChebConv(width, out, 3), width, lambda layer, x: layer(g, x, largest))

    def pooled(make, width):
        return lambda: (make(), width, lambda layer, x: layer(batched, x))

    sizes = torch.full((NUM_GRAPHS,), 30)
    batched = dgl.graph((torch.zeros(0).long(), torch.zeros(0).long()), num_nodes=30 * NUM_GRAPHS)
    batched.set_batch_num_nodes(sizes)
    batched.set_batch_num_edges(torch.zeros_like(sizes))

    pna = ["mean", "max", "min", "std"], ["identity", "amplification", "attenuation"], 1.0
    jump = lambda mode: (lambda: (nn.JumpingKnowledge(mode, 16, 3), 16, lambda layer, x: layer([x, x, x])))
    return {
        "sage_mean": plain(lambda: nn.SAGEConv(128, 64, "mean"), 128),
        "sage_gcn": plain(lambda: nn.SAGEConv(128, 64, "gcn"), 128),
        "sage_pool": plain(lambda: nn.SAGEConv(128, 64, "pool"), 128),
        "sage_lstm": plain(lambda: nn.SAGEConv(8, 64, "lstm"), 8),
        "graph_conv": plain(lambda: nn.GraphConv(128, 64), 128),
        "graph_conv_weighted": weighted(lambda: nn.GraphConv(128, 64), 128),
        "gin": plain(lambda: nn.GINConv(linear(128, 64)), 128),
        "gine": with_edges(lambda: nn.GINEConv(linear(128, 64)), 128, 128),
        "nn_conv": with_edges(lambda: nn.NNConv(8, 8, linear(4, 64)), 8, 4),
        "edge_conv": plain(lambda: nn.EdgeConv(128, 64), 128),
        "edge_conv_batch_norm": plain(lambda: nn.EdgeConv(128, 64, batch_norm=True), 128),
        "pna": plain(lambda: nn.PNAConv(64, 64, *pna), 64),
        "edge_weight_norm": edge_norm,
        "sg": plain(lambda: nn.SGConv(128, 64, 2), 128),
        "sg_weighted": weighted_hops(lambda: nn.SGConv(128, 64, 2), 128),
        "appnp": plain(lambda: nn.APPNPConv(10, 0.1), 64),
        "tag": plain(lambda: nn.TAGConv(128, 64), 128),
        "tag_widening": plain(lambda: nn.TAGConv(64, 128), 64),
        "cheb": cheb(128, 64),
        "cheb_widening": cheb(64, 128),
        "gated_graph": plain(lambda: nn.GatedGraphConv(64, 64, 2, 1), 64),
        "gated_graph_typed": typed(lambda: nn.GatedGraphConv(64, 64, 2, 3), 64),
        "gcn2": lambda: (nn.GCN2Conv(64, 2), 64, lambda layer, x: layer(g, x, x)),
        "gated_gcn": with_edges(lambda: nn.GatedGCNConv(16, 16, 16), 16, 16, lambda result: result[0]),
        "jumping_knowledge_cat": jump("cat"),
        "jumping_knowledge_max": jump("max"),
        "jumping_knowledge_lstm": jump("lstm"),
        "sequential": plain(lambda: nn.Sequential(nn.TAGConv(128, 64), nn.TAGConv(64, 16)), 128),
        "gat": plain(lambda: nn.GATConv(128, 16, 4), 128),
        "gatv2": plain(lambda: nn.GATv2Conv(128, 16, 4), 128),
        "dot_gat": plain(lambda: nn.DotGatConv(128, 16, 4), 128),
        "egat": with_edges(lambda: nn.EGATConv(128, 8, 16, 8, 4), 128, 8, lambda result: result[0]),
        "agnn": plain(lambda: nn.AGNNConv(), 128),
        "edge_predictor": lambda: (nn.EdgePredictor("dot"), 16, lambda layer, x: layer(x[u], x[v])),
        "sum_pooling": pooled(lambda: nn.SumPooling(), 64),
        "avg_pooling": pooled(lambda: nn.AvgPooling(), 64),
        "max_pooling": pooled(lambda: nn.MaxPooling(), 64),
        "sort_pooling": pooled(lambda: nn.SortPooling(10), 64),
        "weight_and_sum": pooled(lambda: nn.WeightAndSum(64), 64),
        "global_attention_pooling": pooled(lambda: nn.GlobalAttentionPooling(linear(64, 1)), 64),
        "set2set": pooled(lambda: nn.Set2Set(64, 2, 1), 64),
    }


def serve():
    """Times one step of the layer that each line of standard input names: milliseconds, a line each."""
    import torch

    layers = dgl_layers()
    print(json.dumps(list(layers)), flush=True)
    name, step = None, None
    for line in sys.stdin:
        if line.strip() != name:
            name = line.strip()
            layer, width, forward = layers[name]()
            rows = 30 * NUM_GRAPHS if "pooling" in name or name in ("weight_and_sum", "set2set") else NUM_NODES
            x = torch.randn(rows, width, requires_grad=True)
            gradient = torch.ones_like(forward(layer, x))

            def step():
                begin = time.perf_counter()
                forward(layer, x).backward(gradient)
                took = time.perf_counter() - begin
                x.grad = None
                layer.zero_grad()
                return 1000 * took

            step()  # what is made once
        print(min(step() for _ in range(2)), flush=True)


def ours(name):
    command = [BENCH, f"--benchmark_filter=^{name}/real_time$", "--benchmark_min_time=0.5", "--benchmark_format=json"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output)["benchmarks"][0]["real_time"]


def main():
    if sys.argv[1:] == ["--serve"]:
        return serve()
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    pattern = re.compile(sys.argv[2] if len(sys.argv) == 3 else "")
    dgl = subprocess.Popen([sys.argv[1], __file__, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    print("| layer | Grapevine, ms | DGL 2.1.0, ms | DGL / Grapevine |\n|---|---|---|---|")
    slower = []
    for name in filter(pattern.search, json.loads(dgl.stdout.readline())):
        best = [float("inf"), float("inf")]
        for _ in range(REPEATS):
            best[0] = min(best[0], ours(name))
            dgl.stdin.write(name + "\n")
            dgl.stdin.flush()
            best[1] = min(best[1], float(dgl.stdout.readline()))
        print(f"| {name} | {best[0]:.1f} | {best[1]:.1f} | {best[1] / best[0]:.2f} |", flush=True)
        if best[0] > best[1]:
            slower.append(name)
    dgl.stdin.close()
    dgl.wait()
    if slower:
        sys.exit(f"slower than DGL: {', '.join(slower)}")


if __name__ == "__main__":
    main()
