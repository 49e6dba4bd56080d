"""Records what DGL's layers compute, as numbers that the tests compare with.

Run it where DGL 2.1.0 is installed (Python 3.11: pip install dgl==2.1.0 torch==2.2.2 torchdata==0.7.1 "numpy<2"
pydantic pyyaml pandas scipy; DGL's two libraries named ..._pytorch_2.2.1.so must also be found under the name
2.2.2):

    python tests/nn/reference/record.py        # writes one JSON file for each layer beside this script

Every case holds the constructor's arguments, a graph, the inputs, every parameter and buffer by DGL's name, and the
output in evaluation mode. Parameters are drawn anew, so that biases and the like are not zero.
"""

import json
import pathlib

import dgl
import dgl.nn.pytorch as nn
import torch

FOLDER = pathlib.Path(__file__).parent


def tensor_json(tensor):
    tensor = tensor.detach()
    if tensor.dtype.is_floating_point:
        data = [float(f"{x:.9g}") for x in tensor.double().reshape(-1).tolist()]
    else:
        data = tensor.reshape(-1).tolist()
    return {"shape": list(tensor.shape), "data": data}


def full_graph(zero_in_degree):
    """Seven nodes, parallel edges, a self-loop, and a node without in-edges if that is allowed."""
    src = [0, 0, 1, 2, 3, 3, 4, 5, 2, 6]
    dst = [1, 1, 2, 0, 2, 4, 4, 3, 5, 3]
    if not zero_in_degree:
        src, dst = src + [5], dst + [6]
    return dgl.graph((src, dst), num_nodes=7)


def block_graph(zero_in_degree):
    """Five sources, the first three of which are the destinations."""
    src = [3, 4, 1, 0, 4, 4]
    dst = [0, 0, 0, 1, 1, 1]
    if not zero_in_degree:
        src, dst = src + [3], dst + [2]
    return dgl.create_block((src, dst), num_src_nodes=5, num_dst_nodes=3)


def bipartite_graph(zero_in_degree):
    src = [0, 1, 1, 2, 3, 5, 5]
    dst = [0, 0, 2, 2, 1, 0, 0]
    if not zero_in_degree:
        src, dst = src + [4], dst + [3]
    return dgl.heterograph({("a", "r", "b"): (src, dst)}, num_nodes_dict={"a": 6, "b": 4})


GRAPHS = {"full": full_graph, "block": block_graph, "pair": bipartite_graph}


def graph_json(kind, graph):
    src, dst = graph.edges(order="eid")
    return {
        "kind": kind,
        "src": src.tolist(),
        "dst": dst.tolist(),
        "num_src": graph.num_src_nodes(),
        "num_dst": graph.num_dst_nodes(),
    }


class Recorder:
    def __init__(self, name):
        self.name = name
        self.cases = []
        self.generator = torch.Generator().manual_seed(len(name))

    def draw(self, *shape):
        return torch.rand(*shape, generator=self.generator) * 2 - 1

    def redraw(self, layer):
        """New values for all that the layer keeps; running variances stay positive."""
        for name, value in list(layer.named_parameters()) + list(layer.named_buffers()):
            if value.dtype.is_floating_point:
                new = self.draw(*value.shape)
                value.data.copy_(new.abs() + 0.5 if name.endswith("running_var") else new)

    def case(self, label, make, options, kind="full", widths=(5, 5), zero_in_degree=True, call=None, graph=None,
             **inputs):
        """`inputs` are shapes in which "E" stands for the number of edges; `call(layer, graph, feat, inputs)`."""
        graph = GRAPHS[kind](zero_in_degree) if graph is None else graph
        layer = make(**options)
        self.redraw(layer)
        layer.eval()
        sizes = {"E": graph.num_edges(), "N": graph.num_src_nodes(), "M": graph.num_dst_nodes()}
        values = {}
        for name, shape in inputs.items():
            if callable(shape):
                values[name] = shape(self, graph)
            else:
                values[name] = self.draw(*[sizes.get(size, size) for size in shape])
        src_feat = self.draw(graph.num_src_nodes(), widths[0]) if isinstance(widths[0], int) else None
        if kind == "pair":
            feat = (src_feat, self.draw(graph.num_dst_nodes(), widths[1]))
            recorded = {"feat_src": feat[0], "feat_dst": feat[1]}
        else:
            feat = src_feat
            recorded = {"feat": feat}
        with torch.no_grad():
            output = call(layer, graph, feat, values) if call else layer(graph, feat, **values)
        outputs = output if isinstance(output, tuple) else (output,)
        self.cases.append(
            {
                "name": label,
                "options": {k: v for k, v in options.items() if isinstance(v, (int, float, str, bool, list, type(None)))},
                "graph": graph_json(kind, graph),
                "inputs": {k: tensor_json(v) for k, v in {**recorded, **values}.items()},
                "parameters": {k: tensor_json(v) for k, v in layer.state_dict().items()},
                "outputs": [tensor_json(o) for o in outputs],
            }
        )

    def write(self):
        path = FOLDER / f"{self.name}.json"
        with open(path, "w") as file:
            file.write(json.dumps({"dgl": dgl.__version__, "cases": self.cases}, indent=None, separators=(",", ":")))
            file.write("\n")
        print(f"{path.name}: {len(self.cases)} cases")


