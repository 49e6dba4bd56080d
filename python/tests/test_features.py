"""Features: views, partial writes, scopes, initializers, copies and pickling."""

import copy
import pickle

import numpy as np
import pytest
import torch

import grapevine as dgl


@pytest.fixture
def g():
    return dgl.graph(([0, 1, 2, 2], [1, 2, 0, 3]))


def test_a_feature_is_the_tensor_itself(g):
    x = torch.rand(4, 2)
    g.ndata["x"] = x
    assert g.ndata["x"] is x
    assert "x" in g.ndata
    assert list(g.ndata) == ["x"]
    assert g.ndata.pop("x") is x
    assert len(g.ndata) == 0
    g.edata.update({"a": torch.rand(4), "b": torch.rand(4)})
    assert sorted(g.edata.keys()) == ["a", "b"]
    del g.edata["a"]
    assert repr(g.edata) == repr({"b": g.edata["b"]})


def test_what_does_not_fit_is_refused(g):
    with pytest.raises(dgl.DGLError, match=r"number of nodes \(len\(u\)\). Got 3 and 4 instead."):
        g.ndata["x"] = torch.rand(3)
    with pytest.raises(dgl.DGLError, match=r"match number of edges. Got 3 and 4 instead."):
        g.edata["x"] = torch.rand(3)
    with pytest.raises(dgl.DGLError, match="device meta"):
        g.ndata["x"] = torch.rand(4, device="meta")
    for value in ([1, 2, 3, 4], np.zeros(4)):
        with pytest.raises(AttributeError):
            g.ndata["x"] = value
    for data in (g.ndata, g.edata, g.nodes[0].data):
        with pytest.raises(KeyError):
            data["missing"]


@pytest.mark.parametrize(
    "ids",
    [[3, 1], (3, 1), np.array([3, 1]), torch.tensor([3, 1]), range(3, 0, -2)],
    ids=["list", "tuple", "array", "tensor", "range"],
)
def test_rows_are_written_and_read_by_any_kind_of_ids(g, ids):
    g.ndata["x"] = torch.zeros(4)
    key = (ids, "_N") if isinstance(ids, tuple) else ids
    g.nodes[key].data["x"] = torch.tensor([5.0, 6.0])
    assert g.ndata["x"].tolist() == [0, 6, 0, 5]
    assert g.nodes[key].data["x"].tolist() == [5, 6]


def test_rows_of_a_new_feature_start_from_the_initializer(g):
    g.nodes[[2]].data["x"] = torch.ones(1, 2)
    assert g.ndata["x"].tolist() == [[0, 0], [0, 0], [1, 1], [0, 0]]
    g.set_e_initializer(lambda shape, dtype, ctx, ids: torch.full(shape, 7, dtype=dtype), "w")
    g.edges[[0, 3]].data["w"] = torch.tensor([1.0, 2.0])
    assert g.edata["w"].tolist() == [1, 7, 7, 2]
    with pytest.raises(dgl.DGLError, match="Cannot update column of scheme"):
        g.nodes[[0]].data["x"] = torch.ones(1, 3)


def test_edges_are_named_by_ids_or_ends(g):
    g.edata["w"] = torch.arange(4.0)
    assert g.edges[[2, 0]].data["w"].tolist() == [2, 0]
    assert g.edges[[2, 0], [3, 1]].data["w"].tolist() == [3, 0]
    assert g.edges[2, 3].data["w"].tolist() == [3]
    assert g.edges[:].data["w"].tolist() == [0, 1, 2, 3]
    assert g.edges["_N", "_E", "_N"].data["w"].tolist() == [0, 1, 2, 3]
    with pytest.raises(dgl.DGLError, match="full slice"):
        g.edges[1:2]


def test_several_types_read_and_write_dictionaries():
    g = dgl.heterograph({("a", "x", "b"): ([0], [0]), ("b", "y", "a"): ([0], [1])})
    g.ndata["h"] = {"a": torch.ones(2), "b": torch.zeros(1)}
    assert set(g.ndata["h"]) == {"a", "b"}
    assert g.nodes["a"].data["h"].tolist() == [1, 1]
    g.edata["w"] = {"x": torch.ones(1)}
    assert list(g.edata["w"]) == [("a", "x", "b")]
    with pytest.raises(AssertionError):
        g.ndata["h"] = torch.ones(2)
    with pytest.raises(AssertionError):
        g.nodes["a"].data["h"] = {"a": torch.ones(2)}


