"""Cases for transforms, and what they give, as JSON.

`python transform_cases.py > reference/transforms.json` under DGL 2.1.0 records its results.
"""

from __future__ import annotations

import json
import warnings
from typing import Any

import dgl
import torch

FOLLOWS, PLAYS = ("user", "follows", "user"), ("user", "plays", "game")


def graph(kind: str) -> Any:
    """One of the graphs: "plain", "weighted", "symmetric" or "hetero"."""
    if kind == "hetero":
        g = dgl.heterograph(
            {FOLLOWS: ([0, 1, 2, 3, 3], [1, 2, 3, 3, 0]), PLAYS: ([0, 1, 2, 2], [0, 0, 1, 2])}
        )
        g.nodes["user"].data["h"] = torch.arange(8.0).view(4, 2) + 1
        g.nodes["game"].data["h"] = torch.arange(6.0).view(3, 2).flip(0)
        g.edges["follows"].data["e"] = torch.arange(10.0).view(5, 2)
        g.edges["plays"].data["e"] = torch.arange(8.0).view(4, 2)
        return g
    src, dst = [0, 0, 1, 2, 3, 3, 4, 4], [1, 2, 2, 0, 0, 3, 1, 2]
    if kind == "symmetric":
        src, dst = [0, 1, 1, 2, 2, 3, 3, 4, 4, 0], [1, 0, 2, 1, 3, 2, 4, 3, 0, 4]
    g = dgl.graph((src, dst), num_nodes=5)
    g.ndata["h"] = torch.arange(10.0).view(5, 2) + 1
    g.ndata["feat"] = torch.eye(5)
    g.edata["e"] = torch.arange(2.0 * len(src)).view(-1, 2)
    if kind == "weighted":
        g.edata["w"] = torch.arange(1.0, len(src) + 1) / 4
    return g


NAMES = {"node_feat_names": ["h"], "edge_feat_names": ["e"]}
PATHS = {"metapaths": {"likes": [FOLLOWS, PLAYS]}}
CASES: list[tuple[str, dict[str, Any], str]] = [
    *(
        (name, options, kind)
        for kind in ("weighted", "hetero")
        for name, options in (
            ("RowFeatNormalizer", NAMES),
            ("RowFeatNormalizer", {"subtract_min": True, **NAMES}),
            ("FeatMask", {"p": 0.5, **NAMES}),
            ("AddSelfLoop", {}),
            ("AddSelfLoop", {"allow_duplicate": True, "new_etypes": True}),
            ("RemoveSelfLoop", {}),
            ("AddReverse", {}),
            ("AddReverse", {"copy_edata": True}),
            ("AddReverse", {"copy_edata": True, "sym_new_etype": True}),
            ("ToSimple", {}),
            ("NodeShuffle", {}),
            ("DropNode", {"p": 0.4}),
            ("DropEdge", {"p": 0.4}),
            ("DropEdge", {"p": 0}),
            ("AddEdge", {"ratio": 0.5}),
            ("GCNNorm", {}),
        )
    ),
    *((name, {}, kind) for kind in ("plain", "symmetric") for name in ("GCNNorm", "ToLevi")),
    ("AddMetaPaths", PATHS, "hetero"),
    ("AddMetaPaths", {"keep_orig_edges": False, **PATHS}, "hetero"),
    ("LineGraph", {}, "plain"),
    ("LineGraph", {"backtracking": False}, "symmetric"),
    ("KHopGraph", {"k": 2}, "plain"),
    ("RandomWalkPE", {"k": 3}, "symmetric"),
    ("RandomWalkPE", {"k": 3, "eweight_name": "w"}, "weighted"),
    *(
        (name, {**options, **most}, kind)
        for kind, most in (
            ("plain", {"eps": 0.05}),
            ("symmetric", {"eps": 0.05}),
            ("weighted", {"eps": 0.05}),
            ("weighted", {"avg_degree": 2}),
        )
        for name, options in (
            ("PPR", {}),
            ("HeatKernel", {}),
            ("GDC", {"coefs": [0.3, 0.2, 0.1]}),
        )
    ),
    *(
        ("SIGNDiffusion", {"k": 2, "diffuse_op": diffuse, "eweight_name": weight}, kind)
        for diffuse in ("raw", "rw", "gcn", "ppr")
        for weight, kind in ((None, "plain"), (None, "weighted"), ("w", "weighted"))
        if (diffuse, weight) != ("rw", "w")  # gives nan where nothing arrives
    ),
]


def result(g: Any) -> dict[str, Any]:
    """A graph as plain numbers."""

    def columns(data: Any) -> dict[str, Any]:
        return {name: data[name].tolist() for name in sorted(data.keys())}

    return {
        "nodes": {
            ntype: [g.num_nodes(ntype), columns(g.nodes[ntype].data)] for ntype in g.ntypes
        },
        "edges": {
            "/".join(etype): [
                [ends.tolist() for ends in g.edges(etype=etype)],
                columns(g.edges[etype].data),
            ]
            for etype in g.canonical_etypes
        },
    }


def run(name: str, options: dict[str, Any], kind: str) -> dict[str, Any]:
    """What a transform makes of a graph."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return result(getattr(dgl, name)(**options)(graph(kind)))


if __name__ == "__main__":
    print(json.dumps([run(*case) for case in CASES]))
