"""Records what DGL's layers compute that the C++ core has no counterpart of.

Runs as tests/nn/reference/record.py does, which says what it needs, and writes python_layers.json:

    python python/tests/nn/reference/record.py
"""

import importlib.util
import pathlib

import dgl.nn.pytorch as nn
import torch

FOLDER = pathlib.Path(__file__).parent
SPEC = importlib.util.spec_from_file_location(
    "record_layers", FOLDER.parents[3] / "tests" / "nn" / "reference" / "record.py"
)
record = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(record)
record.FOLDER = FOLDER


def from_json(name, value):
    """A constructor argument from what a JSON file can hold; layers.py has the same."""
    if isinstance(value, list) and name.startswith("in_"):
        return tuple(value)
    if isinstance(value, list) and name in (
        "interaction_cutoffs",
        "rbf_kernel_means",
        "rbf_kernel_scaling",
        "features_to_use",
    ):
        return torch.tensor(value, dtype=torch.float32)
    return value


def with_inputs(layer, graph, feat, values):
    return layer(graph, feat, **values)


class Recorder(record.Recorder):
    def layer(self, name, options, kind="full", call=with_inputs, label="", **rest):
        def make(**options):
            arguments = {key: from_json(key, value) for key, value in options.items()}
            return getattr(nn, name)(**arguments)

        self.case(f"{name} {kind} {label}".strip(), make, options, kind, call=call, **rest)
        self.cases[-1]["layer"] = name


def adjacency(recorder, graph):
    dense = torch.zeros(graph.num_dst_nodes(), graph.num_src_nodes())
    src, dst = graph.edges()
    dense[dst, src] = 1.0
    return dense


def types(num_types, size, is_sorted=False):
    def make(recorder, graph):
        count = {"E": graph.num_edges(), "N": graph.num_src_nodes()}[size]
        ids = torch.arange(count) % num_types
        return ids.sort().values if is_sorted else ids

    return make


def relational(r):
    for kind in ("full", "block"):
        for regularizer, bases in ((None, None), ("basis", 2), ("bdd", 2)):
            options = {
                "in_feat": 4,
                "out_feat": 6,
                "num_rels": 3,
                "regularizer": regularizer,
                "num_bases": bases,
                "layer_norm": kind == "block",
            }
            r.layer(
                "RelGraphConv",
                options,
                kind,
                widths=(4, 4),
                label=str(regularizer),
                etypes=types(3, "E"),
                norm=("E", 1),
            )
            r.layer(
                "RelGraphConv",
                options,
                kind,
                widths=(4, 4),
                label=f"{regularizer} presorted",
                call=lambda layer, g, feat, v: layer(g, feat, v["etypes"], presorted=True),
                etypes=types(3, "E", is_sorted=True),
            )
        options = {
            "in_size": 5,
            "head_size": 3,
            "num_heads": 2,
            "num_ntypes": 2,
            "num_etypes": 3,
            "use_norm": kind == "block",
        }
        r.layer(
            "HGTConv",
            options,
            kind,
            ntype=types(2, "N"),
            etype=types(3, "E"),
            call=lambda layer, g, feat, v: layer(g, feat, v["ntype"], v["etype"]),
        )
    for options in (
        {},
        {"regularizer": "basis", "num_bases": 2},
        {"regularizer": "bdd", "num_bases": 2},
    ):
        r.layer(
            "TypedLinear",
            {"in_size": 4, "out_size": 6, "num_types": 3, **options},
            widths=(4, 4),
            label=str(options.get("regularizer")),
            x_type=types(3, "N"),
            call=lambda layer, g, feat, v: layer(feat, v["x_type"]),
        )