def positive(*shape):
    """Edge weights that may be normalised or taken a root of."""

    def make(recorder, graph):
        sizes = {"E": graph.num_edges()}
        return recorder.draw(*[sizes.get(size, size) for size in shape]).abs() + 0.1

    return make


def sage_conv():
    r = Recorder("sage_conv")
    for aggregator in ("mean", "gcn", "pool", "lstm"):
        for kind in GRAPHS:
            widths = (5, 5) if aggregator == "gcn" or kind != "pair" else (5, 4)
            options = {"in_feats": widths if kind == "pair" else 5, "out_feats": 3, "aggregator_type": aggregator}
            options["in_feats"] = list(widths) if kind == "pair" else 5
            make = lambda in_feats, **rest: nn.SAGEConv(
                tuple(in_feats) if isinstance(in_feats, list) else in_feats, **rest
            )
            r.case(f"{aggregator} {kind}", make, options, kind, widths)
            if aggregator in ("mean", "gcn", "pool"):
                r.case(f"{aggregator} {kind} edge_weight", make, options, kind, widths, edge_weight=("E",))
        wide = {"in_feats": 3, "out_feats": 6, "aggregator_type": aggregator, "bias": False}
        r.case(f"{aggregator} widening, no bias", nn.SAGEConv, wide, "full", (3, 3))
    r.write()


def graph_conv():
    r = Recorder("graph_conv")
    for norm in ("none", "both", "left", "right"):
        for kind in GRAPHS:
            for in_feats, out_feats in ((5, 3), (3, 5)):
                options = {"in_feats": in_feats, "out_feats": out_feats, "norm": norm, "allow_zero_in_degree": True}
                r.case(f"{norm} {kind} {in_feats} to {out_feats}", nn.GraphConv, options, kind, (in_feats, in_feats))
                r.case(
                    f"{norm} {kind} {in_feats} to {out_feats} edge_weight",
                    nn.GraphConv,
                    options,
                    kind,
                    (in_feats, in_feats),
                    edge_weight=positive("E"),
                )
    r.write()


def attention_conv(name, make, pair_widths=(5, 4), **extra):
    r = Recorder(name)
    for kind in GRAPHS:
        for residual in (False, True):
            in_feats = list(pair_widths) if kind == "pair" else 5
            options = {"in_feats": in_feats, "out_feats": 3, "num_heads": 2, "residual": residual, **extra}
            widths = tuple(pair_widths) if kind == "pair" else (5, 5)
            r.case(f"{kind} residual {residual}", make, options, kind, widths, zero_in_degree=False)
            options = {**options, "allow_zero_in_degree": True}
            r.case(f"{kind} residual {residual} zero in-degree", make, options, kind, widths)
    for bias in (False, True):
        for width in (4, 6):
            options = {"in_feats": width, "out_feats": 2, "num_heads": 3, "residual": True, "bias": bias, **extra}
            label = f"{'identity' if width == 6 else 'linear'} residual, bias {bias}"
            r.case(label, make, options, "full", (width, width), zero_in_degree=False)
    return r


