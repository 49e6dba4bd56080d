"""Predicts edges: on the whole graph, and in batches of edges with negative samples and workers."""

import dgl
import dgl.function as fn
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from dgl.nn import SAGEConv

torch.manual_seed(0)
np.random.seed(0)
dgl.seed(0)


def communities(num_nodes=240, num_blocks=4, degree=8):
    """A graph whose edges stay in blocks of nodes, which the features do not show."""
    src = torch.arange(num_nodes).repeat_interleave(degree)
    size = num_nodes // num_blocks
    dst = src // size * size + torch.randint(size, (len(src),))
    keep = src != dst
    g = dgl.to_bidirected(dgl.graph((src[keep], dst[keep]), num_nodes=num_nodes))
    g.ndata["feat"] = torch.eye(num_nodes)
    return g


class DotPredictor(nn.Module):
    def forward(self, g, h):
        with g.local_scope():
            g.ndata["h"] = h
            g.apply_edges(fn.u_dot_v("h", "h", "score"))
            return g.edata["score"][:, 0]


class MLPPredictor(nn.Module):
    def __init__(self, h_feats):
        super().__init__()
        self.W1 = nn.Linear(h_feats * 2, h_feats)
        self.W2 = nn.Linear(h_feats, 1)

    def apply_edges(self, edges):
        h = torch.cat([edges.src["h"], edges.dst["h"]], 1)
        return {"score": self.W2(F.relu(self.W1(h))).squeeze(1)}

    def forward(self, g, h):
        with g.local_scope():
            g.ndata["h"] = h
            g.apply_edges(self.apply_edges)
            return g.edata["score"]


class GraphSAGE(nn.Module):
    def __init__(self, in_feats, h_feats):
        super().__init__()
        self.conv1 = SAGEConv(in_feats, h_feats, "mean")
        self.conv2 = SAGEConv(h_feats, h_feats, "mean")

    def forward(self, blocks, x):
        first, second = blocks if isinstance(blocks, list) else (blocks, blocks)
        return self.conv2(second, F.relu(self.conv1(first, x)))


def loss_of(positive, negative):
    labels = torch.cat([torch.ones(len(positive)), torch.zeros(len(negative))])
    return F.binary_cross_entropy_with_logits(torch.cat([positive, negative]), labels)


def auc(positive, negative):
    return (positive.unsqueeze(1) > negative.unsqueeze(0)).float().mean().item()


g = communities()
u, v = g.edges()
order = np.random.permutation(g.num_edges())
test = order[: g.num_edges() // 10]
train_g = dgl.remove_edges(g, test)
linked = torch.zeros(g.num_nodes(), g.num_nodes(), dtype=torch.bool)
linked[u, v] = True
far_u, far_v = (~linked).nonzero(as_tuple=True)
chosen = np.random.choice(len(far_u), g.num_edges())
train_neg_g = dgl.graph((far_u[chosen], far_v[chosen]), num_nodes=g.num_nodes())
test_pos_g = dgl.graph((u[test], v[test]), num_nodes=g.num_nodes())
few = chosen[: len(test)]
test_neg_g = dgl.graph((far_u[few].numpy(), far_v[few]), num_nodes=g.num_nodes())

for predictor in (DotPredictor(), MLPPredictor(16)):
    model = GraphSAGE(g.num_nodes(), 16)
    optimizer = torch.optim.Adam([*model.parameters(), *predictor.parameters()], lr=0.01)
    for _ in range(60):
        h = model(train_g, train_g.ndata["feat"])
        loss = loss_of(predictor(train_g, h), predictor(train_neg_g, h))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        score = auc(predictor(test_pos_g, h), predictor(test_neg_g, h))
    print(type(predictor).__name__, "AUC above 0.75:", score > 0.75)

sampler = dgl.dataloading.as_edge_prediction_sampler(
    dgl.dataloading.NeighborSampler([4, 4]),
    negative_sampler=dgl.dataloading.negative_sampler.Uniform(5),
)
loader = dgl.dataloading.DataLoader(
    train_g, torch.arange(train_g.num_edges()), sampler, batch_size=256, shuffle=True, num_workers=4
)
input_nodes, pos_graph, neg_graph, mfgs = next(iter(loader))
print(
    "same nodes in both graphs:",
    torch.equal(pos_graph.ndata[dgl.NID], neg_graph.ndata[dgl.NID]),
    pos_graph.num_nodes() == mfgs[-1].num_dst_nodes(),
    len(input_nodes) == mfgs[0].num_src_nodes(),
)
print("edges:", pos_graph.num_edges(), neg_graph.num_edges(), "layers:", len(mfgs))
found = train_g.find_edges(pos_graph.edata[dgl.EID])
src, dst = pos_graph.edges()
ids = pos_graph.ndata[dgl.NID]
print("the batch's edges:", torch.equal(ids[src], found[0]), torch.equal(ids[dst], found[1]))

model, predictor = GraphSAGE(g.num_nodes(), 16), DotPredictor()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(6):
    seen = 0
    for input_nodes, pos_graph, neg_graph, mfgs in loader:
        h = model(mfgs, mfgs[0].srcdata["feat"])
        loss = loss_of(predictor(pos_graph, h), predictor(neg_graph, h))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += pos_graph.num_edges()
with torch.no_grad():
    h = model(train_g, train_g.ndata["feat"])
    score = auc(predictor(test_pos_g, h), predictor(test_neg_g, h))
print("every edge once:", seen == train_g.num_edges(), "AUC above 0.75:", score > 0.75)
