"""Message passing: built-in and user functions against explicit sums, and gradients."""

import pytest
import torch

import grapevine as dgl
import grapevine.function as fn

SRC = torch.tensor([0, 1, 1, 3, 2, 0, 4])
DST = torch.tensor([1, 0, 2, 2, 3, 1, 2])
NUM = 6  # Nodes 4 and 5 have no in-edges.


@pytest.fixture
def g():
    torch.manual_seed(0)
    g = dgl.graph((SRC, DST), num_nodes=NUM)
    g.ndata["h"] = torch.rand(NUM, 3) + 0.5
    g.ndata["k"] = torch.rand(NUM, 3) + 0.5
    g.edata["w"] = torch.rand(7, 3) + 0.5
    return g


def reduced(messages, how):
    """The reduction of each node's messages, node by node."""
    rows = []
    for node in range(NUM):
        mine = messages[DST == node]
        if len(mine) == 0:
            rows.append(torch.zeros(messages.shape[1:]))
        else:
            rows.append({
                "sum": lambda x: x.sum(0), "mean": lambda x: x.mean(0),
                "max": lambda x: x.max(0).values, "min": lambda x: x.min(0).values,
            }[how](mine))  # fmt: skip
    return torch.stack(rows)


BINARY = {
    "add": torch.add, "sub": torch.sub, "mul": torch.mul, "div": torch.div,
    "dot": lambda x, y: (x * y).sum(-1, keepdim=True),
}  # fmt: skip


@pytest.mark.parametrize("reduce", ["sum", "mean", "max", "min"])
@pytest.mark.parametrize(
    "message", ["copy_u", "copy_e", "u_mul_e", "v_sub_u", "e_div_v", "u_dot_v"]
)
def test_built_in_functions(g, message, reduce):
    sides = {"u": g.ndata["h"][SRC], "v": g.ndata["k"][DST], "e": g.edata["w"]}
    fields = {"u": "h", "v": "k", "e": "w"}
    parts = message.split("_")
    if parts[0] == "copy":
        function = getattr(fn, message)(fields[parts[1]], "m")
        messages = sides[parts[1]]
    else:
        function = getattr(fn, message)(fields[parts[0]], fields[parts[2]], "m")
        messages = BINARY[parts[1]](sides[parts[0]], sides[parts[2]])
    g.update_all(function, getattr(fn, reduce)("m", "out"))
    assert torch.allclose(g.ndata["out"], reduced(messages, reduce), atol=1e-6)
    g.apply_edges(function)
    assert torch.allclose(g.edata["m"], messages, atol=1e-6)


@pytest.mark.parametrize("message_is_builtin", [False, True])
@pytest.mark.parametrize("reduce_is_builtin", [False, True])
def test_built_in_and_user_functions_mix(g, message_is_builtin, reduce_is_builtin):
    message = lambda edges: {"m": edges.src["h"] * edges.data["w"]}  # noqa: E731
    reduce = lambda nodes: {"out": nodes.mailbox["m"].sum(1)}  # noqa: E731
    g.update_all(
        fn.u_mul_e("h", "w", "m") if message_is_builtin else message,
        fn.sum("m", "out") if reduce_is_builtin else reduce,
        lambda nodes: {"out": nodes.data["out"] + nodes.data["k"]},
    )
    expected = reduced(g.ndata["h"][SRC] * g.edata["w"], "sum") + g.ndata["k"]
    assert torch.allclose(g.ndata["out"], expected, atol=1e-6)


def test_what_user_functions_see(g):
    seen = {}

    def message(edges):
        seen["edges"] = [x.tolist() for x in edges.edges()]
        seen["size"] = (len(edges), edges.batch_size(), edges.canonical_etype)
        seen["names"] = (sorted(edges.src), sorted(edges.dst.keys()), "w" in edges.data)
        return {"m": edges.data["w"]}

    def reduce(nodes):
        degree = nodes.mailbox["m"].shape[1]
        seen.setdefault("degrees", {})[degree] = nodes.nodes().tolist()
        assert nodes.ntype == "_N" and len(nodes) == len(nodes.data["h"])
        return {"out": nodes.mailbox["m"][:, 0]}

    g.update_all(message, reduce)
    assert seen["edges"] == [SRC.tolist(), DST.tolist(), list(range(7))]
    assert seen["size"] == (7, 7, ("_N", "_E", "_N"))
    assert seen["names"] == (["h", "k"], ["h", "k"], True)
    assert seen["degrees"] == {1: [0, 3], 2: [1], 3: [2]}
    # The first message of a node is that of its smallest edge id.
    assert torch.equal(g.ndata["out"][:4], g.edata["w"][[1, 0, 2, 4]])


def test_integer_messages_reach_a_user_function(g):
    g.edata["id"] = torch.arange(7)
    g.update_all(fn.copy_e("id", "m"), lambda nodes: {"ids": nodes.mailbox["m"].sum(1)})
    assert g.ndata["ids"].tolist() == [1, 5, 11, 4, 0, 0]


