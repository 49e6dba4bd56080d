"""Random walks, the largest weights, and LABOR."""

from __future__ import annotations

import pytest
import torch

import grapevine as dgl
from grapevine import DGLError
from grapevine.dataloading import DataLoader, LaborSampler


@pytest.fixture
def graph() -> dgl.DGLGraph:
    src, dst = torch.randint(0, 100, (2, 2000), generator=torch.Generator().manual_seed(1))
    g = dgl.graph((src, dst), num_nodes=101)
    g.edata["w"] = torch.arange(2000.0) % 5
    g.ndata["x"] = torch.arange(101.0)
    return g


@pytest.fixture
def typed() -> dgl.DGLGraph:
    return dgl.heterograph(
        {
            ("user", "buys", "item"): ([0, 0, 1, 2, 3], [0, 1, 1, 2, 0]),
            ("item", "bought-by", "user"): ([0, 1, 1, 2, 0], [0, 0, 1, 2, 3]),
        }
    )


def test_walks_go_along_edges(graph):
    starts = torch.tensor([3, 7, 100])
    traces, eids, types = dgl.sampling.random_walk(graph, starts, length=4, return_eids=True)
    assert traces.shape == (3, 5)
    assert eids.shape == (3, 4)
    assert types.tolist() == [0] * 5
    assert torch.equal(traces[:, 0], starts)
    assert traces[2].tolist() == [100, -1, -1, -1, -1]
    for step in range(4):
        src, dst = graph.find_edges(eids[:2, step])
        assert torch.equal(src, traces[:2, step])
        assert torch.equal(dst, traces[:2, step + 1])


def test_node2vec_walks_go_along_edges(graph):
    starts = torch.tensor([3, 7, 100])
    traces, eids = dgl.sampling.node2vec_random_walk(graph, starts, 0.5, 2, 4, return_eids=True)
    assert traces.shape == (3, 5)
    assert eids.shape == (3, 4)
    assert traces[2].tolist() == [100, -1, -1, -1, -1]
    for step in range(4):
        src, dst = graph.find_edges(eids[:2, step])
        assert torch.equal(src, traces[:2, step])
        assert torch.equal(dst, traces[:2, step + 1])
    weighted = dgl.sampling.node2vec_random_walk(graph, [1] * 50, 1.0, 1.0, 4, prob="w")
    assert weighted.shape == (50, 5)


def test_node2vec_prefers_by_where_it_came_from():
    g = dgl.graph(([0, 1, 1, 1, 2, 0], [1, 0, 2, 3, 0, 2]))
    dgl.seed(3)
    traces = dgl.sampling.node2vec_random_walk(g, torch.zeros(9000).long(), 0.5, 4.0, 2)
    seen = traces[traces[:, 1] == 1, 2].bincount(minlength=4)[[0, 2, 3]].double()
    expected = torch.tensor([2.0, 1.0, 0.25], dtype=torch.float64)
    expected *= seen.sum() / expected.sum()
    assert ((seen - expected) ** 2 / expected).sum() < 13.8  # p = 0.001, 2 degrees
    for p, q in ((0.0, 1.0), (1.0, -2.0)):
        with pytest.raises(DGLError, match="expected a positive number"):
            dgl.sampling.node2vec_random_walk(g, [0], p, q, 2)


def test_walks_along_a_metapath(typed):
    path = ["buys", "bought-by"] * 2
    traces, types = dgl.sampling.random_walk(typed, [0, 1, 2, 3], metapath=path)
    user, item = typed.get_ntype_id("user"), typed.get_ntype_id("item")
    assert types.tolist() == [user, item, user, item, user]
    assert traces[2].tolist() == [2, 2, 2, 2, 2]


def test_walks_that_end(typed):
    for restart in (1.0, torch.ones(2)):
        traces, _ = dgl.sampling.random_walk(
            typed, [0, 1], metapath=["buys", "bought-by"], restart_prob=restart
        )
        assert traces.tolist() == [[0, -1, -1], [1, -1, -1]]
    with pytest.raises(TypeError, match="restart_prob"):
        dgl.sampling.random_walk(typed, [0], metapath=["buys"], restart_prob="often")
    with pytest.raises(DGLError, match="metapath"):
        dgl.sampling.random_walk(typed, [0], length=2)
    with pytest.raises(DGLError, match="metapath"):
        dgl.sampling.random_walk(typed, [0], metapath=["buys", "buys"])


def test_weighted_walks(graph):
    _, eids, _ = dgl.sampling.random_walk(
        graph, torch.arange(100), length=5, prob="w", return_eids=True
    )
    assert (graph.edata["w"][eids[eids >= 0]] > 0).all()


def test_pack_traces():
    traces = torch.tensor([[0, 1, -1, -1], [4, 5, 6, 7]])
    nodes, types, lengths, offsets = dgl.sampling.pack_traces(traces, torch.tensor([0, 1, 0, 1]))
    assert nodes.tolist() == [0, 1, 4, 5, 6, 7]
    assert types.tolist() == [0, 1, 0, 1, 0, 1]
    assert lengths.tolist() == [2, 4]
    assert offsets.tolist() == [0, 2]


def test_neighbours_by_visits(typed, graph):
    sampler = dgl.sampling.PinSAGESampler(typed, "item", "user", 3, 0.5, 20, 2)
    near = sampler([0, 2])
    assert near.ntypes == ["item"]
    assert set(near.edges()[1].tolist()) <= {0, 2}
    assert (near.in_degrees() <= 2).all()
    assert (near.edata["weights"] > 0).all()
    sampler = dgl.sampling.RandomWalkNeighborSampler(graph, 2, 0.5, 10, 3, weight_column="n")
    near = sampler(torch.tensor([1, 2, 3]))
    assert (near.in_degrees([1, 2, 3]) == 3).all()
    assert near.num_edges() == 9
    with pytest.raises(ValueError, match="same node type"):
        dgl.sampling.RandomWalkNeighborSampler(typed, 2, 0.5, 10, 3, ["buys"])


