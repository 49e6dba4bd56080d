"""Operators as `torch.ops.grapevine` has them: PyTorch's checks, and programs that compile."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch import Tensor

import grapevine as dgl
from grapevine import nn

NUM_SRC, NUM_DST, NUM_EDGES = 7, 5, 11
ops = torch.ops.grapevine


def edges(dtype=torch.int64) -> tuple[Tensor, Tensor]:
    """Edges with a node without in-edges and parallel ones."""
    src = torch.tensor([0, 0, 1, 2, 3, 3, 4, 5, 2, 6, 6], dtype=dtype)
    dst = torch.tensor([1, 1, 2, 0, 2, 4, 4, 0, 2, 1, 1], dtype=dtype)
    return src, dst


def features(rows: int, *shape: int, grad: bool = True) -> Tensor:
    """Random features in float64."""
    generator = torch.Generator().manual_seed(rows + len(shape))
    values = torch.rand(rows, *shape, generator=generator, dtype=torch.float64) + 0.1
    return values.requires_grad_(grad)


def operand(target: str, *shape: int) -> Tensor:
    """Features of u, v or e."""
    return features({"u": NUM_SRC, "v": NUM_DST, "e": NUM_EDGES}[target], *shape)


SIZES = (NUM_SRC, NUM_DST)
COO_CALLS = {
    "gspmm_coo copy_u sum": lambda: (*SIZES, "copy_u", "sum", operand("u", 2, 3)),
    "gspmm_coo copy_u max": lambda: (*SIZES, "copy_u", "max", operand("u", 2, 3)),
    "gspmm_coo copy_e mean": lambda: (*SIZES, "copy_e", "mean", operand("e", 3)),
    "gspmm_coo u_mul_e sum": lambda: (
        *SIZES,
        "u_mul_e",
        "sum",
        operand("u", 2, 3),
        operand("e", 2, 1),
    ),
    "gspmm_coo u_div_e mean": lambda: (*SIZES, "u_div_e", "mean", operand("u"), operand("e")),
    "gspmm_coo u_dot_v min": lambda: (
        *SIZES,
        "u_dot_v",
        "min",
        operand("u", 2, 3),
        operand("v", 2, 3),
    ),
    "gspmm_coo u_mul_e max": lambda: (*SIZES, "u_mul_e", "max", operand("u", 3), operand("e", 1)),
    "gsddmm_coo u_add_v": lambda: (*SIZES, "u_add_v", operand("u", 2, 1), operand("v", 2, 1)),
    "gsddmm_coo e_sub_v": lambda: (*SIZES, "e_sub_v", operand("e", 1), operand("v", 3)),
    "gsddmm_coo u_dot_v": lambda: (*SIZES, "u_dot_v", operand("u", 3), operand("v", 3)),
    "gsddmm_coo copy_e": lambda: (*SIZES, "copy_e", operand("e", 3)),
    "edge_softmax_coo dst": lambda: (*SIZES, operand("e", 2, 1)),
    "edge_softmax_coo src": lambda: (*SIZES, operand("e", 2, 1), "src"),
    "contract_coo product": lambda: (
        *SIZES,
        "u_mul_e->sum_v",
        operand("u", 2, 3),
        operand("e", 2, 1),
        [2, 3],
    ),
    "contract_coo mean": lambda: (*SIZES, "copy_e->mean_v", operand("e", 3), None, [3]),
    "extremum_coo": lambda: (*SIZES, "copy_u->max_v", operand("u", 2, 3), None, [2, 3]),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("name", COO_CALLS)
@pytest.mark.parametrize("dtype", [torch.int64, torch.int32])
def test_passes_pytorchs_checks(name: str, dtype: torch.dtype):
    operator = getattr(ops, name.split()[0]).default
    torch.library.opcheck(operator, (*edges(dtype), *COO_CALLS[name]()))


def edge_index() -> torch.ScriptObject:
    """The same edges as one object."""
    return torch.classes.grapevine.EdgeIndex(*edges(), *SIZES)


LENGTHS, INDEX = [2, 0, 5], [1, 0, 2, 1, 1, 0, 2]
OTHER_CALLS = {
    "contract": lambda: (edge_index(), "u_mul_e->sum_v", operand("u", 3), operand("e", 3), [3]),
    "contract mean": lambda: (edge_index(), "copy_e->mean_u", operand("e", 2, 3), None, [2, 3]),
    "extremum": lambda: (edge_index(), "copy_u->max_v", operand("u", 3), None, [3], True),
    "extremum values": lambda: (
        edge_index(),
        "u_mul_e->min_v",
        operand("u", 3),
        operand("e", 1),
        [3],
        False,
    ),
    "edge_softmax": lambda: (edge_index(), operand("e", 3)),
    "edge_softmax src": lambda: (edge_index(), operand("e", 3), "src"),
    "edge_index_coo": lambda: (edge_index(), operand("e", 3)),
    "gspmm": lambda: (edge_index(), "u_mul_e", "mean", operand("u", 3), operand("e", 3)),
    "gspmm max": lambda: (edge_index(), "copy_u", "max", operand("u", 3)),
    "gsddmm": lambda: (edge_index(), "u_dot_v", operand("u", 3), operand("v", 3)),
    "gsddmm itself": lambda: (edge_index(), "copy_e", operand("e", 3)),
    "segment_reduce": lambda: (torch.tensor(LENGTHS), operand("u", 3), "max"),
    "segment_reduce mean": lambda: (torch.tensor(LENGTHS), operand("u", 2, 3), "mean"),
    "segment_softmax": lambda: (torch.tensor(LENGTHS), operand("u", 3)),
    "segment_mm": lambda: (operand("u", 3), features(3, 3, 2), torch.tensor(LENGTHS)),
    "segment_mm_weight": lambda: (operand("u", 3), operand("u", 2), torch.tensor(LENGTHS)),
    "gather_mm": lambda: (operand("u", 3), features(3, 3, 2), torch.tensor(INDEX)),
    "coo_to_csr": lambda: (torch.tensor(INDEX), torch.tensor(INDEX), 3),
    "segment_topk": lambda: (torch.tensor(LENGTHS), operand("u", 3), 2),
    "segment_topk rows": lambda: (torch.tensor(LENGTHS), operand("u", 3), 2, False, 1),
}


@pytest.mark.filterwarnings("ignore:The .grad attribute")
@pytest.mark.parametrize("name", OTHER_CALLS)
def test_operators_on_objects_and_segments_pass_pytorchs_checks(name: str):
    torch.library.opcheck(getattr(ops, name.split()[0]).default, OTHER_CALLS[name]())


def test_no_operator_is_left_out():
    checked = {name.split()[0] for name in (*COO_CALLS, *OTHER_CALLS)}
    registered = {
        name.partition("::")[2].partition(".")[0]
        for name in torch._C._dispatch_get_all_op_names()
        if name.startswith("grapevine::")
    }
    assert registered == checked


def test_an_edge_index_is_copied_and_pickled():
    index = edge_index()
    for other in (copy.deepcopy(index), pickle.loads(pickle.dumps(index))):
        assert (other.num_src(), other.num_dst(), other.num_edges()) == (*SIZES, NUM_EDGES)
        assert all(torch.equal(a, b) for a, b in zip(other.coo(), index.coo()))


def test_an_edge_index_is_a_sequence_of_edges():
    index = edge_index()
    assert list(index) == list(zip(*(ends.tolist() for ends in edges())))
    assert len(index) == NUM_EDGES
    assert index[-1] == (6, 1)
    with pytest.raises(IndexError, match="edge 11 is out of range; there are 11"):
        index[NUM_EDGES]
    assert index == index
    assert index != edge_index()


def test_an_edge_index_is_no_input_of_a_compiled_program():
    # PyTorch would keep the first object and not notice another: an error is better.
    torch._dynamo.reset()
    compiled = torch.compile(
        lambda index, feat: ops.gspmm(index, "copy_u", "sum", feat),
        fullgraph=True,
        backend="aot_eager",
    )
    with pytest.raises(torch._dynamo.exc.TorchDynamoException):
        compiled(edge_index(), operand("u", 3))


COMPARED = [name for name in COO_CALLS if name[0] == "g" and "dot_v min" not in name]


@pytest.mark.parametrize("name", COMPARED)
def test_equals_the_operator_of_graphs(name: str):
    operator, message, *reduce = name.split()
    graph = dgl.create_block(edges(), num_src_nodes=NUM_SRC, num_dst_nodes=NUM_DST)
    arguments = COO_CALLS[name]()
    inputs = [argument for argument in arguments if isinstance(argument, Tensor)]
    output = getattr(ops, operator)(*edges(), *arguments)
    expected = getattr(dgl.ops, "_".join([message, *reduce]))(graph, *inputs)
    has_in_edges = graph.in_degrees() > 0 if reduce else slice(None)
    torch.testing.assert_close(output[has_in_edges], expected[has_in_edges])
    gradients = torch.autograd.grad(output.square().sum(), inputs)
    again = torch.autograd.grad(expected[has_in_edges].square().sum(), inputs)
    for gradient, value in zip(gradients, again):
        torch.testing.assert_close(gradient, value)


@pytest.mark.parametrize("name", [name for name in COO_CALLS if "contract" not in name])
def test_gradients_are_those_of_differences(name: str):
    operator, arguments = getattr(ops, name.split()[0]), COO_CALLS[name]()
    places = [i for i, argument in enumerate(arguments) if isinstance(argument, Tensor)]

    def call(*inputs: Tensor) -> Tensor:
        filled = list(arguments)
        for place, value in zip(places, inputs):
            filled[place] = value
        output = operator(*edges(), *filled)
        return output[0] if isinstance(output, tuple) else output

    inputs = [arguments[place] for place in places]
    assert torch.autograd.gradcheck(call, inputs)
    if "max" not in name and "min" not in name and "extremum" not in name:
        assert torch.autograd.gradgradcheck(call, inputs)


def test_edges_are_checked():
    src, dst = edges()
    feat = operand("u", 3)
    for arguments, words in (
        ((src, dst, NUM_SRC, 3), "dst: 4 is out of range"),
        ((src - 1, dst, *SIZES), "src: -1 is out of range"),
        ((src, dst[1:], *SIZES), "one length"),
        ((src, dst.int(), *SIZES), "one dtype"),
        ((src.double(), dst, *SIZES), "src: expected int32 or int64"),
    ):
        with pytest.raises(Exception, match=words):
            ops.gspmm_coo(*arguments, "copy_u", "sum", feat)
    with pytest.raises(Exception, match="expected 7 rows, got 6"):
        ops.gspmm_coo(src, dst, *SIZES, "copy_u", "sum", feat[1:])


class GraphSAGE(torch.nn.Module):
    """Two layers over index tensors."""

    def __init__(self, aggregator: str) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(
            nn.SAGEConv(*size, aggregator) for size in ((6, 8), (8, 3))
        )
        self.pool = aggregator == "pool"

    def forward(self, src: Tensor, dst: Tensor, feat: Tensor) -> Tensor:
        """``[n, 6]`` to ``[n, 3]``."""
        h, num_nodes = feat, feat.shape[0]
        for i, layer in enumerate(self.layers):
            message = torch.relu(layer.fc_pool(h)) if self.pool else h
            reduce = "max" if self.pool else "mean"
            neigh = ops.gspmm_coo(src, dst, num_nodes, num_nodes, "copy_u", reduce, message)
            h = layer.fc_self(h) + layer.fc_neigh(neigh)
            h = torch.relu(h) if i == 0 else h
        return h

    def on_graph(self, graph, feat: Tensor) -> Tensor:
        """The same with the layers' own forward."""
        return self.layers[1](graph, torch.relu(self.layers[0](graph, feat)))