def test_gradients_pass_through_user_functions(g):
    h = torch.rand(NUM, 3, dtype=torch.float64, requires_grad=True)
    w = torch.rand(7, 3, dtype=torch.float64, requires_grad=True)

    def result(h, w, user):
        with g.local_scope():
            g.ndata["h"], g.edata["w"] = h, w
            if user:
                g.update_all(
                    lambda edges: {"m": edges.src["h"] * edges.data["w"]},
                    lambda nodes: {"o": nodes.mailbox["m"].logsumexp(1)},
                )
            else:
                g.update_all(fn.u_mul_e("h", "w", "m"), fn.mean("m", "o"))
            return g.ndata["o"]

    for user in (False, True):
        assert torch.autograd.gradcheck(lambda h, w: result(h, w, user), (h, w))


def test_initializer_fills_what_no_message_reaches(g):
    g.set_n_initializer(lambda shape, dtype, ctx, ids: torch.full(shape, -1.0, dtype=dtype), "out")
    g.update_all(
        lambda edges: {"m": edges.src["h"]},
        lambda nodes: {"out": nodes.mailbox["m"].sum(1)},
        lambda nodes: {"out": nodes.data["out"] * 2},
    )
    assert torch.equal(g.ndata["out"][4:], torch.full((2, 3), -2.0))
    assert torch.allclose(g.ndata["out"][:4], 2 * reduced(g.ndata["h"][SRC], "sum")[:4])


def test_some_edges_and_nodes_only(g):
    g.ndata["out"] = torch.full((NUM, 3), 9.0)
    g.send_and_recv([2, 3], fn.copy_u("h", "m"), fn.sum("m", "out"))
    assert torch.allclose(g.ndata["out"][2], g.ndata["h"][1] + g.ndata["h"][3])
    assert torch.equal(g.ndata["out"][:2], torch.full((2, 3), 9.0))
    g.pull([0, 5], fn.copy_u("h", "m"), fn.max("m", "out"))
    assert torch.equal(g.ndata["out"][0], g.ndata["h"][1])
    assert g.ndata["out"][5].tolist() == [0, 0, 0]
    g.ndata["out"] = torch.zeros(NUM, 3)
    g.push([1], fn.copy_u("h", "m"), fn.sum("m", "out"))
    assert torch.equal(g.ndata["out"][[0, 2]], g.ndata["h"][[1, 1]])
    g.apply_edges(fn.copy_u("h", "m"), ([3, 0], [2, 1]))
    expected = torch.zeros(7, 3)
    expected[[3, 0]] = g.ndata["h"][[3, 0]]
    assert torch.equal(g.edata["m"], expected)
    g.apply_nodes(lambda nodes: {"h": nodes.data["h"] * 0}, [1])
    assert g.ndata["h"][1].tolist() == [0, 0, 0]


def test_filters(g):
    g.ndata["x"] = torch.arange(6.0)
    g.edata["y"] = torch.arange(7.0)
    assert g.filter_nodes(lambda nodes: nodes.data["x"] > 2).tolist() == [3, 4, 5]
    assert g.filter_nodes(lambda nodes: nodes.data["x"] > 2, [5, 0, 3]).tolist() == [5, 3]
    assert g.filter_edges(lambda edges: edges.src["x"] < 1).tolist() == [0, 5]
    assert g.filter_edges(lambda edges: edges.data["y"] > 1, [0, 6]).tolist() == [6]


def test_mistakes(g):
    with pytest.raises(KeyError, match="missing"):
        g.update_all(fn.copy_u("missing", "m"), fn.sum("m", "out"))
    with pytest.raises(KeyError, match="missing"):
        g.update_all(lambda edges: {"m": edges.src["missing"]}, fn.sum("m", "out"))
    with pytest.raises(dgl.DGLError, match="function pairs"):
        g.update_all(fn.copy_u("h", "m"), fn.sum("x", "out"))
    with pytest.raises(dgl.DGLError):
        g.ndata["i"] = torch.arange(6)
        g.update_all(fn.copy_u("i", "m"), fn.sum("m", "out"))
    with pytest.raises(ZeroDivisionError):
        g.update_all(lambda edges: {"m": 1 / 0}, fn.sum("m", "out"))
    with pytest.raises(dgl.DGLError, match="dictionary"):
        g.update_all(lambda edges: edges.src["h"], fn.sum("m", "out"))
    with pytest.warns(UserWarning, match="does not contain valid edges"):
        empty = dgl.graph(([], []), num_nodes=2)
        empty.apply_edges(lambda edges: {"m": torch.zeros(len(edges))})


@pytest.fixture
def hetero():
    torch.manual_seed(1)
    g = dgl.heterograph(
        {
            ("user", "follows", "user"): ([0, 1], [1, 0]),
            ("user", "plays", "game"): ([0, 1, 2], [0, 0, 1]),
            ("developer", "makes", "game"): ([0], [2]),
        },
        {"user": 3, "game": 4, "developer": 1},
    )
    for ntype in g.ntypes:
        g.nodes[ntype].data["h"] = torch.rand(g.num_nodes(ntype), 2) - 2
    return g


