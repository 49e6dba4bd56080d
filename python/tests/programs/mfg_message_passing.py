"""Message passing on the message flow graphs of mini-batches, and a layer for both kinds."""

import dgl
import dgl.function as fn
import torch
import torch.nn as nn
import torch.nn.functional as F
import tqdm

torch.manual_seed(0)
dgl.seed(0)
num_nodes, num_classes = 600, 4
src, dst = torch.randint(num_nodes, (2, 4000))
graph = dgl.add_reverse_edges(dgl.graph((src, dst), num_nodes=num_nodes))
graph.ndata["feat"] = torch.randn(num_nodes, 16)
graph.ndata["label"] = torch.randint(num_classes, (num_nodes,))

sampler = dgl.dataloading.MultiLayerNeighborSampler([4, 4])
train_dataloader = dgl.dataloading.DataLoader(
    graph, torch.arange(400), sampler, batch_size=128, shuffle=True, drop_last=False, num_workers=0
)
input_nodes, output_nodes, mfgs = next(iter(train_dataloader))
mfg = mfgs[0]
print("layers:", len(mfgs), "seeds:", len(output_nodes) == mfgs[-1].num_dst_nodes())
print(sorted(mfg.srcdata), sorted(mfg.dstdata), sorted(mfg.edata))
print(mfg.srcdata["feat"].shape == (len(input_nodes), 16), mfg.num_src_nodes() == len(input_nodes))
src_ids, dst_ids = mfg.srcdata[dgl.NID], mfg.dstdata[dgl.NID]
print("destinations first:", torch.equal(src_ids[: mfg.num_dst_nodes()], dst_ids))
print("features are the graph's:", torch.equal(mfg.srcdata["feat"], graph.ndata["feat"][src_ids]))

mfg.srcdata["h"] = torch.randn(mfg.num_src_nodes(), 10)
mfg.update_all(message_func=fn.copy_u("h", "m"), reduce_func=fn.mean("m", "h"))
u, v = mfg.edges()
total = torch.zeros(mfg.num_dst_nodes(), 10).index_add(0, v, mfg.srcdata["h"][u])
mean = total / mfg.in_degrees().clamp(min=1).unsqueeze(1)
print("update_all is the mean:", torch.allclose(mfg.dstdata["h"], mean, atol=1e-6))


class SAGEConv(nn.Module):
    def __init__(self, in_feat, out_feat):
        super().__init__()
        self.linear = nn.Linear(in_feat * 2, out_feat)

    def forward(self, g, h):
        with g.local_scope():
            h_src, h_dst = h if isinstance(h, tuple) else (h, h)
            g.srcdata["h"] = h_src
            g.dstdata["h"] = h_dst
            g.update_all(fn.copy_u("h", "m"), fn.mean("m", "h_N"))
            return self.linear(torch.cat([h_dst, g.dstdata["h_N"]], dim=1))


class Model(nn.Module):
    def __init__(self, in_feats, h_feats, num_classes):
        super().__init__()
        self.conv1 = SAGEConv(in_feats, h_feats)
        self.conv2 = SAGEConv(h_feats, num_classes)

    def forward(self, mfgs, x):
        h = F.relu(self.conv1(mfgs[0], (x, x[: mfgs[0].num_dst_nodes()])))
        return self.conv2(mfgs[1], (h, h[: mfgs[1].num_dst_nodes()]))


model = Model(16, 32, num_classes)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(8):
    losses = []
    with tqdm.tqdm(train_dataloader) as progress:
        for step, (input_nodes, output_nodes, mfgs) in enumerate(progress):
            predictions = model(mfgs, mfgs[0].srcdata["feat"])
            loss = F.cross_entropy(predictions, mfgs[-1].dstdata["label"])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
            progress.set_postfix({"loss": f"{loss.item():.3f}"}, refresh=False)
    if epoch == 0:
        first = sum(losses) / len(losses)
print("batches:", step + 1, "of", len(train_dataloader))
print("loss fell:", sum(losses) / len(losses) < first)

conv = SAGEConv(16, 8)
whole = conv(graph, graph.ndata["feat"])
full = dgl.dataloading.MultiLayerFullNeighborSampler(1)
loader = dgl.dataloading.DataLoader(graph, torch.arange(num_nodes), full, batch_size=200)
parts = [conv(mfg, (mfg.srcdata["feat"], mfg.dstdata["feat"])) for _, _, (mfg,) in loader]
print("layer-wise inference:", torch.allclose(torch.cat(parts), whole, atol=1e-5))
