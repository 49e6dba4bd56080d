"""Writes a graph convolution with message passing, in built-in functions and in Python's."""

import dgl
import dgl.function as fn
import torch
import torch.nn as nn

torch.manual_seed(0)
g = dgl.graph(([0, 1, 2, 2, 3, 3], [1, 2, 0, 3, 0, 2]))
g.ndata["feat"] = torch.randn(4, 5)
g.edata["w"] = torch.rand(6, 1)


class SAGEConv(nn.Module):
    def __init__(self, in_feat, out_feat):
        super().__init__()
        self.linear = nn.Linear(in_feat * 2, out_feat)

    def forward(self, g, h):
        with g.local_scope():
            g.ndata["h"] = h
            g.update_all(message_func=fn.copy_u("h", "m"), reduce_func=fn.mean("m", "h_N"))
            return self.linear(torch.cat([h, g.ndata["h_N"]], dim=1))


class WeightedSAGEConv(SAGEConv):
    def forward(self, g, h, w):
        with g.local_scope():
            g.ndata["h"] = h
            g.edata["w"] = w
            g.update_all(fn.u_mul_e("h", "w", "m"), fn.mean("m", "h_N"))
            return self.linear(torch.cat([h, g.ndata["h_N"]], dim=1))


class WithPythonFunctions(SAGEConv):
    def forward(self, g, h, w):
        def message(edges):
            return {"m": edges.src["h"] * edges.data["w"]}

        def reduce(nodes):
            return {"h_N": nodes.mailbox["m"].mean(1)}

        with g.local_scope():
            g.ndata["h"] = h
            g.edata["w"] = w
            g.update_all(message, reduce)
            return self.linear(torch.cat([h, g.ndata["h_N"]], dim=1))


def by_hand(conv, h, w):
    src, dst = g.edges()
    total = torch.zeros_like(h).index_add(0, dst, h[src] * w)
    mean = total / g.in_degrees().clamp(min=1).unsqueeze(1)
    return conv.linear(torch.cat([h, mean], dim=1))


h = g.ndata["feat"].requires_grad_()
w = g.edata["w"]
for kind, weights in ((SAGEConv, None), (WeightedSAGEConv, w), (WithPythonFunctions, w)):
    conv = kind(5, 3)
    out = conv(g, h) if weights is None else conv(g, h, weights)
    expected = by_hand(conv, h, torch.ones_like(w) if weights is None else weights)
    (gradient,) = torch.autograd.grad(out.square().sum(), h, retain_graph=True)
    (reference,) = torch.autograd.grad(expected.square().sum(), h)
    same = torch.allclose(out, expected, atol=1e-6), torch.allclose(gradient, reference, atol=1e-5)
    print(kind.__name__, tuple(out.shape), same)
print("left in the graph:", sorted(g.ndata), sorted(g.edata))
