"""Layers of several relations and types."""

import copy
import pickle

import pytest
import torch

import grapevine as dgl
from grapevine import DGLError, nn


def shop():
    """Users follow users and play games that stores sell."""
    return dgl.heterograph(
        {
            ("user", "follows", "user"): ([0, 0, 2, 1], [1, 2, 1, 3]),
            ("user", "plays", "game"): ([0, 0, 0, 1, 2], [0, 2, 3, 0, 2]),
            ("store", "sells", "game"): ([0, 0, 1, 1], [0, 3, 1, 2]),
        }
    )


def features():
    """Of 4 users, 4 games and 2 stores."""
    return {"user": torch.rand(4, 2), "game": torch.rand(4, 4), "store": torch.rand(2, 3)}


def convs(key=lambda etype: etype[1]):
    """A layer for each relation of `shop`."""
    sizes = {
        ("user", "follows", "user"): (2, 3),
        ("user", "plays", "game"): (2, 4),
        ("store", "sells", "game"): (3, 4),
    }
    return {key(etype): nn.GraphConv(*size) for etype, size in sizes.items()}


REDUCE = {
    "sum": lambda outputs: outputs.sum(0),
    "mean": lambda outputs: outputs.mean(0),
    "max": lambda outputs: outputs.amax(0),
    "min": lambda outputs: outputs.amin(0),
    "stack": lambda outputs: outputs.transpose(0, 1),
}


@pytest.mark.parametrize("key", [lambda etype: etype[1], lambda etype: etype])
@pytest.mark.parametrize("aggregate", REDUCE)
def test_joins_the_layers_of_relations(aggregate, key):
    graph, feat, mods = shop(), features(), convs(key)
    output = nn.HeteroGraphConv(mods, aggregate)(graph, feat)
    alone = {
        etype: mods[key(etype)](graph[etype], (feat[etype[0]], feat[etype[2]]))
        for etype in graph.canonical_etypes
    }
    assert set(output) == {"user", "game"}
    for ntype, value in output.items():
        outputs = [alone[etype] for etype in graph.canonical_etypes if etype[2] == ntype]
        torch.testing.assert_close(value, REDUCE[aggregate](torch.stack(outputs)))


def test_takes_a_function_to_join_outputs():
    seen = []

    def join(outputs, ntype):
        seen.append((len(outputs), ntype))
        return outputs[0]

    nn.HeteroGraphConv(convs(), join)(shop(), features())
    assert sorted(seen) == [(1, "user"), (2, "game")]


def test_rejects_an_unknown_way_to_join():
    with pytest.raises(DGLError, match="aggregate.*median"):
        nn.HeteroGraphConv(convs(), "median")


def test_block_equals_graph():
    graph, feat = shop(), features()
    conv = nn.HeteroGraphConv(convs())
    expected = conv(graph, feat)
    block = dgl.to_block(graph, {"user": [0, 1, 2, 3], "game": [0, 1, 2, 3], "store": []})
    for inputs in (feat, (feat, {"user": feat["user"], "game": feat["game"]})):
        output = conv(block, inputs)
        assert set(output) == {"user", "game"}
        for ntype, value in output.items():
            torch.testing.assert_close(value, expected[ntype])


def test_leaves_out_relations_without_input():
    feat = features()
    conv = nn.HeteroGraphConv(convs())
    output = conv(shop(), {"user": feat["user"], "game": feat["game"]})
    only_plays = conv.mods["plays"](shop()["plays"], (feat["user"], feat["game"]))
    torch.testing.assert_close(output["game"], only_plays)
    assert set(conv(shop(), {"store": feat["store"], "game": feat["game"]})) == {"game"}
    with pytest.raises(KeyError):
        conv(shop(), {"user": feat["user"]})


def test_hands_on_arguments_of_relations():
    class Recorder(torch.nn.Module):
        calls: list = []

        def forward(self, graph, feat, factor=1, *, shift=0):
            self.calls.append((graph.canonical_etypes[0][1], factor, shift))
            return feat[1][:, :2] * factor + shift

    names = ("follows", "plays", "sells")
    conv = nn.HeteroGraphConv({name: Recorder() for name in names})
    conv(shop(), features(), mod_args={"plays": (3,)}, mod_kwargs={"sells": {"shift": 2}})
    assert sorted(Recorder.calls) == [("follows", 1, 0), ("plays", 3, 0), ("sells", 1, 2)]


def test_names_a_relation_without_layer():
    mods = convs()
    del mods["sells"]
    with pytest.raises(KeyError, match="sells"):
        nn.HeteroGraphConv(mods)(shop(), features())


def test_has_dgls_parameter_names_and_survives_pickling():
    conv = nn.HeteroGraphConv(convs())
    assert list(conv.state_dict())[:2] == ["mods.follows.weight", "mods.follows.bias"]
    feat = features()
    expected = conv(shop(), feat)
    for other in (pickle.loads(pickle.dumps(conv)), copy.deepcopy(conv)):
        for ntype, value in other(shop(), feat).items():
            torch.testing.assert_close(value, expected[ntype])


def test_allows_nodes_without_in_edges_in_its_layers():
    mods = convs()
    assert not any(module._allow_zero_in_degree for module in mods.values())
    nn.HeteroGraphConv(mods)
    assert all(module._allow_zero_in_degree for module in mods.values())


def test_linear_has_a_weight_for_each_type():
    key = ("user", "follows", "user")
    layer = nn.HeteroLinear({"user": 1, key: 2}, 3)
    feat = {"user": torch.rand(2, 1), key: torch.rand(4, 2)}
    output = layer(feat)
    for name, value in feat.items():
        torch.testing.assert_close(output[name], layer.linears[str(name)](value))
    assert "linears.user.weight" in layer.state_dict()


def test_embedding_has_rows_for_each_type():
    key = ("user", "follows", "user")
    layer = nn.HeteroEmbedding({"user": 2, key: 3}, 4)
    assert {name: tuple(weight.shape) for name, weight in layer.weight.items()} == {
        "user": (2, 4),
        key: (3, 4),
    }
    before = layer.weight["user"].clone()
    layer.reset_parameters()
    assert not torch.equal(before, layer.weight["user"])
    ids = torch.tensor([2, 0])
    torch.testing.assert_close(layer({key: ids})[key], layer.weight[key][ids])
