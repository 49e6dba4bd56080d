"""Measures of how labels and edges agree; the numbers are DGL 2.1.0's."""

from __future__ import annotations

import grapevine as dgl
import pytest
import torch


EXPECTED = {
    "node_homophily": 0.5,
    "edge_homophily": 0.5,
    "linkx_homophily": 0.4166666,
    "adjusted_homophily": 0.1384616,
    "edge_label_informativeness": 0.0391420,
    "node_label_informativeness": 0.0448887,
}


@pytest.mark.parametrize("idtype", [torch.int32, torch.int64])
def test_measures(idtype):
    g = dgl.graph(([0, 1, 1, 2, 3, 4, 4, 5], [1, 0, 2, 3, 1, 5, 0, 2]), idtype=idtype)
    y = torch.tensor([0, 0, 1, 1, 2, 2])
    got = {name: getattr(dgl, name)(g, y) for name in EXPECTED}
    assert got == pytest.approx(EXPECTED, abs=1e-6)
    assert sorted(g.edata) == sorted(g.ndata) == []
