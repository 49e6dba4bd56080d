"""`dgl.sampling`: what is picked, in which order, and what comes along."""

from __future__ import annotations

import pytest
import torch

import grapevine as dgl
from grapevine import DGLError


@pytest.fixture
def graph() -> dgl.DGLGraph:
    """A random multigraph of 50 nodes, the last of which has no edges."""
    generator = torch.Generator().manual_seed(1)
    src, dst = torch.randint(0, 49, (2, 400), generator=generator)
    g = dgl.graph((src, dst), num_nodes=50)
    g.ndata["x"] = torch.arange(50.0)
    g.edata["w"] = torch.arange(400.0) % 3
    g.edata["mask"] = g.edata["w"] > 0
    return g


@pytest.fixture
def typed() -> dgl.DGLGraph:
    """Users follow users and play games."""
    return dgl.heterograph(
        {
            ("user", "follows", "user"): ([0, 1, 2, 3, 0, 1], [1, 2, 3, 0, 2, 3]),
            ("user", "plays", "game"): ([0, 1, 2, 3], [0, 0, 1, 1]),
            ("game", "liked-by", "user"): ([0, 1, 1], [0, 1, 2]),
        }
    )


def edge_set(g: dgl.DGLGraph, etype=None) -> set[tuple[int, int]]:
    src, dst = g.edges(etype=etype)
    return set(zip(src.tolist(), dst.tolist()))


def test_takes_all_edges_with_fanout_minus_one(graph):
    nodes = torch.tensor([3, 7, 3, 49])
    frontier = dgl.sampling.sample_neighbors(graph, nodes, -1)
    assert frontier.num_nodes() == 50
    assert not frontier.is_block
    _, dst, eids = graph.in_edges(nodes, form="all")
    assert sorted(frontier.edata[dgl.EID].tolist()) == sorted(eids.tolist())
    assert torch.equal(frontier.edges()[1], dst)
    assert dgl.NID not in frontier.ndata
    assert torch.equal(frontier.ndata["x"], graph.ndata["x"])
    assert torch.equal(frontier.edata["w"], graph.edata["w"][frontier.edata[dgl.EID]])


@pytest.mark.parametrize("idtype", [torch.int32, torch.int64])
@pytest.mark.parametrize("replace", [False, True])
def test_keeps_the_fanout(graph, idtype, replace):
    g = graph.astype(idtype)
    nodes = torch.arange(50, dtype=idtype)
    frontier = g.sample_neighbors(nodes, 4, replace=replace)
    picked, degrees = frontier.in_degrees(), g.in_degrees()
    wanted = torch.where(degrees > 0, 4, 0) if replace else degrees.clamp(max=4)
    assert torch.equal(picked, wanted.to(idtype))
    eids = frontier.edata[dgl.EID]
    assert eids.dtype == idtype
    assert replace or len(eids.unique()) == len(eids)
    src, dst = g.find_edges(eids)
    assert torch.equal(src, frontier.edges()[0])
    assert torch.equal(dst, frontier.edges()[1])


def test_picks_out_edges(graph):
    frontier = dgl.sampling.sample_neighbors(graph, [5, 6], 2, edge_dir="out")
    assert set(frontier.edges()[0].tolist()) == {5, 6}
    assert edge_set(frontier) <= edge_set(graph)
    with pytest.raises(DGLError, match="edge_dir"):
        dgl.sampling.sample_neighbors(graph, [5], 2, edge_dir="up")


@pytest.mark.parametrize("prob", ["w", "mask"])
@pytest.mark.parametrize("replace", [False, True])
def test_never_picks_what_has_no_weight(graph, prob, replace):
    frontier = dgl.sampling.sample_neighbors(graph, range(50), 5, prob=prob, replace=replace)
    assert (frontier.edata["w"] > 0).all()
    assert frontier.num_edges() > 0


def test_picks_in_proportion_to_weights():
    g = dgl.graph(([0, 1, 2], [3, 3, 3]))
    g.edata["p"] = torch.tensor([1.0, 3.0, 0.0])
    dgl.seed(0)
    picks = dgl.sampling.sample_neighbors(g, [3], 4000, prob="p", replace=True)
    counts = torch.bincount(picks.edata[dgl.EID], minlength=3)
    assert counts[2] == 0
    assert abs(counts[1].item() - 3000) < 150


def test_uniform_where_a_relation_has_no_weights(typed):
    typed.edges["follows"].data["p"] = torch.tensor([0.0, 0, 0, 0, 1, 1])
    nodes = {"user": [0, 1, 2, 3], "game": [0, 1]}
    frontier = dgl.sampling.sample_neighbors(typed, nodes, -1, prob="p")
    assert edge_set(frontier, "follows") == {(0, 2), (1, 3)}
    assert frontier.num_edges("plays") == 4


