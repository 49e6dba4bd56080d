"""`DataLoader`: batches of blocks, from C++ workers or from samplers written in Python."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator

import pytest
import torch

import grapevine as dgl
from grapevine import DGLError
from grapevine.dataloading import (
    BlockSampler,
    DataLoader,
    MultiLayerFullNeighborSampler,
    NeighborSampler,
    Sampler,
    ShaDowKHopSampler,
)

WORKERS = [0, 4]


@pytest.fixture
def graph() -> dgl.DGLGraph:
    """A random graph of 300 nodes with features."""
    src, dst = torch.randint(0, 300, (2, 3000), generator=torch.Generator().manual_seed(1))
    g = dgl.graph((src, dst), num_nodes=300)
    g.ndata["feat"] = torch.arange(600.0).view(300, 2)
    g.ndata["label"] = torch.arange(300) % 7
    g.edata["w"] = torch.arange(3000.0)
    return g


@pytest.fixture
def typed() -> dgl.DGLGraph:
    def pairs(num_src, num_dst, count, seed):
        generator = torch.Generator().manual_seed(seed)
        return (
            torch.randint(0, num_src, (count,), generator=generator),
            torch.randint(0, num_dst, (count,), generator=generator),
        )

    g = dgl.heterograph(
        {
            ("user", "follows", "user"): pairs(60, 60, 300, 1),
            ("user", "plays", "game"): pairs(60, 20, 300, 2),
            ("game", "liked-by", "user"): pairs(20, 60, 200, 3),
        },
        num_nodes_dict={"user": 60, "game": 20},
    )
    g.nodes["user"].data["x"] = torch.arange(60.0)
    return g


class OneHop(Sampler):
    """A sampler of a user."""

    def sample(self, g, indices):
        frontier = g.sample_neighbors(indices, 3)
        block = dgl.to_block(frontier, indices)
        return block.srcdata[dgl.NID], indices, [block]


class Changed(NeighborSampler):
    """A sampler of this package with a part of it overridden."""

    def sample_blocks(self, g, seed_nodes, exclude_eids=None):
        result = super().sample_blocks(g, seed_nodes, exclude_eids)
        for block in result[2]:
            block.is_mine = True
        return result


def describe(batch) -> list:
    """Numbers of a batch, to compare."""
    input_nodes, output_nodes, blocks = batch
    parts = [input_nodes, output_nodes]
    for block in blocks:
        for etype in block.canonical_etypes:
            parts += [*block.edges(etype=etype), block.edges[etype].data[dgl.EID]]
    return [
        {key: value.tolist() for key, value in part.items()}
        if isinstance(part, dict)
        else part.tolist()
        for part in parts
    ]


def test_blocks_of_batches(graph):
    sampler = NeighborSampler([4, 3])
    ids = torch.arange(10, 60)
    loader = DataLoader(graph, ids, sampler, batch_size=16)
    assert len(loader) == 4
    assert isinstance(iter(loader), Iterator)
    seen = []
    for input_nodes, output_nodes, blocks in loader:
        seen.append(output_nodes)
        assert len(blocks) == 2
        assert all(isinstance(block, dgl.DGLBlock) for block in blocks)
        assert torch.equal(blocks[0].srcdata[dgl.NID], input_nodes)
        assert torch.equal(blocks[1].dstdata[dgl.NID], output_nodes)
        assert torch.equal(blocks[0].dstdata[dgl.NID], blocks[1].srcdata[dgl.NID])
        assert (blocks[1].in_degrees() <= 3).all()
        assert torch.equal(blocks[0].srcdata["feat"], graph.ndata["feat"][input_nodes])
        assert torch.equal(blocks[1].dstdata["label"], graph.ndata["label"][output_nodes])
        for block in blocks:
            first = block.srcdata[dgl.NID][: block.num_dst_nodes()]
            assert torch.equal(first, block.dstdata[dgl.NID])
            eids = block.edata[dgl.EID]
            assert torch.equal(block.edata["w"], graph.edata["w"][eids])
            src, dst = graph.find_edges(eids)
            assert torch.equal(block.srcdata[dgl.NID][block.edges()[0]], src)
            assert torch.equal(block.dstdata[dgl.NID][block.edges()[1]], dst)
    assert torch.equal(torch.cat(seen), ids)


@pytest.mark.parametrize(
    "sampler", [NeighborSampler([3, 3]), Changed([3, 3]), OneHop()], ids=["core", "changed", "own"]
)
def test_workers_give_equal_batches(graph, sampler):
    runs = []
    for num_workers in WORKERS:
        dgl.seed(7)
        loader = DataLoader(
            graph, torch.arange(200), sampler, batch_size=16, shuffle=True, num_workers=num_workers
        )
        runs.append([describe(batch) for _ in range(2) for batch in loader])
    assert runs[0] == runs[1]
    assert len(runs[0]) == 26
    assert runs[0][0] != runs[0][13]


@pytest.mark.parametrize("num_workers", WORKERS)
def test_seed_repeats_an_epoch(graph, num_workers):
    loader = DataLoader(
        graph, range(100), NeighborSampler([2]), batch_size=9, shuffle=True, num_workers=num_workers
    )
    dgl.seed(1)
    first = [describe(batch) for batch in loader]
    other = [describe(batch) for batch in loader]
    dgl.seed(1)
    assert [describe(batch) for batch in loader] == first
    assert other != first


def test_shuffle_covers_every_id_once(graph):
    for sampler in (NeighborSampler([1]), OneHop()):
        loader = DataLoader(graph, torch.arange(100), sampler, batch_size=7, shuffle=True)
        order = torch.cat([output_nodes for _, output_nodes, _ in loader])
        assert order.tolist() != list(range(100))
        assert sorted(order.tolist()) == list(range(100))


@pytest.mark.parametrize("sampler", [NeighborSampler([1]), OneHop()], ids=["core", "own"])
def test_drop_last(graph, sampler):
    loader = DataLoader(graph, list(range(10)), sampler, batch_size=4, drop_last=True)
    assert len(loader) == 2
    assert [len(output_nodes) for _, output_nodes, _ in loader] == [4, 4]
    assert len(DataLoader(graph, list(range(10)), sampler, batch_size=4)) == 3
    empty = DataLoader(graph, torch.tensor([], dtype=torch.int64), sampler)
    assert len(empty) == 0
    assert list(empty) == []


@pytest.mark.parametrize("idtype", [torch.int32, torch.int64])
@pytest.mark.parametrize("num_workers", WORKERS)
def test_several_types(typed, idtype, num_workers):
    g = typed.astype(idtype)
    ids = {"user": torch.arange(30, dtype=idtype), "game": torch.arange(10, dtype=idtype)}
    loader = DataLoader(
        g, ids, MultiLayerFullNeighborSampler(2), batch_size=8, num_workers=num_workers
    )
    assert len(loader) == 5
    seen = {"user": [], "game": []}
    for input_nodes, output_nodes, blocks in loader:
        assert set(input_nodes) == {"user", "game"}
        assert sum(len(nodes) for nodes in output_nodes.values()) == 8
        for ntype, nodes in output_nodes.items():
            seen[ntype] += nodes.tolist()
            assert torch.equal(blocks[-1].dstnodes[ntype].data[dgl.NID], nodes)
        assert blocks[0].idtype == idtype
        assert torch.equal(
            blocks[0].srcnodes["user"].data["x"], g.nodes["user"].data["x"][input_nodes["user"]]
        )
    assert seen == {"user": list(range(30)), "game": list(range(10))}


def test_types_come_in_the_order_given(typed):
    for sampler in (NeighborSampler([1]), Changed([1])):
        loader = DataLoader(
            typed, {"user": torch.arange(6), "game": torch.arange(2)}, sampler, batch_size=6
        )
        assert [sorted(output_nodes) for _, output_nodes, _ in loader] == [["user"], ["game"]]


def test_a_dictionary_of_the_only_type(graph):
    for sampler in (NeighborSampler([2]), Changed([2])):
        for input_nodes, output_nodes, blocks in DataLoader(
            graph, {"_N": torch.arange(4)}, sampler, batch_size=4
        ):
            assert output_nodes["_N"].tolist() == [0, 1, 2, 3]
            assert torch.equal(input_nodes, blocks[0].srcdata[dgl.NID])


@pytest.mark.parametrize("num_workers", WORKERS)
def test_shadow(graph, num_workers):
    loader = DataLoader(
        graph, torch.arange(30), ShaDowKHopSampler([3, 3]), batch_size=5, num_workers=num_workers
    )
    for input_nodes, output_nodes, subgraph in loader:
        assert torch.equal(input_nodes, subgraph.ndata[dgl.NID])
        assert torch.equal(input_nodes[:5], output_nodes)
        assert torch.equal(subgraph.ndata["feat"], graph.ndata["feat"][input_nodes])
        assert not subgraph.is_block


def test_prefetched_features(graph):
    kwargs = {
        "prefetch_node_feats": ["feat"],
        "prefetch_labels": ["label"],
        "prefetch_edge_feats": ["w"],
    }
    for sampler in (NeighborSampler([2, 2], **kwargs), Changed([2, 2], **kwargs)):
        for num_workers in WORKERS:
            loader = DataLoader(
                graph, torch.arange(20), sampler, batch_size=10, num_workers=num_workers
            )
            for input_nodes, output_nodes, blocks in loader:
                assert not blocks[0]._node_frame(0).is_lazy("feat")
                assert not blocks[1]._node_frame(1).is_lazy("label")
                assert not blocks[0]._edge_frame(0).is_lazy("w")
                assert torch.equal(blocks[0].srcdata["feat"], graph.ndata["feat"][input_nodes])
                assert torch.equal(blocks[1].dstdata["label"], graph.ndata["label"][output_nodes])
    for kind in (NeighborSampler, Changed):
        sampler = kind([2], prefetch_node_feats=["no"])
        with pytest.raises((DGLError, KeyError), match="no"):
            next(iter(DataLoader(graph, torch.arange(20), sampler)))


def test_lazy_features_of_a_users_sampler(graph):
    class Renaming(Sampler):
        def sample(self, g, indices):
            subgraph = g.subgraph(indices)
            subgraph.ndata["h"] = dgl.LazyFeature("feat")
            subgraph.ndata["other"] = dgl.LazyFeature("label", indices.flip(0))
            dgl.set_edge_lazy_features(subgraph, ["w"])
            return subgraph, dgl.LazyFeature("extra", indices)

    extra = torch.arange(300.0) * 2
    for num_workers in WORKERS:
        loader = DataLoader(
            graph, torch.arange(12), Renaming(), batch_size=6, num_workers=num_workers
        )
        loader.attach_data("extra", extra)
        for i, (subgraph, more) in enumerate(loader):
            ids = torch.arange(6) + 6 * i
            assert torch.equal(subgraph.ndata["h"], graph.ndata["feat"][ids])
            assert torch.equal(subgraph.ndata["other"], graph.ndata["label"][ids.flip(0)])
            assert torch.equal(subgraph.edata["w"], graph.edata["w"][subgraph.edata[dgl.EID]])
            assert torch.equal(more, extra[ids])


@pytest.mark.parametrize("num_workers", WORKERS)
def test_an_exception_of_a_sampler_reaches_the_loop(graph, num_workers):
    class Failing(BlockSampler):
        def sample_blocks(self, g, seed_nodes, exclude_eids=None):
            if seed_nodes[0] == 20:
                raise LookupError("seed 20")
            return NeighborSampler([1]).sample_blocks(g, seed_nodes, exclude_eids)

    loader = DataLoader(graph, torch.arange(60), Failing(), batch_size=5, num_workers=num_workers)
    seen = []
    with pytest.raises(LookupError, match="seed 20"):
        for _, output_nodes, _ in loader:
            seen.append(output_nodes[0].item())
    assert seen == [0, 5, 10, 15]


@pytest.mark.parametrize("num_workers", WORKERS)
def test_bad_ids_are_refused_in_the_loop(graph, num_workers):
    for ids, words in (
        (torch.arange(5, dtype=torch.int32), "int32|Int"),
        (torch.ones(300, dtype=torch.bool), "bool|Bool"),
        (torch.tensor([300]), "300"),
    ):
        loader = DataLoader(graph, ids, NeighborSampler([1]), num_workers=num_workers)
        with pytest.raises(DGLError, match=words):
            next(iter(loader))


@pytest.mark.parametrize("sampler", [NeighborSampler([3, 3]), Changed([3, 3])])
def test_leaving_early_stops_the_workers(graph, sampler):
    def python_threads():
        return threading.active_count()

    def all_threads():
        return len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0

    loader = DataLoader(graph, torch.arange(300), sampler, batch_size=2, num_workers=4)
    next(iter(loader))
    gc.collect()
    before = python_threads(), all_threads()
    for _ in range(5):
        for _ in loader:
            break
    gc.collect()
    deadline = time.monotonic() + 10
    while (python_threads() > before[0] or all_threads() > before[1] + 4) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.01)
    assert python_threads() <= before[0]
    assert all_threads() <= before[1] + 4


def test_the_loop_may_set_features(graph):
    loader = DataLoader(
        graph, torch.arange(100), NeighborSampler([2]), batch_size=10, num_workers=2
    )
    for i, (_, _, blocks) in enumerate(loader):
        graph.ndata["feat"] = torch.full((300, 1), float(i))
        assert blocks[0].srcdata["feat"].shape[1] == 2
    assert next(iter(loader))[2][0].srcdata["feat"].shape[1] == 1


def test_follows_a_graph_that_changes(graph):
    loader = DataLoader(graph, torch.tensor([299]), MultiLayerFullNeighborSampler(1))
    (_, _, (before,)) = next(iter(loader))
    graph.add_edges([1, 2], [299, 299])
    (_, _, (after,)) = next(iter(loader))
    assert after.num_edges() == before.num_edges() + 2


@pytest.mark.parametrize("num_workers", WORKERS)
def test_worker_init_fn(graph, num_workers):
    called = []
    loader = DataLoader(
        graph,
        torch.arange(20),
        NeighborSampler([1]),
        batch_size=2,
        num_workers=num_workers,
        worker_init_fn=called.append,
    )
    assert len(list(loader)) == 10
    assert sorted(called) == list(range(num_workers))


def test_a_data_set_of_indices(graph):
    class Pairs(torch.utils.data.Dataset):
        device = torch.device("cpu")

        def __len__(self):
            return 5

        def __getitem__(self, i):
            if i >= 5:
                raise IndexError
            return torch.tensor([i, i + 1])

    for num_workers in WORKERS:
        loader = DataLoader(graph, Pairs(), OneHop(), num_workers=num_workers)
        assert len(loader) == 5
        assert [ids.tolist() for _, ids, _ in loader] == [[i, i + 1] for i in range(5)]
    with pytest.raises(AttributeError, match="device"):
        DataLoader(graph, object(), OneHop())


def test_options_that_do_not_fit(graph):
    sampler, ids = NeighborSampler([1]), torch.arange(4)
    with pytest.raises(ValueError, match="pin_prefetcher"):
        DataLoader(graph, ids, sampler, pin_prefetcher=True)
    with pytest.raises(ValueError, match="use_prefetch_thread"):
        DataLoader(graph, ids, sampler, use_prefetch_thread=True)
    with pytest.raises(ValueError, match="same device"):
        DataLoader(graph, ids.to("meta"), sampler)
    with pytest.raises(ValueError, match="mutually exclusive"):
        NeighborSampler([1], prob="w", mask="w")
    with pytest.raises(NotImplementedError):
        Sampler().sample(graph, ids)


def test_keywords_without_effect(graph):
    loader = DataLoader(
        graph,
        torch.arange(8),
        NeighborSampler([1], fused=False),
        device="cpu",
        batch_size=4,
        ddp_seed=3,
        num_workers=2,
        persistent_workers=True,
        prefetch_factor=3,
        use_prefetch_thread=False,
        use_alternate_streams=False,
        pin_prefetcher=False,
        gpu_cache={"node": {"feat": 10}},
    )
    assert len(list(loader)) == 2
    with loader.enable_cpu_affinity(verbose=False):
        assert len(list(loader)) == 2
    with pytest.raises(Exception, match="at least one DL worker"):
        with DataLoader(graph, torch.arange(8), NeighborSampler([1])).enable_cpu_affinity():
            pass
    assert isinstance(loader, torch.utils.data.DataLoader)


@pytest.mark.parametrize("drop_last", [False, True])
def test_shares_of_processes(graph, monkeypatch, drop_last):
    import torch.distributed as dist

    monkeypatch.setattr(dist, "get_world_size", lambda: 3)
    shares = []
    for rank in range(3):
        monkeypatch.setattr(dist, "get_rank", lambda rank=rank: rank)
        for sampler in (NeighborSampler([1]), Changed([1])):
            loader = DataLoader(
                graph,
                torch.arange(10),
                sampler,
                use_ddp=True,
                batch_size=2,
                drop_last=drop_last,
            )
            shares.append(torch.cat([ids for _, ids, _ in loader]).tolist())
            assert len(loader) == (1 if drop_last else 2)
    assert shares[::2] == shares[1::2]
    if drop_last:
        assert shares[::2] == [[0, 1], [3, 4], [6, 7]]
    else:
        assert shares[::2] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 8, 9]]


INTERRUPTED = """
    import time, torch, grapevine as dgl
    from grapevine.dataloading import *
    g = dgl.graph((torch.randint(0, 2000, (40000,)), torch.arange(40000) % 2000))
    class Slow(NeighborSampler):
        def sample_blocks(self, g, seed_nodes, exclude_eids=None):
            time.sleep({sleep})
            return super().sample_blocks(g, seed_nodes, exclude_eids)
    loader = DataLoader(g, torch.arange(2000), {sampler}, batch_size={batch_size}, num_workers=2)
    print("ready", flush=True)
    try:
        while True:
            for batch in loader:
                pass
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


@pytest.mark.parametrize(
    "program",
    [
        {"sampler": "NeighborSampler([-1, -1])", "batch_size": 1000, "sleep": 0},
        {"sampler": "Slow([2])", "batch_size": 1, "sleep": 20},
        {"sampler": "Slow([2])", "batch_size": 1, "sleep": 0.01},
    ],
    ids=["core", "waiting", "python"],
)
def test_ctrl_c_ends_the_loop(program):
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(INTERRUPTED).format(**program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        start = time.monotonic()
        assert process.stdout.readline() == "interrupted\n"
        assert time.monotonic() - start < 1
        assert process.wait(timeout=10) == 0, process.stderr.read()
    finally:
        process.kill()
        process.communicate()
