"""Pairs of nodes that stand for edges that are not there."""

from __future__ import annotations

import pytest
import torch

import grapevine as dgl
from grapevine.dataloading import negative_sampler


@pytest.fixture
def graph() -> dgl.DGLGraph:
    src, dst = torch.randint(0, 20, (2, 150), generator=torch.Generator().manual_seed(1))
    return dgl.graph((src, dst), num_nodes=20)


@pytest.fixture
def typed() -> dgl.DGLGraph:
    return dgl.heterograph(
        {
            ("user", "follows", "user"): ([0, 1, 2], [1, 2, 0]),
            ("user", "plays", "game"): ([0, 1, 2, 2], [0, 1, 2, 3]),
        }
    )


@pytest.mark.parametrize("idtype", [torch.int32, torch.int64])
def test_uniform_keeps_each_source(graph, idtype):
    g = graph.astype(idtype)
    eids = torch.tensor([4, 9, 4], dtype=idtype)
    src, dst = negative_sampler.Uniform(5)(g, eids)
    assert torch.equal(src, g.find_edges(eids)[0].repeat_interleave(5))
    assert src.dtype == dst.dtype == idtype
    assert 0 <= dst.min() and dst.max() < 20


def test_several_relations_give_a_dictionary(typed):
    pairs = negative_sampler.PerSourceUniform(2)(typed, {"plays": torch.tensor([0, 3])})
    assert list(pairs) == [("user", "plays", "game")]
    src, dst = pairs["user", "plays", "game"]
    assert src.tolist() == [0, 0, 2, 2]
    assert dst.max() < 4
    with pytest.raises(AssertionError, match="dict of etypes"):
        negative_sampler.Uniform(2)(typed, torch.tensor([0]))


@pytest.mark.parametrize("replace", [False, True])
def test_global_uniform_draws_no_edges(graph, replace):
    src, dst = negative_sampler.GlobalUniform(3, replace=replace)(graph, torch.arange(20))
    assert len(src) == len(dst) <= 60
    assert not graph.has_edges_between(src, dst).any()
    assert (src != dst).all()
    pairs = set(zip(src.tolist(), dst.tolist()))
    assert replace or len(pairs) == len(src)


def test_function_form(graph, typed):
    src, dst = dgl.sampling.global_uniform_negative_sampling(graph, 40, False, True)
    assert len(src) == 40
    assert not graph.has_edges_between(src, dst).any()
    src, dst = dgl.sampling.global_uniform_negative_sampling(typed, 5, etype="plays")
    assert dst.max() < 4
    only = dgl.graph(([0], [1]))
    src, dst = only.global_uniform_negative_sampling(20, redundancy=10)
    assert (src.tolist(), dst.tolist()) == ([1], [0])


def test_repeats_after_seed(graph):
    for sampler in (negative_sampler.Uniform(3), negative_sampler.GlobalUniform(3)):
        dgl.seed(2)
        first = sampler(graph, torch.arange(10))
        dgl.seed(2)
        again = sampler(graph, torch.arange(10))
        assert torch.equal(first[0], again[0])
        assert torch.equal(first[1], again[1])


def test_own_sampler(graph):
    class Last(negative_sampler._BaseNegativeSampler):
        def _generate(self, g, eids, canonical_etype):
            src, _ = g.find_edges(eids, etype=canonical_etype)
            return src, torch.full_like(src, g.num_nodes() - 1)

    _, dst = Last()(graph, torch.tensor([1, 2]))
    assert dst.tolist() == [19, 19]