def tuple_widths(layer):
    return lambda in_feats, **rest: layer(tuple(in_feats) if isinstance(in_feats, list) else in_feats, **rest)


def gat_conv():
    r = attention_conv("gat_conv", tuple_widths(nn.GATConv))
    r.case(
        "edge_weight",
        nn.GATConv,
        {"in_feats": 5, "out_feats": 3, "num_heads": 2, "negative_slope": 0.1},
        "full",
        (5, 5),
        zero_in_degree=False,
        edge_weight=("E",),
    )
    r.write()


def gatv2_conv():
    r = attention_conv("gatv2_conv", tuple_widths(nn.GATv2Conv))
    r.case(
        "share_weights",
        nn.GATv2Conv,
        {"in_feats": 5, "out_feats": 3, "num_heads": 2, "share_weights": True},
        "full",
        (5, 5),
        zero_in_degree=False,
    )
    r.write()


def egat_conv():
    r = Recorder("egat_conv")
    for kind in ("full", "block", "pair"):
        options = {
            "in_node_feats": [5, 4] if kind == "pair" else 5,
            "in_edge_feats": 4,
            "out_node_feats": 3,
            "out_edge_feats": 2,
            "num_heads": 2,
        }
        make = lambda in_node_feats, **rest: nn.EGATConv(
            tuple(in_node_feats) if isinstance(in_node_feats, list) else in_node_feats, **rest
        )
        widths = (5, 4) if kind == "pair" else (5, 5)
        if kind == "block":
            # DGL takes the pair on a block.
            r.case(
                kind,
                make,
                options,
                kind,
                widths,
                zero_in_degree=False,
                call=lambda layer, g, feat, v: layer(g, (feat, feat[: g.num_dst_nodes()]), v["efeats"]),
                efeats=("E", 4),
            )
        else:
            r.case(kind, make, options, kind, widths, zero_in_degree=False, efeats=("E", 4), call=egat_call)
            r.case(f"{kind} edge_weight", make, options, kind, widths, zero_in_degree=False, efeats=("E", 4),
                   edge_weight=("E",), call=egat_call)
    r.write()


def egat_call(layer, graph, feat, values):
    return layer(graph, feat, values["efeats"], values.get("edge_weight"))


def dot_gat_conv():
    r = Recorder("dot_gat_conv")
    for kind in GRAPHS:
        in_feats = [5, 4] if kind == "pair" else 5
        options = {"in_feats": in_feats, "out_feats": 3, "num_heads": 2}
        widths = (5, 4) if kind == "pair" else (5, 5)
        r.case(kind, tuple_widths(nn.DotGatConv), options, kind, widths, zero_in_degree=False)
        options = {**options, "allow_zero_in_degree": True}
        r.case(f"{kind} zero in-degree", tuple_widths(nn.DotGatConv), options, kind, widths)
    r.write()


def gin_conv():
    r = Recorder("gin_conv")
    for aggregator in ("sum", "mean", "max"):
        for kind in GRAPHS:
            options = {"aggregator_type": aggregator, "init_eps": 0.25, "learn_eps": kind == "full"}
            make = lambda **rest: nn.GINConv(torch.nn.Linear(5, 3), **rest)
            r.case(f"{aggregator} {kind}", make, options, kind)
            r.case(f"{aggregator} {kind} edge_weight", make, options, kind, edge_weight=("E",))
    r.case("no apply_func", lambda **rest: nn.GINConv(**rest), {"aggregator_type": "sum"}, "full")
    r.write()


def gine_conv():
    r = Recorder("gine_conv")
    for kind in GRAPHS:
        make = lambda **rest: nn.GINEConv(torch.nn.Linear(5, 3), **rest)
        r.case(kind, make, {"init_eps": 0.25, "learn_eps": True}, kind, edge_feat=("E", 5))
    r.write()


def edge_weight_norm():
    r = Recorder("edge_weight_norm")
    for norm in ("none", "both", "right"):
        for kind in ("full", "pair"):
            r.case(
                f"{norm} {kind}",
                nn.EdgeWeightNorm,
                {"norm": norm, "eps": 0.01},
                kind,
                call=lambda layer, g, feat, v: layer(g, v["edge_weight"]),
                edge_weight=positive("E"),
            )
    r.write()