class GAT(torch.nn.Module):
    """Two layers over index tensors."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList([nn.GATConv(6, 4, 2), nn.GATConv(8, 3, 1)])

    def forward(self, src: Tensor, dst: Tensor, feat: Tensor) -> Tensor:
        """``[n, 6]`` to ``[n, 3]``."""
        h, sizes = feat, (feat.shape[0], feat.shape[0])
        for i, layer in enumerate(self.layers):
            heads = layer.fc(h).unflatten(-1, layer.attn_l.shape[1:])
            left = (heads * layer.attn_l).sum(-1, keepdim=True)
            right = (heads * layer.attn_r).sum(-1, keepdim=True)
            score = ops.gsddmm_coo(src, dst, *sizes, "u_add_v", left, right)
            score = torch.nn.functional.leaky_relu(score, 0.2)
            attention = ops.edge_softmax_coo(src, dst, *sizes, score)
            h = ops.gspmm_coo(src, dst, *sizes, "u_mul_e", "sum", heads, attention)
            h = (h.flatten(1) + layer.bias).relu() if i == 0 else h.mean(1) + layer.bias
        return h

    def on_graph(self, graph, feat: Tensor) -> Tensor:
        """The same with the layers' own forward."""
        return self.layers[1](graph, self.layers[0](graph, feat).flatten(1).relu()).mean(1)


