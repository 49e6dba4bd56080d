"""What the recorded numbers do not tell: errors, options, attention, printing."""

import pytest
import torch

import grapevine as dgl
from grapevine import DGLError, nn


def path(num_nodes=4):
    """0 -> 1 -> 2 -> ...: the first node has no in-edge."""
    return dgl.graph((torch.arange(num_nodes - 1), torch.arange(1, num_nodes)))


NEED_IN_EDGES = {
    "GraphConv": lambda **kw: nn.GraphConv(5, 3, **kw),
    "GATConv": lambda **kw: nn.GATConv(5, 3, 2, **kw),
    "GATv2Conv": lambda **kw: nn.GATv2Conv(5, 3, 2, **kw),
    "DotGatConv": lambda **kw: nn.DotGatConv(5, 3, 2, **kw),
    "SGConv": lambda **kw: nn.SGConv(5, 3, **kw),
    "EdgeConv": lambda **kw: nn.EdgeConv(5, 3, **kw),
    "AGNNConv": lambda **kw: nn.AGNNConv(**kw),
}


@pytest.mark.parametrize("name", NEED_IN_EDGES)
def test_rejects_nodes_without_in_edges_unless_allowed(name):
    graph, feat = path(), torch.rand(4, 5)
    layer = NEED_IN_EDGES[name]()
    with pytest.raises(DGLError, match=f"{name}.*1 nodes.*0-in-degree.*add_self_loop"):
        layer(graph, feat)
    layer(dgl.add_self_loop(graph), feat)
    assert torch.isfinite(NEED_IN_EDGES[name](allow_zero_in_degree=True)(graph, feat)).all()
    layer.set_allow_zero_in_degree(True)
    assert torch.isfinite(layer(graph, feat)).all()


def test_rejects_unknown_options():
    with pytest.raises(DGLError, match="norm.*sideways"):
        nn.GraphConv(5, 3, norm="sideways")
    with pytest.raises(DGLError, match="aggregator_type.*median"):
        nn.SAGEConv(5, 3, "median")
    with pytest.raises(KeyError, match="median"):
        nn.GINConv(None, "median")
    with pytest.raises(KeyError, match="median"):
        nn.NNConv(5, 3, torch.nn.Linear(1, 15), "median")
    with pytest.raises(ValueError, match="num_bases"):
        nn.TypedLinear(4, 4, 2, "basis")
    with pytest.raises(ValueError, match="multiples"):
        nn.TypedLinear(5, 4, 2, "bdd", 2)
    with pytest.raises(AssertionError, match="num_towers"):
        nn.PNAConv(5, 4, ["mean"], ["identity"], 1.0, num_towers=2)


def test_graph_conv_takes_an_external_weight_only_without_its_own():
    graph, feat, weight = path(), torch.rand(4, 5), torch.rand(5, 3)
    bare = nn.GraphConv(5, 3, weight=False, bias=False, allow_zero_in_degree=True)
    own = nn.GraphConv(5, 3, bias=False, allow_zero_in_degree=True)
    own.weight.data.copy_(weight)
    torch.testing.assert_close(bare(graph, feat, weight=weight), own(graph, feat))
    assert not bare.state_dict()
    with pytest.raises(DGLError, match="weight=False"):
        own(graph, feat, weight=weight)


def test_edge_weights_are_checked():
    graph, feat = path(), torch.rand(4, 5)
    with pytest.raises(AssertionError, match="expected 3 rows, got 2"):
        nn.SAGEConv(5, 3, "mean")(graph, feat, edge_weight=torch.rand(2))
    with pytest.raises(DGLError, match="positive"):
        nn.EdgeWeightNorm("both")(graph, torch.tensor([1.0, 0.0, 1.0]))
    with pytest.raises(DGLError, match="one number"):
        nn.EdgeWeightNorm("both")(graph, torch.rand(3, 2))


def test_edge_weight_norm_takes_blocks():
    edges = (torch.tensor([3, 4, 1, 0]), torch.tensor([0, 0, 1, 2]))
    block = dgl.create_block(edges, num_src_nodes=5, num_dst_nodes=3)
    weight = torch.tensor([1.0, 3.0, 2.0, 4.0])
    expected = torch.tensor([0.25, 0.75, 1.0, 1.0])
    torch.testing.assert_close(nn.EdgeWeightNorm("right")(block, weight), expected)
    torch.testing.assert_close(
        nn.EdgeWeightNorm("both")(block, weight),
        (weight / torch.tensor([4.0, 4.0, 2.0, 4.0])).sqrt(),
    )


