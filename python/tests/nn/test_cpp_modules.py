"""Each layer that C++ makes by name equals the Python one: names, numbers and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

import grapevine as dgl
from grapevine import _C, nn

IN, OUT, HEADS = 6, 4, 3
ALL = ("full", "block", "pair")
FULL = ("full",)


def perceptron() -> torch.nn.Module:
    """What C++'s "gin" and "gine" apply."""
    return torch.nn.Sequential(
        torch.nn.Linear(IN, OUT),
        torch.nn.BatchNorm1d(OUT),
        torch.nn.ReLU(),
        torch.nn.Linear(OUT, OUT),
    )


class Linear(torch.nn.Module):
    """C++'s "mlp", a layer that ignores the edges."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(IN, OUT)

    def forward(self, graph, feat):
        """Of the destinations alone."""
        return self.linear(feat[1] if isinstance(feat, tuple) else feat[: graph.num_dst_nodes()])


class GINEConv(nn.GINEConv):
    """C++'s "gine", which brings edge features to the width of nodes."""

    def __init__(self) -> None:
        super().__init__(perceptron())
        self.fc_edge = torch.nn.Linear(IN, IN)

    def forward(self, graph, feat, edge_feat):
        """With projected edge features."""
        return super().forward(graph, feat, self.fc_edge(edge_feat))


class Variant:
    """A name with options, and how Python makes the same layer."""

    def __init__(
        self,
        name: str,
        make: Callable[[], torch.nn.Module],
        options: dict[str, str] | None = None,
        kinds=ALL,
        edge: str | None = None,
        call: Callable[..., Any] | None = None,
    ) -> None:
        self.name, self.make, self.options = name, make, options or {}
        self.kinds, self.edge, self.call = kinds, edge, call

    def __str__(self) -> str:
        return " ".join([self.name, *self.options.values(), self.edge or ""]).strip()


PNA = {"aggregators": "mean,max,min,var,sum", "scalers": "identity,attenuation", "delta": "1.5"}
VARIANTS: list[Variant] = [
    *(
        Variant("sage", lambda a=a: nn.SAGEConv(IN, OUT, a), {"aggregator": a}, edge=edge)
        for a in ("mean", "gcn", "pool", "lstm")
        for edge in (None, "edge_weight")
    ),
    *(
        Variant("gcn", lambda n=n: nn.GraphConv(IN, OUT, norm=n), {"norm": n}, edge=edge)
        for n in ("both", "left", "right", "none")
        for edge in (None, "edge_weight")
    ),
    *(
        Variant("gin", lambda a=a: nn.GINConv(perceptron(), a), {"aggregator": a}, edge=edge)
        for a in ("sum", "mean", "max")
        for edge in (None, "edge_weight")
    ),
    Variant(
        "gin",
        lambda: nn.GINConv(perceptron(), init_eps=0.5, learn_eps=True),
        {"init_eps": "0.5", "learn_eps": "true"},
    ),
    Variant("gine", GINEConv, edge="edge_feat"),
    Variant("gat", lambda: nn.GATConv(IN, OUT, HEADS), {"out_heads": "3"}),
    Variant("gat", lambda: nn.GATConv(IN, OUT, HEADS), {"out_heads": "3"}, edge="edge_weight"),
    Variant(
        "gat",
        lambda: nn.GATConv(IN, OUT, HEADS, residual=True, negative_slope=0.1),
        {"out_heads": "3", "residual": "true", "negative_slope": "0.1"},
    ),
    Variant("gatv2", lambda: nn.GATv2Conv(IN, OUT, HEADS), {"out_heads": "3"}),
    Variant(
        "gatv2",
        lambda: nn.GATv2Conv(IN, OUT, HEADS, residual=True, share_weights=True),
        {"out_heads": "3", "residual": "true", "share_weights": "true"},
    ),
    Variant("dotgat", lambda: nn.DotGatConv(IN, OUT, HEADS), {"out_heads": "3"}),
    Variant(
        "egat",
        lambda: nn.EGATConv(IN, IN, OUT, 2, HEADS),
        {"out_heads": "3", "out_edge_feats": "2"},
        edge="efeats",
        call=lambda layer, *args, **edge: layer(*args, **edge)[0],
    ),
    *(
        Variant(
            "nnconv",
            lambda a=a: nn.NNConv(IN, OUT, torch.nn.Linear(IN, IN * OUT), a, residual=True),
            {"aggregator": a, "residual": "true"},
            edge="efeat",
        )
        for a in ("sum", "mean", "max")
    ),
    Variant("edgeconv", lambda: nn.EdgeConv(IN, OUT)),
    Variant("edgeconv", lambda: nn.EdgeConv(IN, OUT, batch_norm=True), {"batch_norm": "true"}),
    Variant("sgc", lambda: nn.SGConv(IN, OUT, k=3), {"k": "3"}, FULL),
    Variant("tag", lambda: nn.TAGConv(IN, OUT, k=3), {"k": "3"}, FULL),
    Variant(
        "cheb",
        lambda: nn.ChebConv(IN, OUT, 3, activation=None),
        {"k": "3", "lambda_max": "1.5"},
        FULL,
        call=lambda layer, graph, feat: layer(graph, feat, [1.5]),
    ),
    Variant(
        "gatedgcn",
        lambda: nn.GatedGCNConv(IN, IN, OUT, batch_norm=False, residual=False, activation=None),
        kinds=FULL,
        edge="edge_feat",
        call=lambda layer, *args, **edge: layer(*args, **edge)[0],
    ),
    *(
        Variant(
            "pna",
            lambda size=size: nn.PNAConv(
                IN,
                OUT,
                PNA["aggregators"].split(","),
                PNA["scalers"].split(","),
                1.5,
                num_towers=2,
                edge_feat_size=size,
            ),
            {**PNA, "num_towers": "2"},
            FULL,
            edge="edge_feat" if size else None,
        )
        for size in (0, IN)
    ),
    Variant("cf", lambda: nn.CFConv(IN, IN, OUT, OUT), edge="edge_feats"),
    Variant("mlp", Linear, kinds=("full", "block")),
]


