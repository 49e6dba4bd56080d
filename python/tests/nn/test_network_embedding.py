"""Embeddings from random walks."""

import pytest
import torch

import grapevine as dgl
from grapevine import nn


def two_cliques():
    """Nodes 0 to 3 and 4 to 7, each linked to all others of its own."""
    pairs = [(i + s, j + s) for s in (0, 4) for i in range(4) for j in range(4) if i != j]
    return dgl.graph(tuple(torch.tensor(pairs).T))


@pytest.mark.parametrize("fast_neg", [True, False])
def test_deep_walk_puts_nodes_that_meet_close(fast_neg):
    torch.manual_seed(0)
    dgl.seed(0)
    model = nn.DeepWalk(
        two_cliques(), 8, walk_length=10, window_size=2, fast_neg=fast_neg, sparse=False
    )
    assert list(model.state_dict()) == ["node_embed.weight", "context_embed.weight"]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(60):
        walks = model.sample(torch.arange(8).repeat(4))
        assert walks.shape == (32, 10)
        loss = model(walks)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    cosine = torch.nn.functional.normalize(model.node_embed.weight.detach())
    cosine = cosine @ cosine.T
    assert cosine[:4, :4].mean() > cosine[:4, 4:].mean() + 0.3


def test_deep_walk_takes_walks_that_ended():
    path = dgl.graph(([0, 1], [1, 2]))
    model = nn.DeepWalk(path, 4, walk_length=4, window_size=2, sparse=False)
    walks = model.sample([0, 1])
    assert walks.tolist() == [[0, 1, 2, -1], [1, 2, -1, -1]]
    model(walks).backward()
    assert torch.isfinite(model.node_embed.weight.grad).all()


def test_deep_walk_needs_walks_longer_than_the_window():
    with pytest.raises(AssertionError, match="walk_length"):
        nn.DeepWalk(two_cliques(), walk_length=3, window_size=3)


def test_meta_path_2_vec_walks_along_the_path():
    torch.manual_seed(0)
    dgl.seed(0)
    graph = dgl.heterograph(
        {
            ("user", "uc", "company"): ([0, 0, 2, 1, 3], [1, 2, 1, 3, 0]),
            ("company", "cu", "user"): ([1, 2, 1, 3, 0], [0, 0, 2, 1, 3]),
            ("company", "cp", "product"): ([0], [0]),
        }
    )
    model = nn.MetaPath2Vec(graph, ["uc", "cu"], window_size=1, emb_dim=8, sparse=False)
    assert model.node_embed.weight.shape == (graph.num_nodes(), 8)
    first_user = graph.num_nodes("company") + graph.num_nodes("product")
    first, second, negatives = model.sample(torch.arange(4))
    # Each walk is a user, a company and a user: four pairs of neighbours.
    assert (len(first), negatives.shape) == (16, (16, 5))
    assert ((first >= first_user) != (second >= first_user)).all()
    # Products are on no walk.
    assert not ((negatives >= 4) & (negatives < first_user)).any()
    before = model(first, second, negatives)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    for _ in range(20):
        loss = model(*model.sample(torch.arange(4)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert model(first, second, negatives) < before
