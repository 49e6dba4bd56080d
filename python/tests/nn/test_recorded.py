"""Every layer gives the numbers that DGL's gave, on whole graphs, blocks and pairs."""

import copy
import pickle

import pytest
import torch
from layers import MAKE, call
from recorded import cases, expect, load

CASES = [
    pytest.param(file, case, id=f"{file}: {case.name}") for file in MAKE for case in cases(file)
]


@pytest.mark.filterwarnings("ignore:ChebConv")
@pytest.mark.parametrize(("file", "case"), CASES)
def test_gives_dgls_numbers(file, case):
    layer = load(MAKE[file](case), case)
    expect(case, call(file, layer, case))
    if case.graph is not None:
        assert not case.graph.srcdata and not case.graph.dstdata and not case.graph.edata


def first_of_each_layer():
    """A case of each layer, the one with most parameters."""
    chosen = {}
    for file in MAKE:
        for case in cases(file):
            key = (file, case.layer or case.name.split()[0] if file == "pooling" else case.layer)
            if key not in chosen or len(case.parameters) > len(chosen[key].parameters):
                chosen[key] = case
    return [pytest.param(key[0], case, id=f"{key[0]}: {case.name}") for key, case in chosen.items()]


@pytest.mark.filterwarnings("ignore:ChebConv")
@pytest.mark.parametrize(("file", "case"), first_of_each_layer())
def test_survives_pickling_and_deepcopy(file, case):
    layer = load(MAKE[file](case), case)
    for other in (pickle.loads(pickle.dumps(layer)), copy.deepcopy(layer)):
        expect(case, call(file, other, case))
        assert repr(other) == repr(layer)


@pytest.mark.filterwarnings("ignore:ChebConv")
@pytest.mark.parametrize(("file", "case"), first_of_each_layer())
def test_gives_finite_gradients(file, case):
    layer = load(MAKE[file](case), case)
    output = call(file, layer, case)
    outputs = output if isinstance(output, tuple) else (output,)
    if list(layer.parameters()):
        sum(value.square().sum() for value in outputs).backward()
        gradients = {name: p.grad for name, p in layer.named_parameters() if p.grad is not None}
        assert gradients and all(torch.isfinite(grad).all() for grad in gradients.values())