def make_graph(kind: str):
    """Graphs with parallel edges in which every destination has in-edges."""
    generator = torch.Generator().manual_seed(3)
    num_src, num_dst = (20, 20) if kind == "full" else (20, 9)
    src = torch.randint(num_src, (70,), generator=generator)
    dst = torch.cat(
        [torch.arange(num_dst), torch.randint(num_dst, (70 - num_dst,), generator=generator)]
    )
    if kind == "full":
        return dgl.graph((src, dst), num_nodes=num_src)
    if kind == "block":
        return dgl.create_block((src, dst), num_src_nodes=num_src, num_dst_nodes=num_dst)
    return dgl.heterograph({("a", "r", "b"): (src, dst)}, {"a": num_src, "b": num_dst})


def twins(cpp, python: torch.nn.Module) -> None:
    """Draws C++'s parameters anew and gives them to Python's, which have the same names."""
    generator = torch.Generator().manual_seed(5)
    for parameter in cpp.named_parameters().values():
        parameter.data.uniform_(-1, 1, generator=generator)
    state = {**cpp.named_parameters(), **cpp.named_buffers()}
    names = {name for name, _ in [*python.named_parameters(), *python.named_buffers()]}
    assert names == set(state)
    # Not strict, because a state dictionary has a second name for weights that are shared.
    python.load_state_dict(state, strict=False)


def edge_input(variant: Variant, num_edges: int) -> dict[str, torch.Tensor]:
    """What the layer reads of the edges, by the name of Python's argument."""
    if variant.edge is None:
        return {}
    if variant.edge == "edge_weight":
        return {"edge_weight": torch.rand(num_edges) + 0.1}
    return {variant.edge: torch.rand(num_edges, IN)}


CASES = [
    pytest.param(variant, kind, id=f"{variant} {kind}")
    for variant in VARIANTS
    for kind in variant.kinds
]


@pytest.mark.parametrize(("variant", "kind"), CASES)
def test_equals_the_cpp_layer(variant: Variant, kind: str):
    torch.manual_seed(0)
    graph = make_graph(kind)
    reads_features = variant.edge not in (None, "edge_weight")
    cpp = _C.make_conv(
        variant.name, IN, OUT, variant.options, edge_feats=IN if reads_features else 0
    )
    python = variant.make()
    twins(cpp, python)
    feat = torch.rand(graph.num_src_nodes(), IN) * 2 - 1
    if kind == "pair":
        feat = (feat, torch.rand(graph.num_dst_nodes(), IN) * 2 - 1)
    edge = edge_input(variant, graph.num_edges())
    call = variant.call or (lambda layer, *args, **edge: layer(*args, **edge))
    for training in (False, True):
        cpp.train(training)
        python.train(training)
        expected = cpp.forward(graph._graph, feat, *edge.values())
        output = call(python, graph, feat, **edge)
        torch.testing.assert_close(output, expected, rtol=1e-5, atol=1e-5)
    expected.square().sum().backward()
    output.square().sum().backward()
    gradients = {name: value.grad for name, value in python.named_parameters()}
    for name, parameter in cpp.named_parameters().items():
        if parameter.grad is None:
            assert gradients[name] is None or not gradients[name].any(), name
        else:
            torch.testing.assert_close(gradients[name], parameter.grad, rtol=1e-4, atol=1e-4)


def test_covers_every_layer_known_by_name():
    assert {variant.name for variant in VARIANTS} == set(_C.conv_names())


class APPNP(torch.nn.Module):
    """C++'s model "appnp"."""

    def __init__(self) -> None:
        super().__init__()
        self.linear0 = torch.nn.Linear(IN, 8)
        self.linear1 = torch.nn.Linear(8, OUT)
        self.propagate = nn.APPNPConv(k=3, alpha=0.2)

    def forward(self, graph, feat):
        return self.propagate(graph, self.linear1(torch.relu(self.linear0(feat))))


class GCNII(torch.nn.Module):
    """C++'s model "gcnii"."""

    def __init__(self) -> None:
        super().__init__()
        self.input = torch.nn.Linear(IN, 8)
        options = {"alpha": 0.2, "lambda_": 0.7, "bias": False, "activation": torch.relu}
        self.conv1 = nn.GCN2Conv(8, 1, **options)
        self.conv2 = nn.GCN2Conv(8, 2, **options)
        self.output = torch.nn.Linear(8, OUT)

    def forward(self, graph, feat):
        first = torch.relu(self.input(feat))
        h = self.conv1(graph, first, first)
        return self.output(self.conv2(graph, h, first))


@pytest.mark.parametrize(
    ("name", "make", "options"),
    [
        ("appnp", APPNP, {"k": "3", "alpha": "0.2"}),
        ("gcnii", GCNII, {"alpha": "0.2", "lambda": "0.7"}),
    ],
)
def test_equals_the_cpp_model(name, make, options):
    torch.manual_seed(0)
    graph = make_graph("full")
    cpp = _C.make_model(name, IN, OUT, options, layers=2, hidden=8)
    python = make()
    twins(cpp, python)
    feat = torch.rand(20, IN)
    torch.testing.assert_close(
        python(graph, feat), cpp.forward(graph._graph, feat), rtol=1e-5, atol=1e-5
    )
