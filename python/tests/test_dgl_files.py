"""Files that DGL wrote are read; damaged ones are refused.

`reference/graphs_of_dgl_2_1.bin` holds four graphs that DGL 2.1.0 saved: a homogeneous one by
edges, one of three relations, and the first one again by source and by destination.
"""

from __future__ import annotations

import random
import struct
from pathlib import Path

import grapevine as dgl
import pytest
import torch
from grapevine.data.utils import load_labels, load_tensors

REFERENCE = Path(__file__).parent / "reference"
GRAPHS = REFERENCE / "graphs_of_dgl_2_1.bin"


def test_graphs():
    graphs, labels = dgl.load_graphs(str(GRAPHS))
    assert labels["y"].tolist() == [1.5, 2.0] and labels["z"].tolist() == [[1, 2]]
    for place, form in ((0, "coo"), (2, "csr"), (3, "csc")):
        g = graphs[place]
        assert [ends.tolist() for ends in g.edges()] == [[0, 1, 1, 3], [1, 2, 0, 0]]
        assert g.num_nodes() == 5 and form in g.formats()["created"]
        assert torch.equal(g.ndata["x"], torch.arange(10.0).view(5, 2))
        assert g.edata["m"].tolist() == [1, 0, 1, 1] and g.edata["h"].dtype == torch.float16
    h = graphs[1]
    assert (h.ntypes, h.etypes) == (["dev", "game", "user"], ["makes", "follows", "plays"])
    assert h.idtype == torch.int32 and [h.num_nodes(t) for t in h.ntypes] == [2, 3, 4]
    assert [ends.tolist() for ends in h.edges(etype="plays")] == [[0, 1, 1], [0, 0, 1]]
    assert h.edges["plays"].data["w"].tolist() == [1, 2, 3]
    assert h.nodes["user"].data["a"].shape == (4, 2, 2)


def test_some_graphs_and_labels_alone():
    (one,), labels = dgl.load_graphs(GRAPHS, [1])
    assert one.num_edges("plays") == 3 and sorted(labels) == ["y", "z"]
    assert sorted(load_labels(str(GRAPHS))) == ["y", "z"]
    with pytest.raises(dgl.DGLError, match="no graph 4: there are 4"):
        dgl.load_graphs(str(GRAPHS), [4])


def test_tensors():
    tensors = load_tensors(str(REFERENCE / "tensors_of_dgl_2_1.bin"))
    assert tensors["a"].tolist() == [0, 1, 2] and tensors["b"].shape == (2, 2)


def _tensor(values: list, code: int, form: str) -> bytes:
    data = struct.pack(f"<{len(values)}{form}", *values)
    bits = 8 * struct.calcsize(form)
    head = struct.pack("<QQiiiBBH", 0xDD5E40F096B4A13F, 0, 1, 0, 1, code, bits, 1)
    return head + struct.pack("<qq", len(values), len(data)) + data


def _columns(**columns: list) -> bytes:
    parts = [struct.pack("<Q", len(columns))]
    for name, values in columns.items():
        parts += [struct.pack("<Q", len(name)), name.encode(), _tensor(values, 2, "f")]
    return b"".join(parts)


def test_graphs_of_version_1(tmp_path):
    graph = b"".join(
        (
            *(_tensor(ids, 0, "q") for ids in ([0, 1, 1, 3], [2, 0, 1], [1, 0, 2])),
            _columns(x=[1.0, 2.0, 3.0]),
            _columns(w=[4.0, 5.0, 6.0]),
        )
    )
    labels = _columns(label=[7.0])
    start = 4096 + 8 + 3 * 16 + len(labels)
    header = struct.pack("<QQQ", 0xDD2E4FF046B4A13F, 1, 1).ljust(4096, b"\0")
    table = struct.pack("<QQqQqQq", 1, 1, start, 1, 3, 1, 3)
    file = tmp_path / "old.bin"
    file.write_bytes(header + table + labels + graph)
    (g,), read = dgl.load_graphs(str(file))
    assert [ends.tolist() for ends in g.edges()] == [[0, 2, 1], [2, 0, 2]]
    assert g.ndata["x"].tolist() == [1, 2, 3] and g.edata["w"].tolist() == [4, 5, 6]
    assert read["label"].tolist() == [7]


def test_damaged_files_are_refused(tmp_path):
    original = GRAPHS.read_bytes()
    file = tmp_path / "damaged.bin"
    numbers = random.Random(0)
    for length in (8, 20, 4096, 5000, len(original) - 1):
        file.write_bytes(original[:length])
        with pytest.raises(dgl.DGLError, match="damaged.bin"):
            dgl.load_graphs(str(file))
    for _ in range(400):
        data = bytearray(original)
        for _ in range(numbers.randint(1, 4)):
            place = numbers.randrange(16, len(data))
            data[place] = numbers.choice([0, 255, numbers.randrange(256)])
        file.write_bytes(data)
        try:
            dgl.load_graphs(str(file))
        except dgl.DGLError as error:
            assert str(error).startswith(str(file))