@pytest.mark.parametrize("make", [nn.GATConv, nn.GATv2Conv, nn.DotGatConv])
def test_attention_sums_to_one_over_in_edges(make):
    graph = dgl.add_self_loop(path())
    output, attention = make(5, 3, 2)(graph, torch.rand(4, 5), get_attention=True)
    assert output.shape == (4, 2, 3)
    assert attention.shape == (graph.num_edges(), 2, 1)
    torch.testing.assert_close(dgl.ops.copy_e_sum(graph, attention), torch.ones(4, 2, 1))


def test_egat_gives_its_attention():
    graph = dgl.add_self_loop(path())
    num_edges = graph.num_edges()
    conv = nn.EGATConv(5, 4, 3, 2, 2, bias=False)
    nodes, edges, attention = conv(
        graph, torch.rand(4, 5), torch.rand(num_edges, 4), get_attention=True
    )
    assert (nodes.shape, edges.shape) == ((4, 2, 3), (num_edges, 2, 2))
    torch.testing.assert_close(dgl.ops.copy_e_sum(graph, attention), torch.ones(4, 2, 1))


@pytest.mark.parametrize("residual", [False, True])
def test_attention_keeps_middle_dimensions(residual):
    graph, feat = dgl.add_self_loop(path()), torch.rand(4, 2, 5)
    conv = nn.GATConv(5, 3, 2, residual=residual)
    output = conv(graph, feat)
    assert output.shape == (4, 2, 2, 3)
    torch.testing.assert_close(output[:, 1], conv(graph, feat[:, 1]))


def test_layers_take_graphs_without_nodes_or_edges():
    empty = dgl.graph(([], []), num_nodes=0)
    for residual in (False, True):
        assert nn.GATConv(5, 3, 2, residual=residual)(empty, torch.rand(0, 5)).shape == (0, 2, 3)
        assert nn.GATv2Conv(5, 3, 2, residual=residual)(empty, torch.rand(0, 5)).shape == (0, 2, 3)
    no_edges = dgl.graph(([], []), num_nodes=3)
    for aggregator in ("mean", "gcn", "pool", "lstm"):
        for out_feats in (3, 7):
            conv = nn.SAGEConv(5, out_feats, aggregator)
            assert torch.isfinite(conv(no_edges, torch.rand(3, 5))).all()


def test_sgconv_caches_hops():
    graph, feat = dgl.add_self_loop(path()), torch.rand(4, 5)
    conv = nn.SGConv(5, 3, k=2, cached=True)
    expected = conv(graph, feat)
    torch.testing.assert_close(conv(graph, torch.zeros(4, 5)), expected)


def test_cheb_conv_warns_of_a_missing_eigenvalue():
    conv = nn.ChebConv(5, 3, 2)
    with pytest.warns(UserWarning, match="lambda_max"):
        assumed = conv(path(), torch.rand(4, 5).fill_(1))
    torch.testing.assert_close(assumed, conv(path(), torch.ones(4, 5), [2.0]))
    torch.testing.assert_close(assumed, conv(path(), torch.ones(4, 5), torch.tensor([2.0])))


def test_group_rev_res_has_the_gradients_of_its_formula():
    graph, x = dgl.add_self_loop(path()), torch.rand(4, 6).double().requires_grad_()
    model = nn.GroupRevRes(nn.GraphConv(3, 3), 2).double()
    model.gnn_modules[1].reset_parameters()

    def plain(x):
        first = x[:, :3] + model.gnn_modules[0](graph, x[:, 3:])
        return torch.cat([first, x[:, 3:] + model.gnn_modules[1](graph, first)], dim=1)

    inputs = [x, *model.parameters()]
    output, expected = model(graph, x), plain(x)
    torch.testing.assert_close(output, expected)
    gradients = torch.autograd.grad(output.square().sum(), inputs)
    for ours, plainly in zip(gradients, torch.autograd.grad(expected.square().sum(), inputs)):
        torch.testing.assert_close(ours, plainly)


