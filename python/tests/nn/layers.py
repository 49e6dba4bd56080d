"""How the layers of the recorded cases are made and called, by the name of their file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from recorded import Case

from grapevine import nn

Layer = torch.nn.Module

_TENSORS = ("interaction_cutoffs", "rbf_kernel_means", "rbf_kernel_scaling", "features_to_use")


def _plain(cls: Callable[..., Layer], **activation: Any) -> Callable[[Case], Layer]:
    """Makes the layer from the case's options; lists of two are pairs of widths."""

    def make(case: Case) -> Layer:
        options = {
            name: tuple(value) if name.startswith("in_") and isinstance(value, list) else value
            for name, value in case.options.items()
        }
        return cls(**options, **activation)

    return make


def _gin(case: Case) -> Layer:
    apply_func = torch.nn.Linear(5, 3) if "apply_func.weight" in case.parameters else None
    return nn.GINConv(apply_func, **case.options)


def _gine(case: Case) -> Layer:
    return nn.GINEConv(torch.nn.Linear(5, 3), **case.options)


def _nn_conv(case: Case) -> Layer:
    width = case.options["in_feats"] * case.options["out_feats"]
    return nn.NNConv(edge_func=torch.nn.Linear(4, width), **case.options)


def _pna(case: Case) -> Layer:
    return nn.PNAConv(**case.options).double()


def _named(case: Case) -> Layer:
    """Makes what ``case.layer`` names; record.py beside python_layers.json reads lists alike."""
    options = {}
    for name, value in case.options.items():
        is_list = isinstance(value, list)
        if is_list and name.startswith("in_"):
            value = tuple(value)
        elif is_list and name in _TENSORS:
            value = torch.tensor(value, dtype=torch.float32)
        options[name] = value
    return getattr(nn, case.layer)(**options)


def _pooling(case: Case) -> Layer:
    name = case.name.split()[0]
    if name == "GlobalAttentionPooling":
        feat_nn = torch.nn.Linear(4, 6) if "feat_nn.weight" in case.parameters else None
        return nn.GlobalAttentionPooling(torch.nn.Linear(4, 1), feat_nn)
    return getattr(nn, name)(**case.options)


MAKE: dict[str, Callable[[Case], Layer]] = {
    "agnn_conv": _plain(nn.AGNNConv),
    "appnp_conv": _plain(nn.APPNPConv),
    "cheb_conv": _plain(nn.ChebConv),
    "dot_gat_conv": _plain(nn.DotGatConv),
    "edge_conv": _plain(nn.EdgeConv),
    "edge_predictor": _plain(nn.EdgePredictor),
    "edge_weight_norm": _plain(nn.EdgeWeightNorm),
    "egat_conv": _plain(nn.EGATConv),
    "gat_conv": _plain(nn.GATConv),
    "gated_gcn_conv": _plain(nn.GatedGCNConv),
    "gated_graph_conv": _plain(nn.GatedGraphConv),
    "gatv2_conv": _plain(nn.GATv2Conv),
    "gcn2_conv": _plain(nn.GCN2Conv),
    "gin_conv": _gin,
    "gine_conv": _gine,
    "graph_conv": _plain(nn.GraphConv),
    "jumping_knowledge": _plain(nn.JumpingKnowledge),
    "nn_conv": _nn_conv,
    "pna_conv": _pna,
    "pooling": _pooling,
    "python_layers": _named,
    "sage_conv": _plain(nn.SAGEConv),
    "sg_conv": _plain(nn.SGConv),
    "tag_conv": _plain(nn.TAGConv),
}


def _cheb_call(layer: Layer, case: Case):
    lambda_max = None
    for value in (2.0, 1.5):
        if f"lambda_max {value:g}" in case.name:
            lambda_max = [value]
    return layer(case.graph, case.feat, lambda_max)


def _double_call(layer: Layer, case: Case):
    rest = {name: value.double() for name, value in case.rest.items()}
    return layer(case.graph, case.feat.double(), **rest)


_NAMED_CALL: dict[str, Callable[[Layer, Case], Any]] = {
    "AtomicConv": lambda layer, case: layer(
        case.graph, (case.feat[:, :1] * 2).round(), case.inputs["distances"]
    ),
    "DenseChebConv": lambda layer, case: layer(case.inputs["adj"], case.feat, lambda_max=1.5),
    "DenseGraphConv": lambda layer, case: layer(case.inputs["adj"], case.feat),
    "DenseSAGEConv": lambda layer, case: layer(case.inputs["adj"], case.feat),
    "LabelPropagation": lambda layer, case: layer(
        case.graph, case.inputs["labels"], case.inputs["mask"].bool()
    ),
    "TransE": lambda layer, case: layer(case.feat, case.feat.flip(0), case.inputs["rels"]),
    "TransR": lambda layer, case: layer(case.feat, case.feat.flip(0), case.inputs["rels"]),
    "TypedLinear": lambda layer, case: layer(case.feat, case.inputs["x_type"]),
    "WeightBasis": lambda layer, case: layer(),
}


_WITHOUT_GRAPH = (*nn.pytorch.gt.__all__,)


def _named_call(layer: Layer, case: Case):
    if case.layer in _NAMED_CALL:
        return _NAMED_CALL[case.layer](layer, case)
    if case.layer in _WITHOUT_GRAPH:
        return layer(**case.rest)
    presorted = {"presorted": True} if case.name.endswith("presorted") else {}
    return layer(case.graph, case.feat, **case.rest, **presorted)


CALL: dict[str, Callable[[Layer, Case], Any]] = {
    "cheb_conv": _cheb_call,
    "edge_predictor": lambda layer, case: layer(case.inputs["h_src"], case.inputs["h_dst"]),
    "edge_weight_norm": lambda layer, case: layer(case.graph, case.inputs["edge_weight"]),
    "jumping_knowledge": lambda layer, case: layer(list(case.inputs.values())),
    "pna_conv": _double_call,
    "python_layers": _named_call,
}


def call(file: str, layer: Layer, case: Case):
    """The layer's output for the case's graph and inputs."""
    if file in CALL:
        return CALL[file](layer, case)
    return layer(case.graph, case.feat, **case.rest)