def sg_conv():
    r = Recorder("sg_conv")
    for k in (1, 2, 3):
        options = {"in_feats": 5, "out_feats": 3, "k": k, "allow_zero_in_degree": True}
        r.case(f"k {k}", nn.SGConv, options)
        r.case(f"k {k} edge_weight", nn.SGConv, options, edge_weight=positive("E"))
    options = {"in_feats": 5, "out_feats": 3, "k": 2, "cached": True, "bias": False, "allow_zero_in_degree": True}
    r.case("cached, no bias", nn.SGConv, options)
    options = {"in_feats": 3, "out_feats": 5, "k": 2, "allow_zero_in_degree": True}
    r.case("widening", nn.SGConv, options, widths=(3, 3))
    r.case("widening edge_weight", nn.SGConv, options, widths=(3, 3), edge_weight=positive("E"))
    r.write()


def appnp_conv():
    r = Recorder("appnp_conv")
    for k, alpha in ((1, 0.1), (3, 0.5)):
        r.case(f"k {k}", nn.APPNPConv, {"k": k, "alpha": alpha})
        r.case(f"k {k} edge_weight", nn.APPNPConv, {"k": k, "alpha": alpha}, edge_weight=positive("E"))
    r.write()


def tag_conv():
    r = Recorder("tag_conv")
    for k in (0, 1, 3):
        options = {"in_feats": 5, "out_feats": 3, "k": k}
        r.case(f"k {k}", nn.TAGConv, options)
        r.case(f"k {k} edge_weight", nn.TAGConv, options, edge_weight=positive("E"))
    options = {"in_feats": 3, "out_feats": 5, "k": 2, "bias": False}
    r.case("widening, no bias", nn.TAGConv, options, widths=(3, 3))
    r.case("widening, no bias, edge_weight", nn.TAGConv, options, widths=(3, 3), edge_weight=positive("E"))
    r.write()


def cheb_conv():
    r = Recorder("cheb_conv")
    for k in (1, 2, 4):
        options = {"in_feats": 5, "out_feats": 3, "k": k}
        call = lambda layer, g, feat, v: layer(g, feat, lambda_max=[2.0])
        r.case(f"k {k}, lambda_max 2", nn.ChebConv, options, call=call)
        call = lambda layer, g, feat, v: layer(g, feat, lambda_max=[1.5])
        r.case(f"k {k}, lambda_max 1.5", nn.ChebConv, options, call=call)
        options = {"in_feats": 3, "out_feats": 5, "k": k, "bias": False}
        r.case(f"widening, k {k}, lambda_max 1.5, no bias", nn.ChebConv, options, widths=(3, 3), call=call)
    r.case("k 3, default lambda_max", nn.ChebConv, {"in_feats": 5, "out_feats": 3, "k": 3})
    r.write()


def gated_graph_conv():
    r = Recorder("gated_graph_conv")
    for n_etypes in (1, 3):
        options = {"in_feats": 3, "out_feats": 5, "n_steps": 2, "n_etypes": n_etypes}
        etypes = lambda recorder, graph: torch.arange(graph.num_edges()) % n_etypes
        r.case(f"{n_etypes} types", nn.GatedGraphConv, options, "full", (3, 3), etypes=etypes)
    options = {"in_feats": 5, "out_feats": 5, "n_steps": 3, "n_etypes": 1, "bias": False}
    r.case("no etypes, no bias", nn.GatedGraphConv, options)
    # The second of three types has no edge.
    options = {"in_feats": 5, "out_feats": 6, "n_steps": 1, "n_etypes": 3}
    r.case("a type without edges", nn.GatedGraphConv, options,
           etypes=lambda recorder, graph: torch.arange(graph.num_edges()) % 2 * 2)
    r.write()


def nn_conv():
    r = Recorder("nn_conv")
    for aggregator in ("sum", "mean", "max"):
        for kind in GRAPHS:
            make = lambda in_feats, out_feats, **rest: nn.NNConv(
                in_feats, out_feats, torch.nn.Linear(4, in_feats * out_feats), **rest
            )
            options = {"in_feats": 5, "out_feats": 3, "aggregator_type": aggregator, "residual": kind != "block"}
            r.case(f"{aggregator} {kind}", make, options, kind, efeat=("E", 4))
    r.write()