def test_the_largest_weights(graph, typed):
    top = dgl.sampling.select_topk(graph, 2, "w")
    for node in (3, 50):
        _, _, eids = graph.in_edges([node], form="all")
        best = graph.edata["w"][eids].sort(descending=True).values[:2]
        assert torch.equal(top.edata["w"][top.in_edges([node], form="eid")], best)
    low = graph.select_topk(1, "w", nodes=[3], ascending=True)
    assert low.num_edges() == 1
    assert low.edata["w"][0] == graph.edata["w"][graph.in_edges([3], form="eid")].min()
    with pytest.raises(DGLError, match="do not exist"):
        dgl.sampling.select_topk(typed, 1, "w")


def test_labor_takes_all_or_the_fanout_on_average(graph):
    every, weights = dgl.sampling.sample_labors(graph, torch.arange(101), -1)
    assert torch.equal(every.in_degrees(), graph.in_degrees())
    assert len(weights[0]) == 0
    counts = [
        dgl.sampling.sample_labors(graph, torch.arange(100), 5)[0].num_edges() for _ in range(50)
    ]
    assert abs(sum(counts) / 50 / 100 - 5) < 0.5
    weighted, weights = dgl.sampling.sample_labors(graph, torch.arange(100), 5, prob="w")
    assert (weighted.edata["w"] > 0).all()
    assert len(weights[0]) == weighted.num_edges()
    assert "edge_weights" not in weighted.edata
    with pytest.raises(NotImplementedError, match="importance_sampling"):
        dgl.sampling.sample_labors(graph, [0], 1, importance_sampling=1)


def test_labor_with_a_seed(graph):
    first, _ = dgl.sampling.sample_labors(graph, torch.arange(100), 5, random_seed=3)
    again, _ = graph.sample_labors(torch.arange(100), 5, random_seed=torch.tensor([3]))
    assert torch.equal(first.edata[dgl.EID], again.edata[dgl.EID])


@pytest.mark.parametrize("num_workers", [0, 2])
def test_labor_in_a_loader(graph, num_workers):
    sampler = LaborSampler([4, 4], prob="w", layer_dependency=True)
    for input_nodes, output_nodes, blocks in DataLoader(
        graph, torch.arange(40), sampler, batch_size=10, num_workers=num_workers
    ):
        assert torch.equal(blocks[0].srcdata[dgl.NID], input_nodes)
        assert torch.equal(blocks[1].dstdata[dgl.NID], output_nodes)
        assert torch.equal(blocks[0].srcdata["x"], graph.ndata["x"][input_nodes])
        assert "edge_weights" in blocks[0].edata
    sampler.set_seed(4)
    first = sampler.sample(graph, torch.arange(10))[0]
    sampler.set_seed(4)
    assert torch.equal(sampler.sample(graph, torch.arange(10))[0], first)
    with pytest.raises(NotImplementedError, match="batch_dependency"):
        LaborSampler([1], batch_dependency=2)


@pytest.mark.parametrize("edge_dir", ["in", "out"])
def test_fanouts_by_edge_type_of_a_homogeneous_graph(typed, edge_dir):
    g = dgl.to_homogeneous(typed)
    offsets = [0, 5, 10]
    picked = dgl.sampling.sample_etype_neighbors(
        g, g.nodes(), offsets, torch.tensor([1, -1]), edge_dir
    )
    eids = picked.edata[dgl.EID]
    degrees = picked.in_degrees() if edge_dir == "in" else picked.out_degrees()
    full = g.in_degrees() if edge_dir == "in" else g.out_degrees()
    assert (eids >= 5).sum() == 5
    assert (degrees <= full).all()
    assert len(eids[eids < 5].unique()) == (eids < 5).sum()
    src, dst = g.find_edges(eids)
    assert torch.equal(torch.stack(picked.edges()), torch.stack([src, dst]))
    weights = [torch.ones(5), torch.zeros(5)]
    picked = dgl.sampling.sample_etype_neighbors(
        g, g.nodes(), offsets, torch.tensor([-1, -1]), edge_dir, prob=weights
    )
    assert sorted(picked.edata[dgl.EID].tolist()) == list(range(5))
    with pytest.raises(DGLError, match="tensor"):
        dgl.sampling.sample_etype_neighbors(g, g.nodes(), offsets, [1, 1])


@pytest.mark.parametrize("edge_dir", ["in", "out"])
def test_chances_by_tag(graph, edge_dir):
    tag = torch.arange(101) % 3
    sort = dgl.sort_csc_by_tag if edge_dir == "in" else dgl.sort_csr_by_tag
    g = sort(graph, tag)
    bias = torch.tensor([0.0, 1.0, 20.0])
    picked = dgl.sampling.sample_neighbors_biased(g, g.nodes(), 3, bias, edge_dir)
    neighbours = picked.edges()[0 if edge_dir == "in" else 1]
    counts = torch.bincount(tag[neighbours], minlength=3)
    assert counts[0] == 0
    assert counts[2] > 3 * counts[1]
    assert "__weight" not in g.edata
    assert "__weight" not in picked.edata
    with pytest.raises(DGLError, match="edge_dir"):
        dgl.sampling.sample_neighbors_biased(g, g.nodes(), 3, bias, "up")
