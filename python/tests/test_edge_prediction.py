"""Samplers of edges: pair graphs, exclusion and negative pairs."""

from __future__ import annotations

import pytest
import torch

import grapevine as dgl
from grapevine import DGLError
from grapevine.dataloading import (
    DataLoader,
    MultiLayerFullNeighborSampler,
    NeighborSampler,
    Sampler,
    ShaDowKHopSampler,
    SpotTarget,
    as_edge_prediction_sampler,
    find_exclude_eids,
    negative_sampler,
)


class Changed(NeighborSampler):
    """One that the core does not know, so that Python makes the batch."""

    def sample_blocks(self, g, seed_nodes, exclude_eids=None):
        return super().sample_blocks(g, seed_nodes, exclude_eids)


SAMPLERS = pytest.mark.parametrize("kind", [NeighborSampler, Changed], ids=["core", "python"])


@pytest.fixture
def graph() -> dgl.DGLGraph:
    """100 nodes, 500 edges and their reverses."""
    src, dst = torch.randint(0, 100, (2, 500), generator=torch.Generator().manual_seed(1))
    g = dgl.graph((torch.cat([src, dst]), torch.cat([dst, src])), num_nodes=100)
    g.ndata["x"] = torch.arange(100.0)
    g.edata["y"] = torch.arange(1000.0)
    return g


@pytest.fixture
def typed() -> dgl.DGLGraph:
    src = torch.randint(0, 40, (300,), generator=torch.Generator().manual_seed(1))
    dst = torch.randint(0, 30, (300,), generator=torch.Generator().manual_seed(2))
    return dgl.heterograph(
        {
            ("user", "clicks", "item"): (src, dst),
            ("item", "clicked-by", "user"): (dst, src),
            ("user", "follows", "user"): (src, src.flip(0)),
        },
        num_nodes_dict={"user": 40, "item": 30},
    )


def check_pairs(g, batch, eids):
    input_nodes, pair_graph, *_, blocks = batch
    assert torch.equal(pair_graph.edata[dgl.EID], eids)
    nodes = pair_graph.ndata[dgl.NID]
    src, dst = g.find_edges(eids)
    assert torch.equal(nodes[pair_graph.edges()[0]], src)
    assert torch.equal(nodes[pair_graph.edges()[1]], dst)
    assert torch.equal(pair_graph.edata["y"], g.edata["y"][eids])
    assert torch.equal(blocks[-1].dstdata[dgl.NID], nodes)
    assert torch.equal(blocks[0].srcdata[dgl.NID], input_nodes)
    assert torch.equal(blocks[0].srcdata["x"], g.ndata["x"][input_nodes])


@SAMPLERS
@pytest.mark.parametrize("num_workers", [0, 4])
def test_pair_graphs(graph, kind, num_workers):
    sampler = as_edge_prediction_sampler(kind([3, 3]), prefetch_labels=["y"])
    loader = DataLoader(graph, torch.arange(50), sampler, batch_size=20, num_workers=num_workers)
    assert len(loader) == 3
    for i, batch in enumerate(loader):
        assert len(batch) == 3
        check_pairs(graph, batch, torch.arange(20 * i, min(20 * i + 20, 50)))


@SAMPLERS
def test_negative_pairs_share_the_nodes(graph, kind):
    sampler = as_edge_prediction_sampler(
        kind([3, 3]), exclude="self", negative_sampler=negative_sampler.Uniform(4)
    )
    loader = DataLoader(graph, torch.arange(40), sampler, batch_size=10)
    for i, batch in enumerate(loader):
        _, pair_graph, neg_graph, blocks = batch
        eids = torch.arange(10 * i, 10 * i + 10)
        check_pairs(graph, batch, eids)
        assert torch.equal(neg_graph.ndata[dgl.NID], pair_graph.ndata[dgl.NID])
        assert neg_graph.num_edges() == 40
        assert dgl.EID not in neg_graph.edata
        src = neg_graph.ndata[dgl.NID][neg_graph.edges()[0]]
        assert torch.equal(src, graph.find_edges(eids)[0].repeat_interleave(4))
        for block in blocks:
            assert not torch.isin(block.edata[dgl.EID], eids).any()


def test_core_and_python_give_the_same_contract(typed):
    for kind in (NeighborSampler, Changed):
        sampler = as_edge_prediction_sampler(
            kind([{etype: 2 for etype in typed.etypes}] * 2),
            negative_sampler=negative_sampler.GlobalUniform(2),
        )
        input_nodes, pair_graph, neg_graph, blocks = sampler.sample(
            typed, {"clicks": torch.tensor([5, 6])}
        )
        assert set(input_nodes) == {"user", "item"}
        assert pair_graph.canonical_etypes == typed.canonical_etypes
        assert pair_graph.num_edges("clicks") == 2
        assert pair_graph.num_edges("follows") == 0
        assert pair_graph.edges["clicks"].data[dgl.EID].tolist() == [5, 6]
        assert neg_graph.canonical_etypes == typed.canonical_etypes
        assert neg_graph.num_edges("clicks") == 4
        assert neg_graph.num_edges("follows") == 0
        for ntype in typed.ntypes:
            nodes = pair_graph.nodes[ntype].data[dgl.NID]
            assert torch.equal(nodes, neg_graph.nodes[ntype].data[dgl.NID])
            assert torch.equal(nodes, blocks[-1].dstnodes[ntype].data[dgl.NID])


REVERSE = torch.cat([torch.arange(500, 1000), torch.arange(500)])


