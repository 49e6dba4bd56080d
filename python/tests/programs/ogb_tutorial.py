"""Reads ogbn-arxiv through the `ogb` package, and trains on message flow graphs of it."""

import dgl
import dgl.function as fn
import torch
import torch.nn as nn
import torch.nn.functional as F
import tqdm
from ogb.nodeproppred import DglNodePropPredDataset

dataset = DglNodePropPredDataset("ogbn-arxiv")
graph, node_labels = dataset[0]
graph = dgl.add_reverse_edges(graph)
graph.ndata["label"] = node_labels[:, 0]
train_nids = dataset.get_idx_split()["train"]
print("classes:", dataset.num_classes, "nodes and edges:", graph.num_nodes(), graph.num_edges())

sampler = dgl.dataloading.MultiLayerNeighborSampler([4, 4])
loader = dgl.dataloading.DataLoader(
    graph, train_nids, sampler, batch_size=256, shuffle=True, drop_last=False, num_workers=0
)
input_nodes, output_nodes, mfgs = next(iter(loader))
mfg = mfgs[0]
sizes = {"src": mfg.num_src_nodes(), "dst": mfg.num_dst_nodes()}
for side, data in (("src", mfg.srcdata), ("dst", mfg.dstdata)):
    print({name: ("n", *data[name].shape[1:]) for name in sorted(data)})
    print(all(len(data[name]) == sizes[side] for name in data))
print(torch.equal(mfg.srcdata[dgl.NID][: mfg.num_dst_nodes()], mfg.dstdata[dgl.NID]))

mfg.srcdata["x"] = torch.zeros(mfg.num_src_nodes(), mfg.num_dst_nodes())
mfg.srcdata["h"] = torch.randn(mfg.num_src_nodes(), 10)
mfg.update_all(message_func=fn.copy_u("h", "m"), reduce_func=fn.mean("m", "h"))
u, v = mfg.edges()
total = torch.zeros(mfg.num_dst_nodes(), 10).index_add(0, v, mfg.srcdata["h"][u])
mean = total / mfg.in_degrees().clamp(min=1).unsqueeze(1)
print(torch.allclose(mfg.dstdata["h"], mean, atol=1e-6))


class SAGEConv(nn.Module):
    def __init__(self, in_feat, out_feat):
        super().__init__()
        self.linear = nn.Linear(in_feat * 2, out_feat)

    def forward(self, g, h):
        with g.local_scope():
            g.srcdata["h"], g.dstdata["h"] = h
            g.update_all(fn.copy_u("h", "m"), fn.mean("m", "h_N"))
            return self.linear(torch.cat([h[1], g.dstdata["h_N"]], dim=1))


conv1, conv2 = SAGEConv(graph.ndata["feat"].shape[1], 16), SAGEConv(16, dataset.num_classes)
optimizer = torch.optim.Adam([*conv1.parameters(), *conv2.parameters()], lr=0.01)
seen = 0
with tqdm.tqdm(loader) as progress:
    for input_nodes, output_nodes, mfgs in progress:
        x = mfgs[0].srcdata["feat"]
        h = F.relu(conv1(mfgs[0], (x, x[: mfgs[0].num_dst_nodes()])))
        loss = F.cross_entropy(
            conv2(mfgs[1], (h, h[: mfgs[1].num_dst_nodes()])), mfgs[-1].dstdata["label"]
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen += len(output_nodes)
print("batches:", len(loader), "each seed once:", seen == len(train_nids))