class Hop(torch.nn.Module):
    """Takes and returns node and edge features."""

    def forward(self, graph, nodes, edges):
        return nodes + dgl.ops.copy_e_sum(graph, edges), edges * 2


def test_sequential_hands_on_what_layers_return():
    graph = path()
    nodes, edges = nn.Sequential(Hop(), Hop())(graph, torch.zeros(4, 1), torch.ones(3, 1))
    assert nodes.flatten().tolist() == [0, 3, 3, 3]
    assert edges.flatten().tolist() == [4, 4, 4]
    reverse = dgl.reverse(graph)
    nodes, _ = nn.Sequential(Hop(), Hop())([graph, reverse], torch.zeros(4, 1), torch.ones(3, 1))
    assert nodes.flatten().tolist() == [2, 3, 3, 1]
    with pytest.raises(TypeError, match="graph"):
        nn.Sequential(Hop())(torch.zeros(1), torch.zeros(1))


def test_prints_as_dgl_does():
    assert repr(nn.GraphConv(5, 3)) == (
        "GraphConv(in=5, out=3, normalization=both, activation=None)"
    )
    assert repr(nn.TypedLinear(4, 6, 3, "basis", 2)) == (
        "TypedLinear(in_size=4, out_size=6, num_types=3, regularizer=basis, num_bases=2)"
    )
    assert repr(nn.SAGEConv(5, 3, "mean")).splitlines()[1:3] == [
        "  (feat_drop): Dropout(p=0.0, inplace=False)",
        "  (fc_neigh): Linear(in_features=5, out_features=3, bias=False)",
    ]


def test_layers_are_found_where_dgl_has_them():
    from grapevine.nn.functional import edge_softmax
    from grapevine.nn.pytorch import SAGEConv
    from grapevine.nn.pytorch.conv.sageconv import SAGEConv as by_file
    from grapevine.nn.pytorch.glob import SumPooling
    from grapevine.nn.pytorch.softmax import edge_softmax as by_softmax

    assert SAGEConv is by_file is nn.SAGEConv is nn.pytorch.conv.SAGEConv
    assert SumPooling is nn.SumPooling
    assert edge_softmax is by_softmax is nn.functional.edge_softmax is nn.edge_softmax
    for package in (nn, nn.pytorch, nn.pytorch.conv):
        with pytest.raises(NotImplementedError, match="dgl.nn.CuGraphSAGEConv"):
            _ = package.CuGraphSAGEConv
    with pytest.raises(AttributeError):
        _ = nn.NoSuchLayer


class Sum(torch.nn.Module):
    """The sum of the in-neighbours' projections, of each node or of the graph."""

    def __init__(self, of_graph: bool) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)
        self.of_graph = of_graph

    def forward(self, graph, feat, eweight=None):
        """Logits of two classes."""
        weight = torch.ones(graph.num_edges()) if eweight is None else eweight
        h = dgl.ops.u_mul_e_sum(graph, self.linear(feat), weight)
        return h.sum(dim=0, keepdim=True) if self.of_graph else h


def test_explainer_finds_the_edge_that_decides():
    torch.manual_seed(0)
    graph = dgl.graph(([1, 2, 3, 0], [0, 0, 1, 3]), num_nodes=5)
    feat = torch.tensor([[0.0, 0, 0], [5, 0, 0], [-1, 0, 0], [0, 1, 0], [9, 9, 9]])
    model = Sum(of_graph=False)
    model.linear.weight.data = torch.tensor([[1.0, 0, 0], [-1, 0, 0]])
    model.linear.bias.data.zero_()
    explainer = nn.GNNExplainer(model, num_hops=1, num_epochs=300, lr=0.1, log=False)
    centre, subgraph, feat_mask, edge_mask = explainer.explain_node(0, graph, feat)
    assert subgraph.ndata[dgl.NID][centre].tolist() == [0]
    assert sorted(subgraph.edata[dgl.EID].tolist()) == [0, 1]
    assert (feat_mask.shape, edge_mask.shape) == ((3,), (2,))
    helps = subgraph.edata[dgl.EID] == 0
    assert edge_mask[helps] > 0.5 > edge_mask[~helps]
    assert feat_mask[0] > feat_mask[1:].max()
    explainer.model = Sum(of_graph=True)
    feat_mask, edge_mask = explainer.explain_graph(graph, feat)
    assert (feat_mask.shape, edge_mask.shape) == ((3,), (4,))


