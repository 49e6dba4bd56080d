"""Makes graphs, reads their structure, assigns features, takes subgraphs, saves and loads."""

import os
import tempfile

import dgl
import numpy as np
import torch

g = dgl.graph(([0, 0, 0, 0, 0], [1, 2, 3, 4, 5]), num_nodes=6)
same = dgl.graph((torch.LongTensor([0] * 5), torch.LongTensor([1, 2, 3, 4, 5])), num_nodes=6)
print(g.edges())
print(dgl.graph((np.zeros(5, np.int64), torch.arange(1, 6))).num_nodes() == same.num_nodes())

g.ndata["x"] = torch.arange(18.0).view(6, 3)
g.edata["a"] = torch.arange(20.0).view(5, 4)
g.edata["b c"] = torch.ones(5, 2, 3)
print(g.ndata["x"][0], g.edata["a"].shape, g.edata["b c"].shape)

print(g.num_nodes(), g.num_edges(), g.out_degrees(0), g.in_degrees(0))
print(g.in_degrees(), g.has_edges_between(0, 3), g.has_edges_between(3, 0))

sg1 = g.subgraph([0, 1, 3])
sg2 = g.edge_subgraph([0, 1, 3])
print(sg1.ndata[dgl.NID], sg1.edata[dgl.EID], sg2.ndata[dgl.NID], sg2.edata[dgl.EID])
print(sg1.ndata["x"], sg2.edata["a"][:, 0])

newg = dgl.add_reverse_edges(g)
print(newg.edges())
print(newg)

print(dgl.remove_edges(g, np.array([0, 2])).edges())

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "graphs.dgl")
    dgl.save_graphs(path, g)
    (loaded,), _ = dgl.load_graphs(path)
    print(torch.equal(loaded.ndata["x"], g.ndata["x"]), loaded.num_edges())
    dgl.save_graphs(path, [g, sg1, sg2], {"label": torch.tensor([0, 1, 2])})
    graphs, labels = dgl.load_graphs(path)
    print(len(graphs), labels)
    print(dgl.load_graphs(path, [2])[0][0].edata[dgl.EID])

h = dgl.heterograph(
    {
        ("user", "follows", "user"): ([0, 1], [1, 2]),
        ("user", "plays", "game"): ([0, 1, 1], [0, 0, 1]),
    }
)
h.nodes["user"].data["age"] = torch.tensor([20, 30, 40])
print(h)
print(h.ntypes, h.etypes, h.num_nodes("game"), h.edges(etype="plays"))