def edge_conv():
    r = Recorder("edge_conv")
    for batch_norm in (False, True):
        for kind in GRAPHS:
            options = {"in_feat": 5, "out_feat": 3, "batch_norm": batch_norm, "allow_zero_in_degree": True}
            r.case(f"{kind} batch_norm {batch_norm}", nn.EdgeConv, options, kind)
    r.write()


def agnn_conv():
    r = Recorder("agnn_conv")
    for kind in GRAPHS:
        for learn_beta in (True, False):
            options = {"init_beta": 0.7, "learn_beta": learn_beta, "allow_zero_in_degree": True}
            r.case(f"{kind} learn_beta {learn_beta}", nn.AGNNConv, options, kind)
    r.write()


def gcn2_conv():
    r = Recorder("gcn2_conv")
    for project in (True, False):
        for layer in (1, 4):
            options = {
                "in_feats": 5,
                "layer": layer,
                "alpha": 0.2,
                "lambda_": 0.5,
                "project_initial_features": project,
                "allow_zero_in_degree": True,
            }
            r.case(f"layer {layer} project {project}", nn.GCN2Conv, options, feat_0=("N", 5))
            r.case(
                f"layer {layer} project {project} edge_weight",
                nn.GCN2Conv,
                options,
                feat_0=("N", 5),
                edge_weight=positive("E"),
            )
    r.write()


def graph_without_pairs():
    """In-degrees 0, 1, 3 and 4: the odd central moments of two numbers are 0, and their root is rounding errors."""
    return dgl.graph(([0, 3, 1, 2, 4, 0, 5, 6, 2, 1, 4], [1, 1, 1, 2, 3, 3, 3, 3, 4, 4, 4]), num_nodes=7)


def pna_conv():
    """In float64, because a small standard deviation is mostly rounding errors in float32."""
    r = Recorder("pna_conv")
    make = lambda **options: nn.PNAConv(**options).double()
    call = lambda layer, g, feat, v: layer(g, feat.double(), v["edge_feat"].double() if v else None)
    aggregators = ["mean", "max", "min", "sum", "std", "var", "moment4"]
    for towers, residual in ((1, True), (2, True), (2, False)):
        options = {
            "in_size": 4,
            "out_size": 4,
            "aggregators": aggregators,
            "scalers": ["identity", "amplification", "attenuation"],
            "delta": 2.5,
            "num_towers": towers,
            "residual": residual,
        }
        fused = {**options, "aggregators": ["max", "mean"], "scalers": ["attenuation"]}
        moments = {**options, "aggregators": ["moment3", "moment4", "moment5", "sum"]}
        for label, case_options, graph in (
            ("most aggregators", options, None),
            ("two aggregators", fused, None),
            ("moments", moments, graph_without_pairs()),
        ):
            label = f"{label} {towers} towers residual {residual}"
            r.case(label, make, case_options, "full", (4, 4), graph=graph, call=call)
            r.case(
                f"{label} edge_feat",
                make,
                {**case_options, "edge_feat_size": 3},
                "full",
                (4, 4),
                graph=graph,
                call=call,
                edge_feat=("E", 3),
            )
    r.case(
        "widening",
        make,
        {"in_size": 4, "out_size": 6, "aggregators": ["mean", "std"], "scalers": ["identity"], "delta": 1.5},
        "full",
        (4, 4),
        call=call,
    )
    r.write()


def gated_gcn_conv():
    r = Recorder("gated_gcn_conv")
    for batch_norm in (False, True):
        for residual in (False, True):
            options = {
                "input_feats": 4,
                "edge_feats": 4,
                "output_feats": 4,
                "batch_norm": batch_norm,
                "residual": residual,
            }
            r.case(
                f"batch_norm {batch_norm} residual {residual}",
                nn.GatedGCNConv,
                options,
                "full",
                (4, 4),
                edge_feat=("E", 4),
            )
    r.case("widening", nn.GatedGCNConv, {"input_feats": 3, "edge_feats": 2, "output_feats": 5, "batch_norm": False},
           "full", (3, 3), edge_feat=("E", 2))
    r.write()