def test_local_scope_undoes_columns_but_not_writes_into_tensors(g):
    g.ndata["x"] = torch.zeros(4)
    with g.local_scope():
        g.ndata["x"] += 1
        g.ndata["x"] = torch.full((4,), 9.0)
        g.ndata["y"] = torch.zeros(4)
        with g.local_scope():
            del g.ndata["x"]
        assert g.ndata["x"].tolist() == [9] * 4
    assert g.ndata["x"].tolist() == [1] * 4
    assert "y" not in g.ndata
    with pytest.raises(RuntimeError), g.local_scope():
        g.ndata["z"] = torch.zeros(4)
        raise RuntimeError
    assert "z" not in g.ndata
    local = g.local_var()
    local.ndata["z"] = torch.zeros(4)
    assert "z" not in g.ndata


def test_subgraph_features_are_gathered_when_read(g):
    g.ndata["x"] = torch.arange(8.0).view(4, 2).requires_grad_()
    sub = g.subgraph([3, 2])
    assert sub._graph.node_frame("_N").is_lazy("x")
    assert sub.node_attr_schemes()["x"] == ((2,), torch.float32)
    assert sub._graph.node_frame("_N").is_lazy("x")
    sub.ndata["x"].sum().backward()
    assert g.ndata["x"].grad.tolist() == [[0, 0], [0, 0], [1, 1], [1, 1]]


def test_clone_shares_tensors_and_deepcopy_does_not(g):
    g.ndata["x"] = torch.zeros(4)
    clone = g.clone()
    clone.ndata["y"] = torch.zeros(4)
    clone.add_edges(0, 0)
    assert "y" not in g.ndata
    assert g.num_edges() == 4
    assert clone.ndata["x"] is g.ndata["x"]
    deep = copy.deepcopy(g)
    deep.ndata["x"] += 1
    assert g.ndata["x"].tolist() == [0] * 4


def test_pickling_keeps_everything(g):
    g.ndata["x"] = torch.rand(4, 3)
    g.edata["w"] = torch.rand(4)
    batch = dgl.batch([g, g]).int()
    again = pickle.loads(pickle.dumps(batch))
    assert again.idtype == torch.int32
    assert again.batch_num_edges().tolist() == [4, 4]
    assert torch.equal(again.ndata["x"], batch.ndata["x"])
    assert torch.equal(again.edges()[1], batch.edges()[1])
    block = dgl.to_block(dgl.in_subgraph(g, [3]), [3])
    again = pickle.loads(pickle.dumps(block))
    assert again.is_block
    assert torch.equal(again.srcdata[dgl.NID], block.srcdata[dgl.NID])
    assert torch.equal(again.edata["w"], block.edata["w"])
    bipartite = dgl.heterograph({("u", "e", "a"): ([0], [1])}).formats(["csc"])["e"]
    again = pickle.loads(pickle.dumps(bipartite))
    assert again.ntypes == ["u", "a"]
    assert again.formats() == bipartite.formats()


def test_lazy_features_stand_until_they_are_replaced(g):
    g.ndata["x"] = dgl.LazyFeature("feat")
    assert g.ndata["x"].name == "feat"
    assert "x" in g.ndata
    with g.local_scope():
        g.ndata["x"] = torch.zeros(4)
        assert g.ndata["x"].tolist() == [0] * 4
    assert isinstance(g.ndata["x"], dgl.LazyFeature)
    del g.ndata["x"]
    assert "x" not in g.ndata


def test_features_are_listed_in_the_order_they_came(g):
    g.ndata["b"] = torch.zeros(4)
    g.ndata["a"] = torch.zeros(4)
    assert list(g.ndata) == ["b", "a"]
    assert list(g.node_attr_schemes()) == ["b", "a"]
    with g.local_scope():
        del g.ndata["b"]
        g.ndata["c"] = torch.zeros(4)
        assert list(g.ndata) == ["a", "c"]
    assert list(g.ndata) == ["b", "a"]
    assert list(g.clone().subgraph([1]).ndata)[:2] == list(g.ndata)
