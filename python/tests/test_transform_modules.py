"""Transforms as objects give what those of DGL 2.1.0 give; see `transform_cases`."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import grapevine
import pytest
import torch

sys.modules.setdefault("dgl", grapevine)
import transform_cases  # noqa: E402

REFERENCE = json.loads((Path(__file__).parent / "reference" / "transforms.json").read_text())
CASES = transform_cases.CASES


def same(got, expected) -> bool:
    """Whether two trees are equal, numbers up to rounding."""
    if isinstance(got, dict):
        return got.keys() == expected.keys() and all(same(got[k], expected[k]) for k in got)
    if isinstance(got, list):
        return len(got) == len(expected) and all(map(same, got, expected))
    if isinstance(got, float):
        return math.isclose(got, expected, rel_tol=1e-4, abs_tol=1e-5)
    return got == expected


def sorted_edges(tree):
    """The tree with edges in order of their ends, for transforms that do not fix the order."""
    for relation in tree["edges"].values():
        (src, dst), columns = relation
        order = sorted(range(len(src)), key=lambda i: (src[i], dst[i]))
        relation[0] = [[ends[i] for i in order] for ends in (src, dst)]
        relation[1] = {name: [column[i] for i in order] for name, column in columns.items()}
    return tree


@pytest.mark.parametrize(
    ("case", "expected"),
    list(zip(CASES, REFERENCE)),
    ids=[f"{name}-{kind}-{i}" for i, (name, _, kind) in enumerate(CASES)],
)
def test_gives_what_dgl_gives(case, expected):
    got = transform_cases.run(*case)
    if case[0] in ("KHopGraph", "AddMetaPaths"):
        got, expected = sorted_edges(got), sorted_edges(expected)
    assert same(got, expected), got


def test_weighted_random_walk_diffusion_gives_zero_where_nothing_arrives():
    g = transform_cases.graph("weighted")
    grapevine.SIGNDiffusion(1, diffuse_op="rw", eweight_name="w")(g)
    rows = [[0, 0, 4 / 9, 5 / 9, 0], [1 / 8, 0, 0, 0, 7 / 8], [2 / 13, 3 / 13, 0, 0, 8 / 13]]
    expected = torch.tensor([*rows, [0, 0, 0, 1, 0], [0.0] * 5])
    assert torch.allclose(g.ndata["out_feat_1"], expected)


def test_encodings():
    g = transform_cases.graph("symmetric")
    grapevine.LapPE(k=2, eigval_name="value")(g)
    assert g.ndata["PE"].shape == (5, 2)
    assert torch.allclose(g.ndata["value"], torch.tensor([[0.691, 0.691]]).expand(5, 2), atol=1e-3)
    grapevine.SVDPE(k=2, random_flip=False)(g)
    assert g.ndata["svd_pe"].shape == (5, 4)
    with pytest.warns(UserWarning, match="LaplacianPE will be deprecated"):
        grapevine.LaplacianPE(k=2)


def test_compose():
    transform = grapevine.Compose([grapevine.AddSelfLoop(), grapevine.RemoveSelfLoop()])
    assert repr(transform) == "Compose([\n  AddSelfLoop(),\n  RemoveSelfLoop()\n])"
    g = transform(transform_cases.graph("plain"))
    assert (g.num_nodes(), g.num_edges()) == (5, 7)


def test_errors():
    with pytest.raises(grapevine.DGLError, match="Expect diffuse_op to be from"):
        grapevine.SIGNDiffusion(2, diffuse_op="nonsense")
    with pytest.raises(KeyError):
        grapevine.FeatMask(node_feat_names=["nonsense"])(transform_cases.graph("plain"))
    with pytest.raises(NotImplementedError):
        grapevine.BaseTransform()(transform_cases.graph("plain"))


def test_input_is_left_alone():
    g = transform_cases.graph("hetero")
    before = transform_cases.result(g)
    for name in ("AddSelfLoop", "AddReverse", "DropNode", "DropEdge", "AddEdge", "NodeShuffle"):
        getattr(grapevine, name)()(g)
    assert transform_cases.result(g) == before
