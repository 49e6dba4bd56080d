"""The data sets of graphs with labels: of the paper on GIN, and of TU Dortmund."""

from __future__ import annotations

import hashlib
from pathlib import Path

import grapevine as dgl
import pytest
import stand_ins
import torch
from grapevine import data


@pytest.fixture
def downloads(tmp_path, monkeypatch) -> Path:
    """An own folder for downloads."""
    monkeypatch.setenv("DGL_DOWNLOAD_DIR", str(tmp_path))
    return tmp_path


def _tu_folder(downloads: Path) -> Path:
    address = "https://www.chrsmrrs.com/graphkerneldatasets/TOY.zip"
    return downloads / f"TOY_{hashlib.sha1(address.encode()).hexdigest()[:8]}" / "TOY"


def test_gin(downloads):
    stand_ins.write_gin(downloads)
    dataset = data.GINDataset("PROTEINS", self_loop=True)
    g, label = dataset[1]
    assert (len(dataset), dataset.num_classes, dataset.dim_nfeats) == (120, 2, 3)
    assert label == 1 and label.dtype == torch.int64
    assert sorted(g.ndata) == ["attr", "label"]
    assert (g.num_edges(), dataset.n) == (3 * g.num_nodes() - 2, _total(dataset))
    # Labels 0, 1 and 2 of the file become numbers by first appearance, and columns by those twice.
    numbers = dataset.nlabel_dict
    assert sorted(numbers) == [0, 1, 2]
    columns = torch.tensor([numbers[int(label)] for label in g.ndata["label"]])
    assert torch.equal(g.ndata["attr"].argmax(1), columns)
    degrees = data.GINDataset("PROTEINS", self_loop=False, degree_as_nlabel=True)
    assert torch.equal(degrees[1][0].ndata["label"], degrees[1][0].in_degrees())


def _write_gin_lines(downloads, *lines: str) -> None:
    file = downloads / "GINDataset" / "dataset" / "TOY" / "TOY.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("nodes", "columns", "width"),
    [
        # Degrees 4, 1, 1, 1, 0 are not 0, 1, ...: a column for each value.
        (["0 3 1 2 3", "0 1 0", "0 1 0", "0 1 0", "0 1 0"], [2, 1, 1, 1, 0], 3),
        # Degrees 1, 1, 0 are, and are labels too: the labels 1, 0, 5 have the numbers 0, 1, 2.
        (["1 1 1", "0 1 0", "5 0"], [0, 0, 1], 3),
        # Degrees 1, 1, 0 are, but 0 is no label: a column for each value.
        (["1 1 1", "1 1 0", "1 0"], [1, 1, 0], 2),
    ],
)
def test_gin_degrees_have_the_columns_that_dgl_gives_them(downloads, nodes, columns, width):
    _write_gin_lines(downloads, "1", f"{len(nodes)} 0", *nodes)
    dataset = data.GINDataset("TOY", self_loop=False, degree_as_nlabel=True)
    attr = dataset[0][0].ndata["attr"]
    assert (attr.shape, dataset.dim_nfeats) == ((len(nodes), width), width)
    assert attr.argmax(1).tolist() == columns
    assert (attr.sum(1) == 1).all()


def test_gin_takes_more_than_a_thousand_degrees(downloads):
    size = 1100  # node i is a neighbour of the nodes 0 to i
    lines = (" ".join(map(str, ["0", size - node, *range(node, size)])) for node in range(size))
    _write_gin_lines(downloads, "2", f"{size} 1", *lines, "1 0", "0 0")
    dataset = data.GINDataset("TOY", self_loop=False, degree_as_nlabel=True)
    g = dataset[0][0]
    assert g.in_degrees().tolist() == list(range(1, size + 1))
    assert dataset.dim_nfeats == size + 1  # 0, too
    assert len(g.ndata["attr"].argmax(1).unique()) == size
    # Without labels that say something, there is one column.
    plain = data.GINDataset("TOY", self_loop=False)
    assert plain[0][0].ndata["attr"].tolist() == [[1.0]] * size


def test_tu_takes_more_than_a_thousand_degrees(downloads):
    folder = _tu_folder(downloads)
    folder.mkdir(parents=True)
    size = 1100
    edges = (f"{src}, {dst}" for dst in range(1, size + 1) for src in range(1, dst + 1))
    (folder / "TOY_A.txt").write_text("\n".join(edges) + "\n")
    (folder / "TOY_graph_indicator.txt").write_text("1\n" * size)
    (folder / "TOY_graph_labels.txt").write_text("1\n")
    g, label = data.TUDataset("TOY")[0]
    assert (g.num_nodes(), label.tolist(), sorted(g.ndata)) == (size, [0], ["_ID"])
    legacy, _ = data.LegacyTUDataset("TOY")[0]
    assert torch.equal(legacy.ndata["feat"], torch.ones(size, 10))


def _total(dataset) -> int:
    return sum(g.num_nodes() for g, _ in dataset)


def test_tu(downloads):
    folder = _tu_folder(downloads)
    stand_ins.write_tu(folder)
    dataset = data.TUDataset("TOY")
    assert (len(dataset), dataset.num_classes, dataset.max_num_node) == (2, 2, 3)
    g, label = dataset[1]
    assert label.tolist() == [0] and dataset[0][1].tolist() == [1]
    assert g.ndata["node_labels"].tolist() == [[2], [0]]
    assert g.ndata["node_attr"].dtype == torch.float64
    assert g.ndata[dgl.NID].tolist() == [3, 4] and g.edata[dgl.EID].tolist() == [4, 5]
    assert sorted(g.edata) == ["_ID", "edge_attr", "edge_labels"]
    legacy = data.LegacyTUDataset("TOY", max_allow_node=2)
    assert (len(legacy), legacy[0][1].item(), legacy.statistics()) == (1, 0, (2, 3, 2))
    assert sorted(legacy[0][0].ndata) == ["feat"]
