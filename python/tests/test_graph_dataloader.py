"""`GraphDataLoader` and how it puts items together."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest
import torch

import grapevine as dgl
from grapevine import DGLError
from grapevine.dataloading import GraphCollator, GraphDataLoader


def make(n: int) -> dgl.DGLGraph:
    g = dgl.graph((range(n - 1), range(1, n)), num_nodes=n)
    g.ndata["x"] = torch.full((n,), float(n))
    return g


class Paths(torch.utils.data.Dataset):
    """Paths of 2 to 11 nodes and how many they have."""

    def __len__(self):
        return 10

    def __getitem__(self, i):
        return make(i + 2), torch.tensor(i + 2)


@pytest.mark.parametrize("num_workers", [0, 2])
def test_batches_of_graphs(num_workers):
    loader = GraphDataLoader(Paths(), batch_size=4, num_workers=num_workers)
    assert len(loader) == 3
    for graph, labels in loader:
        assert graph.batch_size == len(labels)
        assert torch.equal(graph.batch_num_nodes(), labels)
        assert torch.equal(graph.ndata["x"], labels.repeat_interleave(labels).float())


def test_shuffle_and_drop_last():
    loader = GraphDataLoader(Paths(), batch_size=3, shuffle=True, drop_last=True)
    seen = torch.cat([labels for _, labels in loader])
    assert len(seen) == len(seen.unique()) == 9


def test_single_items_without_a_batch_size():
    for graph, label in GraphDataLoader(Paths(), batch_size=None):
        assert graph.num_nodes() == label
        assert label.ndim == 0


def test_own_collate_function():
    loader = GraphDataLoader(Paths(), collate_fn=len, batch_size=4)
    assert list(loader) == [4, 4, 2]


def test_collation():
    collate = GraphCollator().collate
    assert collate([1, 2]).dtype == torch.int64
    assert collate([1.0, 2.0]).dtype == torch.float64
    assert collate(["a", "b"]) == ["a", "b"]
    assert collate([np.float32(1), np.float32(2)]).tolist() == [1, 2]
    assert collate([np.ones(3, np.float32)] * 2).shape == (2, 3)
    assert collate([torch.ones(3)] * 2).shape == (2, 3)
    assert collate([make(2), make(3)]).batch_num_nodes().tolist() == [2, 3]
    graph, numbers = collate([(make(2), 5), (make(3), 6)])
    assert graph.num_nodes() == 5
    assert numbers.tolist() == [5, 6]
    by_name = collate([{"g": make(2), "y": 1}, {"g": make(3), "y": 2}])
    assert by_name["g"].batch_size == 2
    assert by_name["y"].tolist() == [1, 2]
    item = namedtuple("Item", ["g", "y"])
    together = collate([item(make(2), 1), item(make(3), 2)])
    assert isinstance(together, item)
    assert together.y.tolist() == [1, 2]
    with pytest.raises(RuntimeError, match="equal size"):
        collate([[1], [1, 2]])
    with pytest.raises(TypeError, match="graph_collate"):
        collate([object()])
    with pytest.raises(TypeError, match="graph_collate"):
        collate([np.array(["a"])])


def test_shares_of_processes(monkeypatch):
    import torch.distributed as dist

    monkeypatch.setattr(dist, "is_available", lambda: True)
    monkeypatch.setattr(dist, "get_world_size", lambda *_: 2)
    monkeypatch.setattr(dist, "get_rank", lambda *_: 1)
    loader = GraphDataLoader(Paths(), use_ddp=True, shuffle=True, ddp_seed=1, batch_size=2)
    first = torch.cat([labels for _, labels in loader])
    loader.set_epoch(1)
    second = torch.cat([labels for _, labels in loader])
    assert len(first) == len(second) == 5
    assert first.tolist() != second.tolist()
    with pytest.raises(DGLError, match="use_ddp"):
        GraphDataLoader(Paths()).set_epoch(1)
