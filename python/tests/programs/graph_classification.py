"""Tells graphs of two kinds apart: batches of graphs, and their readout."""

import dgl
import torch
import torch.nn as nn
import torch.nn.functional as F
from dgl.dataloading import GraphDataLoader
from dgl.nn import GraphConv
from torch.utils.data.sampler import SubsetRandomSampler

torch.manual_seed(0)
dataset = dgl.data.GINDataset("PROTEINS", self_loop=True)
print("Node feature dimensionality:", dataset.dim_nfeats)
print("Number of graph categories:", dataset.gclasses, dataset.num_classes)
num_examples = len(dataset)
num_train = int(num_examples * 0.8)
train_dataloader = GraphDataLoader(
    dataset, sampler=SubsetRandomSampler(torch.arange(num_train)), batch_size=5, drop_last=False
)
test_dataloader = GraphDataLoader(
    dataset, sampler=SubsetRandomSampler(torch.arange(num_train, num_examples)), batch_size=5
)
batched_graph, labels = next(iter(train_dataloader))
print("Nodes and edges of each graph, in all:", batched_graph.batch_size, labels.shape)
print(batched_graph.batch_num_nodes().sum() == batched_graph.num_nodes())
print(batched_graph.batch_num_edges().sum() == batched_graph.num_edges())
graphs = dgl.unbatch(batched_graph)
print([g.num_nodes() for g in graphs] == batched_graph.batch_num_nodes().tolist())


class GCN(nn.Module):
    def __init__(self, in_feats, h_feats, num_classes):
        super().__init__()
        self.conv1 = GraphConv(in_feats, h_feats)
        self.conv2 = GraphConv(h_feats, num_classes)

    def forward(self, g, in_feat):
        h = F.relu(self.conv1(g, in_feat))
        g.ndata["h"] = self.conv2(g, h)
        return dgl.mean_nodes(g, "h")


model = GCN(dataset.dim_nfeats, 16, dataset.gclasses)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(30):
    for batched_graph, labels in train_dataloader:
        loss = F.cross_entropy(model(batched_graph, batched_graph.ndata["attr"].float()), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
hits = total = 0
for batched_graph, labels in test_dataloader:
    logits = model(batched_graph, batched_graph.ndata["attr"].float())
    hits += (logits.argmax(1) == labels).sum().item()
    total += len(labels)
print("Tested:", total, "accuracy above 0.9:", hits / total > 0.9)
