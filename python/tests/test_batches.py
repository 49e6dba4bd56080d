"""Batches, readouts and operators against loops over the parts."""

import pytest
import torch

import grapevine as dgl
from grapevine import ops
from grapevine.nn.functional import edge_softmax


@pytest.fixture
def graphs():
    torch.manual_seed(0)
    result = []
    for n, m in ((3, 4), (5, 9), (1, 0)):
        g = dgl.graph((torch.randint(n, (m,)), torch.randint(n, (m,))), num_nodes=n)
        g.ndata["x"] = torch.rand(n, 2)
        g.edata["w"] = torch.rand(m)
        result.append(g)
    return result


def test_batch_and_back(graphs):
    both = dgl.batch(graphs)
    assert both.batch_size == 3
    assert both.batch_num_nodes().tolist() == [3, 5, 1]
    assert both.batch_num_edges().tolist() == [4, 9, 0]
    assert torch.equal(both.ndata["x"], torch.cat([g.ndata["x"] for g in graphs]))
    for part, g in zip(dgl.unbatch(both), graphs):
        assert part.batch_size == 1
        assert torch.equal(part.edges()[0], g.edges()[0])
        assert torch.equal(part.edata["w"], g.edata["w"])
    second = dgl.slice_batch(both, 1, store_ids=True)
    assert second.ndata[dgl.NID].tolist() == [3, 4, 5, 6, 7]
    assert torch.equal(second.edges()[1], graphs[1].edges()[1])
    assert dgl.batch([both, graphs[0]]).batch_num_nodes().tolist() == [3, 5, 1, 3]
    assert "w" not in dgl.batch(graphs, edata=None).edata
    parts = dgl.unbatch(both, torch.tensor([8, 1]), torch.tensor([13, 0]))
    assert [p.num_nodes() for p in parts] == [8, 1]


def test_what_does_not_fit_together(graphs):
    with pytest.raises(dgl.DGLError, match="cannot be empty"):
        dgl.batch([])
    with pytest.raises(dgl.DGLError):
        dgl.batch([graphs[0], graphs[1].int()])
    graphs[0].ndata["y"] = torch.rand(3)
    with pytest.raises(dgl.DGLError):
        dgl.batch(graphs)
    with pytest.raises(dgl.DGLError, match="ndata"):
        dgl.batch(graphs, ndata="x")
    assert dgl.batch(graphs, ndata=["x"]).num_nodes() == 9


def test_batch_information_is_set_and_lost(graphs):
    g = graphs[1]
    g.set_batch_num_nodes(torch.tensor([2, 3]))
    g.set_batch_num_edges(torch.tensor([4, 5]))
    assert g.batch_size == 2
    g.add_nodes(1)
    assert g.batch_size == 1
    both = dgl.batch(graphs)
    both.remove_edges([0, 5])
    assert both.batch_num_edges().tolist() == [3, 8, 0]


@pytest.mark.parametrize("op", ["sum", "mean", "max"])
def test_readout(graphs, op):
    both = dgl.batch(graphs)
    both.ndata["a"] = torch.rand(9, 1)

    def one(x):
        if len(x) == 0:
            return torch.zeros(x.shape[1:])
        return x.max(0).values if op == "max" else getattr(x, op)(0)

    nodes = torch.stack([one(g.ndata["x"]) for g in graphs])
    edges = torch.stack([one(g.edata["w"]) for g in graphs])
    assert torch.allclose(dgl.readout_nodes(both, "x", op=op), nodes)
    assert torch.allclose(getattr(dgl, f"{op}_nodes")(both, "x"), nodes)
    assert torch.allclose(getattr(dgl, f"{op}_edges")(both, "w"), edges)
    weighted = (both.ndata["x"] * both.ndata["a"]).split([3, 5, 1])
    assert torch.allclose(
        dgl.readout_nodes(both, "x", "a", op=op), torch.stack([one(x) for x in weighted])
    )
    with pytest.raises(KeyError):
        dgl.readout_nodes(both, "missing", op=op)