class HeteroSum(torch.nn.Module):
    """The sum over the edges of all relations to users."""

    def forward(self, graph, feat, eweight=None):
        """Logits of two classes by node type."""
        total = torch.zeros(graph.num_nodes("user"), 2)
        for etype in graph.canonical_etypes:
            weight = torch.ones(graph.num_edges(etype)) if eweight is None else eweight[etype]
            total = total + dgl.ops.u_mul_e_sum(graph[etype], feat[etype[0]], weight)
        return {"user": total}


def test_explainer_of_several_types_has_masks_for_each():
    torch.manual_seed(0)
    follows, rates = ("user", "follows", "user"), ("shop", "rates", "user")
    graph = dgl.heterograph({follows: ([1, 2], [0, 1]), rates: ([0, 1], [0, 2])})
    feat = {"user": torch.zeros(3, 2), "shop": torch.tensor([[5.0, 0], [1, 1]])}
    options = {"num_epochs": 100, "lr": 0.1, "alpha1": 0.1, "alpha2": 0.0, "log": False}
    explainer = nn.HeteroGNNExplainer(HeteroSum(), 1, **options)
    centre, subgraph, feat_masks, edge_masks = explainer.explain_node("user", 0, graph, feat)
    assert subgraph.ndata[dgl.NID]["user"][centre].tolist() == [0]
    assert {name: mask.shape for name, mask in feat_masks.items()} == {"user": (2,), "shop": (2,)}
    assert {name: len(mask) for name, mask in edge_masks.items()} == {follows: 1, rates: 1}
    assert edge_masks[rates] > edge_masks[follows]


def test_lap_pos_encoder_ignores_missing_eigenvectors():
    torch.manual_seed(0)
    values, vectors = torch.rand(4, 3), torch.rand(4, 3)
    values[:, 2] = vectors[:, 2] = torch.nan
    for kind in ("Transformer", "DeepSet"):
        encoder = nn.LapPosEncoder(kind, 2, 3, 8, n_head=2).eval()
        alone = encoder(values[:, :2], vectors[:, :2])
        torch.testing.assert_close(encoder(values, vectors), alone)
    with pytest.raises(ValueError, match="model_type.*Tree"):
        nn.LapPosEncoder("Tree", 1, 3, 8)


class Count(torch.nn.Module):
    """Logits of a graph: whether its nodes' features sum to more than one."""

    def forward(self, graph, feat):
        """Of features ``[n, 1]``, or such by node type."""
        feats = feat.values() if isinstance(feat, dict) else [feat]
        total = sum(value.sum() for value in feats)
        return torch.stack([total * 0 + 1, total]).unsqueeze(0)


SEARCH = {"num_hops": 2, "num_rollouts": 10, "shapley_steps": 10, "coef": 1.0}


def test_subgraphx_finds_the_nodes_that_count():
    torch.manual_seed(0)
    # A path 0 - 1 - ... - 7; nodes 2 and 3 have all of the feature.
    graph = dgl.graph((torch.arange(7), torch.arange(1, 8)))
    feat = torch.zeros(8, 1)
    feat[2:4] = 3.0
    nodes = nn.SubgraphX(Count(), **SEARCH).explain_graph(graph, feat, target_class=1)
    assert {2, 3} <= set(nodes.tolist()) and len(nodes) <= 3
    with pytest.raises(AssertionError, match="node_min"):
        nn.SubgraphX(Count(), 1, node_min=8).explain_graph(graph, feat, target_class=1)


def test_subgraphx_finds_nodes_of_several_types():
    torch.manual_seed(0)
    graph = dgl.heterograph(
        {
            ("user", "likes", "game"): ([0, 0, 1, 2, 3], [0, 1, 1, 2, 3]),
            ("user", "knows", "user"): ([0, 1, 2], [1, 2, 3]),
        }
    )
    feat = {"user": torch.zeros(4, 1), "game": torch.zeros(4, 1)}
    feat["user"][3] = feat["game"][3] = 3.0
    nodes = nn.HeteroSubgraphX(Count(), **SEARCH).explain_graph(graph, feat, target_class=1)
    assert 3 in nodes["user"].tolist() and 3 in nodes["game"].tolist()
    assert sum(len(ids) for ids in nodes.values()) <= 3


