"""Embeddings of nodes and their optimizers, against PyTorch's."""

import os
import socket

import pytest
import torch

from grapevine import nn, optim


def pair(name: str):
    """The same ten rows as ours and as PyTorch's."""
    torch.manual_seed(0)
    theirs = torch.nn.Embedding(10, 4, sparse=True)
    return nn.NodeEmbedding(10, 4, name, lambda rows: rows.copy_(theirs.weight.detach())), theirs


def train(embedding, optimizer, ids: list) -> None:
    """A step for each list of ids."""
    target = torch.linspace(0, 1, 4)
    for batch in ids:
        optimizer.zero_grad()
        rows = embedding(torch.tensor(batch))
        ((rows - target) ** 2).sum().backward()
        optimizer.step()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_adams_first_step_is_pytorchs(dtype):
    ours, theirs = pair("adam")
    train(ours, optim.SparseAdam([ours], lr=0.01, dtype=dtype), [[1, 5, 7]])
    train(theirs, torch.optim.SparseAdam(theirs.parameters(), lr=0.01), [[1, 5, 7]])
    torch.testing.assert_close(ours.weight, theirs.weight.detach(), rtol=1e-4, atol=1e-4)


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")
def test_adagrad_is_pytorchs():
    ours, theirs = pair("adagrad")
    ids = [[1, 5, 7], [5, 2], [7, 1]]
    train(ours, optim.SparseAdagrad([ours], lr=0.1), ids)
    train(theirs, torch.optim.Adagrad(theirs.parameters(), lr=0.1), ids)
    torch.testing.assert_close(ours.weight, theirs.weight.detach())


@pytest.mark.parametrize("make", [optim.SparseAdam, optim.SparseAdagrad])
def test_rows_change_only_when_they_are_read(make):
    ours, theirs = pair("rows")
    other = nn.NodeEmbedding(3, 2, "unread", torch.nn.init.ones_)
    train(ours, make([ours, other], lr=0.1), [[3, 3], [3]])
    changed = (ours.weight != theirs.weight.detach()).any(dim=1)
    assert changed.nonzero().flatten().tolist() == [3]
    assert torch.equal(other.weight, torch.ones(3, 2))
    assert not ours.trace


@pytest.mark.parametrize("make", [optim.SparseAdam, optim.SparseAdagrad])
def test_training_goes_on_from_a_saved_state(make):
    straight, _ = pair("e")
    train(straight, make([straight], lr=0.1), [[1, 2], [2, 3]])
    first, _ = pair("e")
    optimizer = make([first], lr=0.1)
    train(first, optimizer, [[1, 2]])
    second = nn.NodeEmbedding(10, 4, "e")
    second.all_set_embedding(first.all_get_embedding())
    restored = make([second], lr=0.5)
    restored.load_state_dict(optimizer.state_dict())
    assert restored.param_groups == optimizer.param_groups
    train(second, restored, [[2, 3]])
    torch.testing.assert_close(second.weight, straight.weight)


def test_takes_nothing_but_embeddings():
    with pytest.raises(AssertionError, match="NodeEmbedding"):
        optim.SparseAdam([torch.nn.Embedding(2, 2)], lr=0.1)
    with pytest.raises(AssertionError, match="expected some"):
        optim.SparseAdagrad([], lr=0.1)
    with pytest.raises(AssertionError, match="float64"):
        optim.SparseAdam([nn.NodeEmbedding(2, 2, "e")], lr=0.1, dtype=torch.float64)


def test_reads_without_gradients_leave_no_trace():
    ours, _ = pair("trace")
    with torch.no_grad():
        ours(torch.tensor([0]))
    assert not ours.trace


def work(rank: int, world_size: int, port: int, queue) -> None:
    """One of several processes that train the same rows."""
    torch.set_num_threads(1)
    torch.distributed.init_process_group(
        "gloo", init_method=f"tcp://127.0.0.1:{port}", rank=rank, world_size=world_size
    )
    ours = nn.NodeEmbedding(10, 4, "shared", torch.nn.init.ones_)
    optimizer = optim.SparseAdam([ours], lr=0.1)
    train(ours, optimizer, [[rank, 5], [3 + rank, 5]])
    if rank == 1:
        # Plain data: a tensor's memory would have to outlive this process.
        queue.put((ours.weight.tolist(), optimizer.state_dict()["state"]["shared"][0].tolist()))
    torch.distributed.barrier()
    torch.distributed.destroy_process_group()


def test_processes_train_the_same_rows():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    context = torch.multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    before = set(os.listdir("/dev/shm")) if os.path.isdir("/dev/shm") else set()
    workers = torch.multiprocessing.spawn(work, (2, port, queue), nprocs=2, join=False)
    weight, steps = queue.get()
    workers.join(60)
    assert steps == [1, 1, 0, 1, 1, 2, 0, 0, 0, 0]
    alone = nn.NodeEmbedding(10, 4, "alone", torch.nn.init.ones_)
    train(alone, optim.SparseAdam([alone], lr=0.1), [[0, 5, 1, 5], [3, 5, 4, 5]])
    torch.testing.assert_close(torch.tensor(weight), alone.weight)
    left = set(os.listdir("/dev/shm")) - before if before else set()
    assert not [name for name in left if name.startswith("grapevine-")]