def test_softmax_broadcast_and_topk(graphs):
    both = dgl.batch(graphs)
    soft = torch.cat([g.ndata["x"].softmax(0) for g in graphs])
    assert torch.allclose(dgl.softmax_nodes(both, "x"), soft)
    feat = torch.rand(3, 4)
    assert torch.equal(
        dgl.broadcast_nodes(both, feat), feat.repeat_interleave(both.batch_num_nodes(), 0)
    )
    assert torch.equal(
        dgl.broadcast_edges(both, feat), feat.repeat_interleave(both.batch_num_edges(), 0)
    )
    values, nodes = dgl.topk_nodes(both, "x", 3, sortby=1)
    order = graphs[1].ndata["x"][:, 1].argsort(descending=True)[:3]
    assert torch.equal(nodes[1], order)
    assert torch.equal(values[1], graphs[1].ndata["x"][order])
    assert values[2, 1:].tolist() == [[0, 0], [0, 0]]


def test_edge_softmax(graphs):
    g = graphs[1]
    logits = torch.randn(9, 2, dtype=torch.float64, requires_grad=True)
    src, dst = g.edges()
    for norm_by, ends in (("dst", dst), ("src", src)):
        out = edge_softmax(g, logits, norm_by=norm_by)
        for node in ends.unique():
            mine = ends == node
            assert torch.allclose(out[mine], logits[mine].softmax(0))
    assert torch.autograd.gradcheck(lambda x: edge_softmax(g, x), logits)
    some = torch.tensor([8, 2, 5])
    out = edge_softmax(g, logits[some], eids=some)
    for node in dst[some].unique():
        mine = dst[some] == node
        assert torch.allclose(out[mine], logits[some][mine].softmax(0))


def test_edge_softmax_across_relations():
    g = dgl.heterograph({("a", "x", "c"): ([0, 1], [0, 1]), ("b", "y", "c"): ([0, 0], [0, 1])})
    logits = {"x": torch.tensor([1.0, -50.0]), "y": torch.tensor([2.0, -60.0])}
    out = edge_softmax(g, logits)
    together = torch.stack([logits["x"], logits["y"]], 1).softmax(1)
    assert torch.allclose(out["a", "x", "c"], together[:, 0])
    assert torch.allclose(out["b", "y", "c"], together[:, 1])


def test_operators_are_functions_of_tensors(graphs):
    g = graphs[1]
    src, dst = g.edges()
    u, v, e = torch.rand(5, 1, 3), torch.rand(5, 3), torch.rand(9, 2, 1)
    assert torch.allclose(ops.u_sub_v(g, u.squeeze(1), v), u.squeeze(1)[src] - v[dst])
    assert torch.allclose(ops.e_div_u(g, e, u), e / u[src])
    expected = torch.zeros(5, 2, 3).index_add(0, dst, u[src] * e)
    assert torch.allclose(ops.u_mul_e_sum(g, u, e), expected)
    assert torch.allclose(ops.copy_u_mean(g, v), ops.gspmm(g, "copy_lhs", "mean", v, None))
    assert ops.copy_e(g, e) is e
    assert torch.equal(dgl.u_add_v(g, v, v), v[src] + v[dst])
    with pytest.raises(dgl.DGLError):
        ops.u_mul_e_sum(g, torch.rand(4, 3), e)


def test_segments():
    lengths = torch.tensor([2, 0, 3])
    values = torch.rand(5, 2)
    parts = values.split([2, 0, 3])
    expected = torch.stack([p.sum(0) for p in parts])
    assert torch.allclose(ops.segment_reduce(lengths, values), expected)
    assert torch.allclose(
        ops.segment_softmax(lengths, values), torch.cat([p.softmax(0) for p in parts])
    )
    weights = torch.rand(3, 2, 4)
    product = torch.cat([p @ w for p, w in zip(parts, weights)])
    assert torch.allclose(ops.segment_mm(values, weights, lengths), product)
    index = torch.tensor([2, 0, 0, 1, 2])
    chosen = torch.stack([row @ weights[i] for row, i in zip(values, index)])
    assert torch.allclose(ops.gather_mm(values, weights, idx_b=index), chosen, atol=1e-6)
    with pytest.raises(dgl.DGLError, match="not recognized"):
        ops.segment_reduce(lengths, values, "median")