class Spread(torch.nn.Module):
    """What reaches a node over its edges; a graph's prediction is the mean."""

    def __init__(self, of_graph: bool) -> None:
        super().__init__()
        self.of_graph = of_graph

    def forward(self, graph, feat, embed=False, edge_weight=None):
        """The features themselves with ``embed``, else logits of two classes."""
        if embed:
            return feat
        weight = torch.ones(graph.num_edges()) if edge_weight is None else edge_weight
        h = 4 * dgl.ops.u_mul_e_sum(graph, feat, weight)
        return h.mean(dim=0, keepdim=True) if self.of_graph else h


@pytest.mark.parametrize("of_graph", [True, False])
def test_pgexplainer_learns_which_edges_matter(of_graph):
    torch.manual_seed(0)
    # A star around 0; nodes 1 and 2 speak for the first class, the others for none.
    leaves = torch.arange(1, 7)
    graph = dgl.graph((torch.cat([leaves, leaves * 0]), torch.cat([leaves * 0, leaves])))
    feat = torch.zeros(7, 2)
    feat[1:3, 0] = 1.0
    explainer = nn.PGExplainer(
        Spread(of_graph), 2, num_hops=1, explain_graph=of_graph, coff_budget=0.1
    )
    assert len(list(explainer.parameters())) == 4
    optimizer = torch.optim.Adam(explainer.parameters(), lr=0.01)
    for _ in range(150):
        optimizer.zero_grad()
        if of_graph:
            loss = explainer.train_step(graph, feat, 2.0)
        else:
            loss = explainer.train_step_node(0, graph, feat, 2.0)
        loss.backward()
        optimizer.step()
    if of_graph:
        probs, weight = explainer.explain_graph(graph, feat)
    else:
        probs, weight, subgraph, centre = explainer.explain_node(torch.tensor([0]), graph, feat)
        assert probs.shape == (7, 2) and centre.tolist() == [0]
        assert subgraph.ndata[dgl.NID].tolist() == list(range(7))
    assert weight[:2].min() > weight[2:6].max()
    with pytest.raises(AssertionError, match="explain_graph"):
        explainer.train_step(graph, feat, 1.0) if not of_graph else explainer.explain_node(
            0, graph, feat
        )


def test_pgexplainer_splits_weights_by_relation():
    torch.manual_seed(0)
    likes, liked = ("user", "likes", "game"), ("game", "liked", "user")
    graph = dgl.heterograph({likes: ([0, 1, 1], [0, 0, 1]), liked: ([0, 0, 1], [0, 1, 1])})
    feat = {"user": torch.rand(2, 3), "game": torch.rand(2, 3)}

    class Model(torch.nn.Module):
        def forward(self, graph, feat, embed=False, edge_weight=None):
            if embed:
                return feat
            weight = edge_weight or {e: torch.ones(graph.num_edges(e)) for e in (likes, liked)}
            return {
                e[2]: dgl.ops.u_mul_e_sum(graph[e], feat[e[0]], weight[e]) for e in (likes, liked)
            }

    explainer = nn.HeteroPGExplainer(Model(), 3, num_hops=1, explain_graph=False)
    explainer.train_step_node({"user": [0, 1], "game": [1]}, graph, feat, 1.0).backward()
    assert all(parameter.grad.isfinite().all() for parameter in explainer.parameters())
    nodes = {"user": torch.tensor([0, 1])}
    probs, weight, subgraphs, rows = explainer.explain_node(nodes, graph, feat)
    assert subgraphs.batch_size == 2
    assert {etype: len(value) for etype, value in weight.items()} == {
        etype: subgraphs.num_edges(etype) for etype in (likes, liked)
    }
    ids = subgraphs.nodes["user"].data[dgl.NID][rows["user"]]
    assert ids.tolist() == [0, 1] and len(rows["game"]) == 0
    assert probs["user"].shape == (subgraphs.num_nodes("user"), 3)
