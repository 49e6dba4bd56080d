"""Samplers whose batches are subgraphs: GraphSAINT and Cluster-GCN."""

from __future__ import annotations

import os
import pickle

import pytest
import torch

import grapevine as dgl
from grapevine import DGLError
from grapevine.dataloading import ClusterGCNSampler, DataLoader, SAINTSampler


@pytest.fixture
def graph() -> dgl.DGLGraph:
    src, dst = torch.randint(0, 200, (2, 2000), generator=torch.Generator().manual_seed(1))
    g = dgl.graph((src, dst), num_nodes=201)
    g.ndata["x"] = torch.arange(201.0)
    g.edata["w"] = torch.arange(2000.0)
    return g


def expect_induced(graph: dgl.DGLGraph, subgraph: dgl.DGLGraph) -> None:
    """The subgraph is that of its nodes, with their features."""
    nodes = subgraph.ndata[dgl.NID]
    expected = graph.subgraph(nodes)
    assert torch.equal(subgraph.edata[dgl.EID], expected.edata[dgl.EID])
    assert torch.equal(subgraph.ndata["x"], graph.ndata["x"][nodes])
    assert torch.equal(subgraph.edata["w"], graph.edata["w"][subgraph.edata[dgl.EID]])


SAINT = [("node", 60), ("edge", 30), ("walk", (12, 4))]


@pytest.mark.parametrize(("mode", "budget"), SAINT)
@pytest.mark.parametrize("num_workers", [0, 2])
def test_saint(graph, mode, budget, num_workers):
    epochs = []
    for _ in range(2):
        dgl.seed(5)
        sampler = SAINTSampler(mode, budget, prefetch_ndata=["x"], prefetch_edata=["w"])
        loader = DataLoader(graph, torch.arange(8), sampler, num_workers=num_workers)
        assert len(loader) == 8
        epoch = list(loader)
        for subgraph in epoch:
            expect_induced(graph, subgraph)
            nodes = subgraph.ndata[dgl.NID]
            assert torch.equal(nodes, nodes.unique())
            assert 20 < len(nodes) <= 60
        epochs.append([subgraph.ndata[dgl.NID].tolist() for subgraph in epoch])
    assert epochs[0] == epochs[1]
    assert epochs[0][0] != epochs[0][1]


def test_saint_draws_by_degree():
    star = dgl.graph(([0, 0, 0, 0, 1], [1, 2, 3, 4, 2]))
    dgl.seed(1)
    count = 3000
    drawn = torch.cat([SAINTSampler("node", 1).sample(star).ndata[dgl.NID] for _ in range(count)])
    seen = drawn.bincount(minlength=5).double()
    expected = torch.tensor([4.0, 1, 1, 1, 1], dtype=torch.float64) * count / 8
    assert ((seen - expected) ** 2 / expected).sum() < 18.5  # p = 0.001, 4 degrees


def test_saint_refuses_bad_arguments(graph):
    with pytest.raises(DGLError, match="'node', 'edge' or 'walk', got path"):
        SAINTSampler("path", 3)
    with pytest.raises(DGLError, match="budget: expected 1 or more, got 0"):
        SAINTSampler("node", 0)
    with pytest.raises(DGLError, match="with edges"):
        SAINTSampler("edge", 3).sample(dgl.graph(([], []), num_nodes=3))


@pytest.mark.parametrize("num_workers", [0, 2])
def test_every_node_is_in_one_cluster(graph, tmp_path, num_workers):
    sampler = ClusterGCNSampler(graph, 10, str(tmp_path / "clusters.pkl"), prefetch_ndata=["x"])
    assert len(sampler.partition_offset) == 11
    loader = DataLoader(
        graph, torch.arange(10), sampler, batch_size=3, shuffle=True, num_workers=num_workers
    )
    assert len(loader) == 4
    nodes = []
    for subgraph in loader:
        expect_induced(graph, subgraph)
        nodes.append(subgraph.ndata[dgl.NID])
    assert torch.equal(torch.cat(nodes).sort().values, graph.nodes())


def test_a_cluster_is_a_part_of_metis(graph, tmp_path):
    sampler = ClusterGCNSampler(graph, 4, str(tmp_path / "clusters.pkl"), balance_edges=True)
    assignment = dgl.metis_partition_assignment(graph, 4, balance_edges=True)
    for cluster in range(4):
        subgraph = sampler.sample(graph, torch.tensor([cluster]))
        assert torch.equal(subgraph.ndata[dgl.NID], torch.where(assignment == cluster)[0])


def test_clusters_are_kept_in_a_file(graph, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = ClusterGCNSampler(graph, 5)
    assert os.listdir() == ["cluster_gcn.pkl"]
    with open("cluster_gcn.pkl", "rb") as file:
        offsets, nodes = pickle.load(file)  # as DGL reads it
    assert torch.equal(offsets, first.partition_offset)
    assert torch.equal(nodes, first.partition_node_ids)
    other = (torch.tensor([0, 1, 2, 3, 4, 201]), torch.arange(201).flip(0))
    with open("cluster_gcn.pkl", "wb") as file:
        pickle.dump(other, file)
    again = ClusterGCNSampler(graph, 5)
    assert torch.equal(again.partition_node_ids, other[1])
    assert again.sample(graph, [0, 2]).ndata[dgl.NID].tolist() == [200, 198]
    with pytest.raises(DGLError, match="5 partitions.* k = 6.*cluster_gcn.pkl"):
        ClusterGCNSampler(graph, 6)
    with pytest.raises(DGLError, match="201 nodes.* the 3 of"):
        ClusterGCNSampler(dgl.rand_graph(3, 4), 5)


class _Code:
    def __reduce__(self):
        return os.mkdir, ("made",)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (pickle.dumps(_Code()), "mkdir"),
        (pickle.dumps((torch.arange(6), [1])), "is invalid"),
        (pickle.dumps((torch.tensor([0, 1, 2, 3, 4, 9]), torch.arange(201))), "offsets"),
        (pickle.dumps((torch.tensor([0, 1, 2, 3, 4, 201]), torch.zeros(201).long())), "once"),
        (b"no pickle", "not a pickle"),
        (b"", "not a pickle"),
    ],
)
def test_a_bad_file_of_clusters_is_named(graph, tmp_path, monkeypatch, content, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.pkl").write_bytes(content)
    with pytest.raises(DGLError, match=words):
        ClusterGCNSampler(graph, 5, "c.pkl")
    assert os.listdir() == ["c.pkl"]