def with_edge_features(r):
    for kind in record.GRAPHS:
        in_feats = [5, 4] if kind == "pair" else 5
        widths = (5, 4) if kind == "pair" else (5, 5)
        for residual in (False, True):
            options = {
                "in_feats": in_feats,
                "edge_feats": 4,
                "out_feats": 3,
                "num_heads": 2,
                "residual": residual,
                "allow_zero_in_degree": True,
                "bias": residual,
            }
            r.layer(
                "EdgeGATConv",
                options,
                kind,
                widths=widths,
                label=f"residual {residual}",
                edge_feat=("E", 4),
            )
        for aggregator in ("sum", "mean", "max"):
            options = {
                "in_feats": in_feats,
                "out_feats": 4,
                "dim": 2,
                "n_kernels": 3,
                "aggregator_type": aggregator,
                "residual": True,
                "allow_zero_in_degree": True,
            }
            r.layer("GMMConv", options, kind, widths=widths, label=aggregator, pseudo=("E", 2))
        options = {"node_in_feats": 5, "edge_in_feats": 4, "hidden_feats": 6, "out_feats": 3}
        r.layer("CFConv", options, kind, edge_feats=("E", 4))
    for size in (0, 3):
        options = {"in_size": 5, "hidden_size": 6, "out_size": 4, "edge_feat_size": size}
        inputs = {"coord_feat": ("N", 3), **({"edge_feat": ("E", 3)} if size else {})}
        r.layer("EGNNConv", options, label=f"edge_feat_size {size}", **inputs)


def directional(r):
    graph = record.graph_without_pairs()
    for aggregators in (["mean", "dir1-av", "dir2-dx"], ["dir3-dx", "max"]):
        options = {
            "in_size": 4,
            "out_size": 4,
            "aggregators": aggregators,
            "scalers": ["identity", "attenuation"],
            "delta": 2.5,
            "num_towers": 2,
            "edge_feat_size": 2,
        }
        r.layer(
            "DGNConv",
            options,
            widths=(4, 4),
            graph=graph,
            label=",".join(aggregators),
            edge_feat=("E", 2),
            eig_vec=("N", 3),
        )


def dense(r):
    def call(layer, g, feat, v):
        return layer(v["adj"], feat)

    for norm in ("both", "right", "none"):
        for in_feats, out_feats in ((5, 3), (3, 5)):
            r.layer(
                "DenseGraphConv",
                {"in_feats": in_feats, "out_feats": out_feats, "norm": norm},
                widths=(in_feats, in_feats),
                label=f"{norm} {in_feats} to {out_feats}",
                call=call,
                adj=adjacency,
            )
    r.layer("DenseSAGEConv", {"in_feats": 5, "out_feats": 3}, call=call, adj=adjacency)
    r.layer("DenseSAGEConv", {"in_feats": 5, "out_feats": 3}, "pair", call=call, adj=adjacency)
    for k in (1, 3):
        r.layer(
            "DenseChebConv",
            {"in_feats": 5, "out_feats": 3, "k": k},
            label=f"k {k}",
            adj=adjacency,
            call=lambda layer, g, feat, v: layer(v["adj"], feat, lambda_max=1.5),
        )


def others(r):
    numbers = {
        "interaction_cutoffs": [1.5, 0.8],
        "rbf_kernel_means": [0.0, 0.5],
        "rbf_kernel_scaling": [4.0, 1.0],
    }
    for features in (None, [0.0, 1.0, 2.0]):
        options = {**numbers, "features_to_use": features}
        r.layer(
            "AtomicConv",
            options,
            label=str(features),
            distances=record.positive("E", 1),
            call=lambda layer, g, feat, v: layer(g, (feat[:, :1] * 2).round(), v["distances"]),
        )
    for options in (
        {"k": 3, "alpha": 0.5},
        {"k": 2, "alpha": 0.3, "norm_type": "row", "normalize": True},
        {"k": 2, "alpha": 0.3, "clamp": False, "reset": True},
    ):
        r.layer(
            "LabelPropagation",
            options,
            labels=types(3, "N"),
            mask=lambda recorder, graph: torch.arange(graph.num_nodes()) % 2,
            call=lambda layer, g, feat, v: layer(g, v["labels"], v["mask"].bool()),
        )
    options = {"d_model": 4, "n_heads": 2, "d_head": 3, "d_ff": 5, "n_layers": 2}
    decoder = {"d_model": 4, "num_heads": 2, "d_head": 3, "d_ff": 5, "n_layers": 1, "k": 3}
    for name, arguments in (
        ("SetTransformerEncoder", {**options, "block_type": "sab"}),
        ("SetTransformerEncoder", {**options, "block_type": "isab", "m": 2}),
        ("SetTransformerDecoder", decoder),
    ):
        r.layer(name, arguments, widths=(4, 4), label=arguments.get("block_type", ""))
    r.layer(
        "TransE",
        {"num_rels": 3, "feats": 5},
        rels=types(3, "N"),
        call=lambda layer, g, feat, v: layer(feat, feat.flip(0), v["rels"]),
    )
    r.layer(
        "TransR",
        {"num_rels": 3, "rfeats": 4, "nfeats": 5, "p": 2},
        rels=types(3, "N"),
        call=lambda layer, g, feat, v: layer(feat, feat.flip(0), v["rels"]),
    )
    r.layer(
        "WeightBasis",
        {"shape": [2, 3], "num_bases": 2, "num_outputs": 4},
        call=lambda layer, g, feat, v: layer(),
    )