def ring(num_nodes: int) -> tuple[Tensor, Tensor]:
    """Each node to itself and to the next three."""
    src = torch.arange(num_nodes).repeat(4)
    return src, (src + torch.arange(4).repeat_interleave(num_nodes)) % num_nodes


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize(
    "make", [lambda: GraphSAGE("mean"), lambda: GraphSAGE("pool"), GAT], ids=["mean", "pool", "gat"]
)
def test_models_compile_as_one_graph(make, dynamic: bool):
    torch.manual_seed(0)
    torch._dynamo.reset()
    model = make()
    compiled = torch.compile(model, fullgraph=True, dynamic=dynamic, backend="aot_eager")
    for num_nodes in (12, 17) if dynamic else (12,):
        src, dst = ring(num_nodes)
        feat = torch.rand(num_nodes, 6)
        outputs = []
        for run in (
            lambda: compiled(src, dst, feat),
            lambda: model(src, dst, feat),
            lambda: model.on_graph(dgl.graph((src, dst), num_nodes=num_nodes), feat),
        ):
            model.zero_grad()
            output = run()
            output.square().sum().backward()
            gradients = [parameter.grad.clone() for parameter in model.parameters()]
            outputs.append([output.detach(), *gradients])
        for other in outputs[1:]:
            torch.testing.assert_close(outputs[0], other)


def test_a_model_compiles_with_the_default_backend():
    torch.manual_seed(0)
    torch._dynamo.reset()
    model, (src, dst), feat = GAT(), ring(12), torch.rand(12, 6)
    compiled = torch.compile(model, fullgraph=True)
    torch.testing.assert_close(compiled(src, dst, feat), model(src, dst, feat))