def _by_relation(g, how):
    parts = {}
    for etype in g.canonical_etypes:
        with g.local_scope():
            g.update_all(fn.copy_u("h", "m"), getattr(fn, how)("m", "x"), etype=etype)
            parts[etype[1]] = g.nodes[etype[2]].data["x"]
    return parts


def test_all_relations_at_once(hetero):
    parts = _by_relation(hetero, "sum")
    hetero.update_all(fn.copy_u("h", "m"), fn.sum("m", "o"))
    assert torch.allclose(hetero.nodes["game"].data["o"], parts["plays"] + parts["makes"])
    assert torch.allclose(hetero.nodes["user"].data["o"], parts["follows"])
    hetero.update_all(fn.copy_u("h", "m"), fn.max("m", "o"))
    parts = _by_relation(hetero, "max")
    game = hetero.nodes["game"].data["o"]
    assert torch.equal(game[:2], parts["plays"][:2])
    assert torch.equal(game[2], parts["makes"][2])
    assert game[3].tolist() == [0, 0]
    for call in (
        lambda: hetero.update_all(fn.copy_u("missing", "m"), fn.sum("m", "o")),
        lambda: hetero.apply_edges(fn.copy_u("missing", "m")),
    ):
        with pytest.raises(KeyError, match="missing"):
            call()
    with pytest.raises(NotImplementedError, match="mean"):
        hetero.update_all(fn.copy_u("h", "m"), fn.mean("m", "o"))
    with pytest.raises(dgl.DGLError, match="multi_update_all"):
        hetero.update_all(lambda edges: {"m": edges.src["h"]}, fn.sum("m", "o"))


@pytest.mark.parametrize("cross", ["sum", "mean", "stack", lambda parts: parts[0] * 2 + parts[1]])
def test_relations_are_merged(hetero, cross):
    parts = _by_relation(hetero, "sum")
    functions = (fn.copy_u("h", "m"), fn.sum("m", "o"))
    hetero.multi_update_all({"makes": functions, "plays": functions}, cross)
    both = [parts["makes"], parts["plays"]]
    expected = {
        "sum": lambda: sum(both),
        "mean": lambda: sum(both) / 2,
        "stack": lambda: torch.stack(both, 1),
    }.get(cross, lambda: both[0] * 2 + both[1])()
    assert torch.allclose(hetero.nodes["game"].data["o"], expected)


@pytest.mark.parametrize("order", [("makes", "plays"), ("plays", "makes")])
def test_a_callable_merges_in_the_order_of_the_dictionary_and_stack_in_that_of_the_graph(
    hetero, order
):
    parts = _by_relation(hetero, "sum")
    functions = (fn.copy_u("h", "m"), fn.sum("m", "o"))
    updates = dict.fromkeys(order, functions)
    hetero.multi_update_all(updates, lambda given: given[0] - given[1])
    expected = parts[order[0]] - parts[order[1]]
    assert torch.allclose(hetero.nodes["game"].data["o"], expected)
    hetero.multi_update_all(updates, "stack")
    expected = torch.stack([parts[relation] for relation in hetero.etypes if relation in order], 1)
    assert torch.allclose(hetero.nodes["game"].data["o"], expected)


def test_a_callable_merges_unless_there_is_one_relation(hetero):
    parts = _by_relation(hetero, "sum")
    message = fn.copy_u("h", "m")
    hetero.multi_update_all(
        {"makes": (message, fn.sum("m", "o")), "plays": (message, fn.sum("m", "p"))},
        lambda given: given[0] * (10 if len(given) == 1 else 0),
    )
    games = hetero.nodes["game"].data
    assert torch.allclose(games["o"], parts["makes"] * 10)
    assert torch.allclose(games["p"], parts["plays"] * 10)
    hetero.multi_update_all({"makes": (message, fn.sum("m", "o"))}, lambda given: given[0] * 10)
    assert torch.allclose(games["o"], parts["makes"])


def test_propagation_in_topological_order():
    tree = dgl.graph(([3, 4, 1, 2], [1, 1, 0, 0]))
    tree.ndata["x"] = torch.tensor([0.0, 0.0, 5.0, 1.0, 2.0])
    dgl.prop_nodes_topo(
        tree,
        lambda edges: {"m": edges.src["x"]},
        lambda nodes: {"x": nodes.mailbox["m"].sum(1) + nodes.data["x"]},
    )
    assert tree.ndata["x"].tolist()[:2] == [8, 3]
    assert [x.tolist() for x in dgl.topological_nodes_generator(tree)] == [[2, 3, 4], [1], [0]]
    assert [x.tolist() for x in dgl.bfs_nodes_generator(tree, 3)] == [[3], [1], [0]]
    assert [x.tolist() for x in dgl.dfs_edges_generator(tree, 3)] == [[0], [2]]