def unfolding(r):
    sizes = {"input_d": 5, "output_d": 3, "hidden_d": 4, "prop_step": 4}
    for label, options in (
        ("plain", {}),
        ("attention", {"attention": True, "tau": 0.6, "T": 1.2, "use_eta": True}),
        ("attention before", {"attn_bef": True, "p": 0.5, "norm": "layer", "num_mlp_after": 2}),
        ("no precond", {"precond": False, "alp": 0.3, "lam": 0.7, "norm": "batch"}),
        ("nothing before", {"num_mlp_before": 0, "num_mlp_after": 2}),
    ):
        r.layer("TWIRLSConv", {**sizes, **options}, label=label)


def transformers(r):
    """Padded batches of 2 graphs with 5 nodes; the recorder's own features are not read."""
    pairs = {"attn_bias": (2, 5, 5, 2), "attn_mask": bits(2, 5, 5)}
    for bias_type in ("add", "mul"):
        options = {"feat_size": 4, "num_heads": 2, "attn_bias_type": bias_type}
        r.layer("BiasedMHA", options, label=bias_type, call=without_graph, ndata=(2, 5, 4), **pairs)
        options["hidden_size"] = 6
        for norm_first in (False, True):
            options["norm_first"] = norm_first
            label = f"{bias_type} norm_first {norm_first}"
            r.layer(
                "GraphormerLayer",
                options,
                label=label,
                call=without_graph,
                nfeat=(2, 5, 4),
                **pairs,
            )
    for edge_update in (False, True):
        options = {
            "feat_size": 4,
            "edge_feat_size": 3,
            "num_heads": 2,
            "num_virtual_nodes": 1,
            "edge_update": edge_update,
        }
        r.layer(
            "EGTLayer",
            options,
            label=f"edge_update {edge_update}",
            call=without_graph,
            nfeat=(2, 5, 4),
            efeat=(2, 5, 5, 3),
            mask=(2, 5, 5),
        )
    for direction, shape in (("in", (2, 5)), ("out", (2, 5)), ("both", (2, 2, 5))):
        options = {"max_degree": 2, "embedding_dim": 3, "direction": direction}
        r.layer(
            "DegreeEncoder", options, label=direction, call=without_graph, degrees=whole(*shape)
        )
    for layers in (1, 3):
        options = {
            "model_type": "DeepSet",
            "num_layer": layers,
            "k": 3,
            "dim": 4,
            "batch_norm": layers == 3,
            "num_post_layer": layers - 1,
        }
        inputs = {"eigvals": (5, 3), "eigvecs": (5, 3)}
        r.layer("LapPosEncoder", options, label=str(layers), call=without_graph, **inputs)
    r.layer(
        "PathEncoder",
        {"max_len": 2, "feat_dim": 3, "num_heads": 2},
        call=without_graph,
        dist=whole(1, 4, 4),
        path_data=(1, 4, 4, 2, 3),
    )
    r.layer(
        "SpatialEncoder", {"max_dist": 2, "num_heads": 2}, call=without_graph, dist=whole(1, 4, 4)
    )
    options = {"num_kernels": 3, "num_heads": 2, "max_node_type": 5}
    r.layer("SpatialEncoder3d", options, call=without_graph, coord=(2, 4, 3), node_type=whole(2, 4))
    r.layer("SpatialEncoder3d", options, label="no types", call=without_graph, coord=(2, 4, 3))


def without_graph(layer, graph, feat, values):
    return layer(**values)


def bits(*shape):
    return lambda recorder, graph: (recorder.draw(*shape) > 0.5).long()


def whole(*shape):
    """Whole numbers from 0 to 4."""
    return lambda recorder, graph: (recorder.draw(*shape) * 2.5 + 2.5).long().clamp(0, 4)


def main():
    torch.manual_seed(0)
    r = Recorder("python_layers")
    for part in (
        relational,
        with_edge_features,
        directional,
        dense,
        others,
        unfolding,
        transformers,
    ):
        part(r)
    r.write()


if __name__ == "__main__":
    main()