@SAMPLERS
@pytest.mark.parametrize("num_workers", [0, 2])
@pytest.mark.parametrize(
    ("kwargs", "excluded"),
    [
        ({"exclude": "self"}, lambda eids: eids),
        (
            {"exclude": "reverse_id", "reverse_eids": REVERSE},
            lambda eids: torch.cat([eids, eids + 500]),
        ),
        ({"exclude": lambda eids: torch.arange(100)}, lambda eids: torch.arange(100)),
        ({"exclude": torch.arange(50)}, lambda eids: torch.arange(50)),
    ],
    ids=["self", "reverse_id", "function", "edges"],
)
def test_excluded_edges_are_in_no_block(graph, kind, num_workers, kwargs, excluded):
    sampler = as_edge_prediction_sampler(kind([-1, -1]), **kwargs)
    loader = DataLoader(graph, torch.arange(60), sampler, batch_size=30, num_workers=num_workers)
    for i, (_, _, blocks) in enumerate(loader):
        gone = excluded(torch.arange(30 * i, 30 * i + 30))
        for block in blocks:
            assert not torch.isin(block.edata[dgl.EID], gone).any()
            assert block.num_edges() > 0


@SAMPLERS
def test_excluded_reverse_relations(typed, kind):
    sampler = as_edge_prediction_sampler(
        kind([-1]),
        exclude="reverse_types",
        reverse_etypes={"clicks": "clicked-by", "clicked-by": "clicks"},
    )
    loader = DataLoader(typed, {"clicks": torch.arange(40)}, sampler, batch_size=20)
    for i, (_, pair_graph, (block,)) in enumerate(loader):
        eids = torch.arange(20 * i, 20 * i + 20)
        assert torch.equal(pair_graph.edges["clicks"].data[dgl.EID], eids)
        for etype in ("clicks", "clicked-by"):
            assert not torch.isin(block.edges[etype].data[dgl.EID], eids).any()
        assert block.num_edges("follows") > 0


def test_shadow_without_the_edges(graph):
    sampler = as_edge_prediction_sampler(ShaDowKHopSampler([5]), exclude="self")
    for i, (input_nodes, _, subgraph) in enumerate(
        DataLoader(graph, torch.arange(60), sampler, batch_size=30)
    ):
        gone = torch.arange(30 * i, 30 * i + 30)
        assert torch.equal(subgraph.ndata[dgl.NID], input_nodes)
        assert not torch.isin(subgraph.edata[dgl.EID], gone).any()


@SAMPLERS
def test_workers_give_equal_batches(graph, kind):
    runs = []
    for num_workers in (0, 4):
        dgl.seed(2)
        sampler = as_edge_prediction_sampler(
            kind([2, 2]), exclude="self", negative_sampler=negative_sampler.Uniform(3)
        )
        loader = DataLoader(
            graph, torch.arange(200), sampler, batch_size=16, shuffle=True, num_workers=num_workers
        )
        runs.append(
            [
                (
                    input_nodes.tolist(),
                    pair_graph.edata[dgl.EID].tolist(),
                    neg_graph.edges()[1].tolist(),
                    [block.edata[dgl.EID].tolist() for block in blocks],
                )
                for input_nodes, pair_graph, neg_graph, blocks in loader
            ]
        )
    assert runs[0] == runs[1]


def test_several_relations_in_a_loader(typed):
    ids = {"follows": torch.arange(10), "clicked-by": torch.arange(15)}
    for kind in (NeighborSampler, Changed):
        sampler = as_edge_prediction_sampler(kind([1]))
        loader = DataLoader(typed, ids, sampler, batch_size=10)
        counts = [
            [pair_graph.num_edges("follows"), pair_graph.num_edges("clicked-by")]
            for _, pair_graph, _ in loader
        ]
        assert counts == [[10, 0], [0, 10], [0, 5]]


def test_find_exclude_eids(graph, typed):
    eids = torch.tensor([1, 510])
    assert find_exclude_eids(graph, eids, None) is None
    assert find_exclude_eids(graph, eids, "self").tolist() == [1, 510]
    assert find_exclude_eids(graph, eids, "reverse_id", REVERSE).tolist() == [1, 510, 501, 10]
    assert find_exclude_eids(graph, eids, lambda edges: edges + 1).tolist() == [2, 511]
    found = find_exclude_eids(
        typed,
        {"clicks": torch.tensor([1]), "clicked-by": torch.tensor([2])},
        "reverse_types",
        reverse_etypes={"clicks": "clicked-by"},
    )
    assert set(found["item", "clicked-by", "user"].tolist()) == {1, 2}
    assert found["user", "clicks", "item"].tolist() == [1]
    with pytest.raises(ValueError, match="unsupported mode up"):
        find_exclude_eids(graph, eids, "up")


def test_spot_target(graph):
    eids = torch.arange(100)
    src, dst = graph.find_edges(eids)
    low = torch.minimum(graph.in_degrees(src), graph.in_degrees(dst)) < 9
    assert torch.equal(SpotTarget(graph, "self", 9)(eids), eids[low])


def test_a_negative_sampler_of_a_user(graph):
    def same_again(g, eids):
        return g.find_edges(eids)

    sampler = as_edge_prediction_sampler(NeighborSampler([2]), negative_sampler=same_again)
    for _, pair_graph, neg_graph, _ in DataLoader(
        graph, torch.arange(20), sampler, batch_size=10, num_workers=2
    ):
        assert torch.equal(pair_graph.edges()[0], neg_graph.edges()[0])


def test_what_cannot_be_wrapped(graph):
    class NodesOnly(Sampler):
        def sample(self, g, indices):
            return indices

    with pytest.raises(TypeError, match="third argument"):
        as_edge_prediction_sampler(NodesOnly())
    sampler = as_edge_prediction_sampler(MultiLayerFullNeighborSampler(1))
    with pytest.raises(DGLError, match="1000"):
        next(iter(DataLoader(graph, torch.tensor([1000]), sampler)))