def test_several_types(typed):
    frontier = dgl.sampling.sample_neighbors(
        typed,
        {"user": torch.tensor([2])},
        {"follows": 1, "plays": 2, ("game", "liked-by", "user"): -1},
    )
    assert frontier.num_edges("follows") == 1
    assert frontier.num_edges("plays") == 0
    assert frontier.num_edges("liked-by") == 1
    assert frontier.canonical_etypes == typed.canonical_etypes


def test_excluded_edges_are_taken_out_and_not_replaced(graph):
    dgl.seed(3)
    every = dgl.sampling.sample_neighbors(graph, range(50), 3)
    excluded = torch.arange(0, 400, 2)
    dgl.seed(3)
    rest = dgl.sampling.sample_neighbors(graph, range(50), 3, exclude_edges=excluded)
    left = every.edata[dgl.EID][every.edata[dgl.EID] % 2 == 1]
    assert torch.equal(rest.edata[dgl.EID], left)
    assert torch.equal(excluded, torch.arange(0, 400, 2))


def test_excluded_edges_of_one_relation(typed):
    nodes = {"user": [0, 1, 2, 3]}
    frontier = dgl.sampling.sample_neighbors(
        typed, nodes, -1, exclude_edges={"follows": torch.tensor([0, 4])}
    )
    assert sorted(frontier.edges["follows"].data[dgl.EID].tolist()) == [1, 2, 3, 5]
    assert frontier.num_edges("liked-by") == 3
    excluder = dgl.sampling.utils.EidExcluder({"follows": torch.tensor([1])})
    assert sorted(excluder(frontier).edges["follows"].data[dgl.EID].tolist()) == [2, 3, 5]
    with pytest.raises(DGLError, match="etype"):
        dgl.sampling.sample_neighbors(typed, nodes, -1, exclude_edges=torch.tensor([0]))


def test_features_come_along_if_wanted(graph):
    bare = dgl.sampling.sample_neighbors(graph, [1], 2, copy_ndata=False, copy_edata=False)
    assert len(bare.ndata) == 0
    assert len(bare.edata) == 0
    assert "x" in graph.ndata
    assert "w" in graph.edata


def test_repeats_after_seed(graph):
    def draw():
        return dgl.sampling.sample_neighbors(graph, range(50), 3).edata[dgl.EID]

    dgl.seed(5)
    first, second = draw(), draw()
    dgl.seed(5)
    assert torch.equal(draw(), first)
    assert torch.equal(draw(), second)
    assert not torch.equal(first, second)


def test_refuses_what_it_cannot_sample(graph, typed):
    with pytest.raises(DGLError, match="node type"):
        dgl.sampling.sample_neighbors(typed, torch.tensor([0]), 1)
    with pytest.raises(ValueError, match="empty dictionary"):
        dgl.sampling.sample_neighbors(typed, {}, 1)
    with pytest.raises(DGLError, match="Fan-out"):
        dgl.sampling.sample_neighbors(typed, {"user": [0]}, {"follows": 1})
    with pytest.raises(DGLError, match="int32"):
        dgl.sampling.sample_neighbors(graph, torch.tensor([0], dtype=torch.int32), 1)
    with pytest.raises(DGLError, match="50"):
        dgl.sampling.sample_neighbors(graph, [50], 1)
    with pytest.raises(DGLError, match="-2"):
        dgl.sampling.sample_neighbors(graph, [0], -2)
    graph.edata["bad"] = torch.full((400,), -1.0)
    with pytest.raises(DGLError, match="bad"):
        dgl.sampling.sample_neighbors(graph, range(50), 1, prob="bad")


def test_fused_gives_the_block_of_the_frontier(graph):
    nodes = torch.tensor([3, 7, 49])
    dgl.seed(1)
    block = dgl.sampling.sample_neighbors_fused(graph, nodes, 3)
    assert block.is_block
    assert torch.equal(block.dstdata[dgl.NID], nodes)
    assert torch.equal(block.srcdata[dgl.NID][:3], nodes)
    src, dst = graph.find_edges(block.edata[dgl.EID])
    assert torch.equal(block.srcdata[dgl.NID][block.edges()[0]], src)
    assert torch.equal(block.dstdata[dgl.NID][block.edges()[1]], dst)
    assert torch.equal(block.srcdata["x"], graph.ndata["x"][block.srcdata[dgl.NID]])