class Batch:
    """Three graphs of 3, 0 and 5 nodes as one; pooling reads nothing but the counts."""

    def __init__(self, recorder, width):
        graphs = [dgl.graph(([], []), num_nodes=n) for n in (3, 1, 5)]
        self.graph = dgl.batch(graphs)
        self.feat = recorder.draw(self.graph.num_nodes(), width)


def pooling():
    r = Recorder("pooling")
    layers = [
        ("SumPooling", nn.SumPooling, {}),
        ("AvgPooling", nn.AvgPooling, {}),
        ("MaxPooling", nn.MaxPooling, {}),
        ("SortPooling", nn.SortPooling, {"k": 2}),
        ("SortPooling", nn.SortPooling, {"k": 4}),
        ("WeightAndSum", nn.WeightAndSum, {"in_feats": 4}),
        ("GlobalAttentionPooling", lambda: nn.GlobalAttentionPooling(torch.nn.Linear(4, 1)), {}),
        ("GlobalAttentionPooling feat_nn",
         lambda: nn.GlobalAttentionPooling(torch.nn.Linear(4, 1), torch.nn.Linear(4, 6)), {}),
        ("Set2Set", nn.Set2Set, {"input_dim": 4, "n_iters": 3, "n_layers": 1}),
        ("Set2Set", nn.Set2Set, {"input_dim": 4, "n_iters": 2, "n_layers": 2}),
    ]
    for label, make, options in layers:
        batch = Batch(r, 4)
        layer = make(**options)
        r.redraw(layer)
        layer.eval()
        with torch.no_grad():
            output = layer(batch.graph, batch.feat)
        r.cases.append(
            {
                "name": label,
                "options": options,
                "batch_num_nodes": batch.graph.batch_num_nodes().tolist(),
                "inputs": {"feat": tensor_json(batch.feat)},
                "parameters": {k: tensor_json(v) for k, v in layer.state_dict().items()},
                "outputs": [tensor_json(output)],
            }
        )
    r.write()


def jumping_knowledge():
    r = Recorder("jumping_knowledge")
    for mode in ("cat", "max", "lstm"):
        options = {"mode": mode, "in_feats": 4, "num_layers": 3} if mode == "lstm" else {"mode": mode}
        layer = nn.JumpingKnowledge(**options)
        r.redraw(layer)
        feats = [r.draw(6, 4) for _ in range(3)]
        with torch.no_grad():
            output = layer(feats)
        r.cases.append(
            {
                "name": mode,
                "options": options,
                "inputs": {f"feat{i}": tensor_json(f) for i, f in enumerate(feats)},
                "parameters": {k: tensor_json(v) for k, v in layer.state_dict().items()},
                "outputs": [tensor_json(output)],
            }
        )
    r.write()


def edge_predictor():
    r = Recorder("edge_predictor")
    for options in (
        {"op": "dot"},
        {"op": "cos"},
        {"op": "ele", "in_feats": 4, "out_feats": 2, "bias": True},
        {"op": "ele", "in_feats": 4, "out_feats": 2},
        {"op": "cat", "in_feats": 4, "out_feats": 2, "bias": True},
        {"op": "cat"},
    ):
        layer = nn.EdgePredictor(**options)
        r.redraw(layer)
        src, dst = r.draw(6, 4), r.draw(6, 4)
        with torch.no_grad():
            output = layer(src, dst)
        r.cases.append(
            {
                "name": options["op"],
                "options": options,
                "inputs": {"h_src": tensor_json(src), "h_dst": tensor_json(dst)},
                "parameters": {k: tensor_json(v) for k, v in layer.state_dict().items()},
                "outputs": [tensor_json(output)],
            }
        )
    r.write()


if __name__ == "__main__":
    for record in (
        sage_conv, graph_conv, gat_conv, gatv2_conv, egat_conv, dot_gat_conv, gin_conv, gine_conv, edge_weight_norm,
        sg_conv, appnp_conv, tag_conv, cheb_conv, gated_graph_conv, nn_conv, edge_conv, agnn_conv, gcn2_conv,
        pna_conv, gated_gcn_conv, pooling, jumping_knowledge, edge_predictor,
    ):
        record()
