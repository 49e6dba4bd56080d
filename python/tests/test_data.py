"""Data sets: the base classes, the known ones on stand-in files, and what helps to make one."""

from __future__ import annotations

import hashlib
import os
import pickle
import tarfile
import zipfile

import grapevine as dgl
import numpy as np
import pytest
import scipy.sparse as sp
import stand_ins
import torch
from grapevine import DGLError, data
from grapevine.data import utils
from grapevine.data.restricted_pickle import read_pickle


@pytest.fixture(autouse=True)
def downloads(tmp_path, monkeypatch):
    """An own folder for downloads, and no network."""
    monkeypatch.setenv("DGL_DOWNLOAD_DIR", str(tmp_path / "downloads"))
    monkeypatch.setenv("DGL_REPO", "http://127.0.0.1:9/")
    return tmp_path / "downloads"


class Recorder(data.DGLDataset):
    """Notes what is called."""

    def __init__(self, cached=False, broken=False, **options):
        self.calls = []
        self.cached, self.broken = cached, broken
        super().__init__("recorder", **options)

    def download(self):
        self.calls.append("download")

    def process(self):
        self.calls.append("process")

    def save(self):
        self.calls.append("save")

    def load(self):
        self.calls.append("load")
        if self.broken:
            raise ValueError("broken cache")

    def has_cache(self):
        return self.cached

    def __getitem__(self, idx):
        return idx

    def __len__(self):
        return 3


@pytest.mark.parametrize(
    ("options", "calls"),
    [
        ({}, ["download", "process", "save"]),
        ({"cached": True}, ["load"]),
        ({"cached": True, "force_reload": True}, ["download", "process", "save"]),
        ({"cached": True, "broken": True}, ["load", "download", "process", "save"]),
    ],
)
def test_life_cycle(options, calls):
    assert Recorder(**options).calls == calls


def test_raw_path_that_is_there_is_not_downloaded(downloads):
    (downloads / "recorder").mkdir(parents=True)
    assert Recorder().calls == ["process", "save"]


def test_dataset_properties(downloads, tmp_path):
    plain = Recorder()
    assert repr(plain) == f'Dataset("recorder", num_graphs=3, save_path={downloads}/recorder)'
    assert (plain.hash, Recorder(hash_key=(10, False, True)).hash) == ("f9065fa7", "a770b222")
    assert plain.raw_dir == plain.save_dir == str(downloads)
    url = "http://127.0.0.1:9/x.zip"
    other = Recorder(url=url, raw_dir=str(tmp_path / "a"), save_dir=str(tmp_path / "b"))
    digest = hashlib.sha1(url.encode()).hexdigest()[:8]
    assert other.raw_path == str(tmp_path / "a" / f"recorder_{digest}")
    assert other.save_path == str(tmp_path / "b" / f"recorder_{digest}")
    assert other.url == url and not other.verbose


def test_minimal_dataset_of_ones_own():
    class Own(data.DGLDataset):
        def __init__(self):
            super().__init__(name="own")

        def process(self):
            self.graph = dgl.graph(([0, 1], [1, 2]))

        def __getitem__(self, i):
            return self.graph

        def __len__(self):
            return 1

    assert Own()[0].num_edges() == 2


def test_missing_files_are_named(downloads):
    for make, place in (
        (data.CoraGraphDataset, "cora_v2_"),
        (lambda: data.GINDataset("MUTAG", False), "GINDataset/dataset/MUTAG/MUTAG.txt"),
        (lambda: data.CoraBinary(), "cora_binary_"),
    ):
        with pytest.raises(DGLError) as error:
            make()
        assert str(downloads) in str(error.value) and place in str(error.value)
        assert "\n" not in str(error.value)


def test_citation_graph(downloads, capsys):
    expected = stand_ins.write_citation_graph(downloads / _folder("cora_v2"))
    dataset = data.CoraGraphDataset()
    assert "  NumNodes: 800\n" in capsys.readouterr().out
    g = dataset[0]
    assert (len(dataset), dataset.num_classes, dataset.name) == (1, 4, "cora_v2")
    assert torch.equal(g.ndata["label"], torch.from_numpy(expected["label"]))
    rows = expected["feat"] / expected["feat"].sum(1, keepdims=True)
    assert torch.allclose(g.ndata["feat"], torch.from_numpy(rows))
    counts = [int(g.ndata[f"{part}_mask"].sum()) for part in ("train", "val", "test")]
    assert counts == [140, 500, 160]
    pairs = {frozenset(pair) for pair in expected["edges"].T.tolist()}
    both = {(int(u), int(v)) for u, v in zip(*g.edges())}
    assert both == {(u, v) for pair in pairs for u in pair for v in pair if {u, v} == pair}
    one = data.citation_graph.load_cora(reverse_edge=False, verbose=False)[0]
    got = [frozenset((int(u), int(v))) for u, v in zip(*one.edges())]
    assert len(got) == len(pairs) and set(got) == pairs
    assert torch.equal(one.ndata["feat"], g.ndata["feat"])
    with pytest.raises(AssertionError):
        dataset[1]
    with pytest.warns(UserWarning, match="num_labels will be deprecated"):
        assert dataset.num_labels == 4


def test_citation_graph_in_a_folder_of_its_own(tmp_path):
    stand_ins.write_citation_graph(tmp_path / "files", "cora")
    dataset = data.CoraGraphDataset(raw_dir=str(tmp_path / "files"), verbose=False)
    assert dataset[0].num_nodes() == 800
    with pytest.raises(AssertionError):
        data.CitationGraphDataset("nonsense")


def _folder(name: str) -> str:
    address = f"http://127.0.0.1:9/dataset/{name}.zip"
    return f"{name}_{hashlib.sha1(address.encode()).hexdigest()[:8]}"


def test_transform_is_applied_on_access(downloads):
    stand_ins.write_citation_graph(downloads / _folder("citeseer"), "citeseer")
    plain = data.CiteseerGraphDataset(verbose=False)[0]
    dataset = data.CiteseerGraphDataset(verbose=False, transform=dgl.AddSelfLoop())
    assert dataset[0].num_edges() - dgl.remove_self_loop(plain).num_edges() == 800


def test_cora_binary(downloads):
    folder = downloads / _folder("cora_binary")
    folder.mkdir(parents=True)
    (folder / "graphs.txt").write_text("graph 0\n0 1\n1 2\ngraph 1\n1 0\n")
    (folder / "labels.txt").write_text("graph 0\n0\n1\n1\ngraph 1\n1\n0\n")
    matrices = [sp.coo_matrix(np.eye(3, 2)), sp.csr_matrix(np.eye(2, 1))]
    with open(folder / "pmpds.pkl", "wb") as file:
        pickle.dump(matrices, file)
    for dataset in (data.CoraBinary(verbose=False), data.CoraBinary(verbose=False)):
        g, matrix, labels = dataset[0]
        assert (len(dataset), g.num_edges(), labels.tolist()) == (2, 2, [0, 1, 1])
        assert (matrix.toarray() == np.eye(3, 2)).all()
    batched, matrix, labels = data.CoraBinary.collate_fn([dataset[0], dataset[1]])
    assert (batched.batch_size, matrix.shape, labels.tolist()) == (2, (5, 3), [0, 1, 1, 1, 0])


def test_minigc_is_kept():
    first, again = data.MiniGCDataset(16, 10, 20), data.MiniGCDataset(16, 10, 20)
    assert os.path.exists(first.graph_path)
    assert (len(first), first.num_classes) == (16, 8)
    assert first.labels.tolist() == [label for label in range(8) for _ in range(2)]
    for (g, label), (h, other) in zip(first, again):
        assert torch.equal(torch.stack(g.edges()), torch.stack(h.edges())) and label == other
        assert g.has_edges_between(g.nodes(), g.nodes()).all()
    # What DGL 2.1.0 makes of seed 0.
    assert [g.num_nodes() for g, _ in first][:6] == [15, 10, 13, 13, 17, 19]


def test_karate_club():
    dataset = data.KarateClubDataset()
    g = dataset[0]
    assert (g.num_nodes(), g.num_edges(), dataset.num_classes) == (34, 156, 2)
    assert int(g.ndata["label"].sum()) == 17
    assert data.KarateClub is data.KarateClubDataset


def test_sbm_mixture():
    dataset = data.SBMMixtureDataset(2, 30, 3)
    g, line_graph, degrees, line_degrees, sources = dataset[0]
    assert (g.num_nodes(), line_graph.num_nodes()) == (30, g.num_edges())
    assert torch.equal(degrees, g.in_degrees().float()) and len(sources) == g.num_edges()
    batch = dataset.collate_fn([dataset[0], dataset[1]])
    assert batch[0].batch_size == batch[1].batch_size == 2
    assert len(batch[3]) == batch[1].num_nodes() and len(batch[2]) == 60


@pytest.mark.parametrize(
    ("name", "nodes", "classes"),
    [
        ("BAShapeDataset", 700, 4),
        ("BACommunityDataset", 1400, 8),
        ("TreeCycleDataset", 871, 2),
        ("TreeGridDataset", 1231, 2),
    ],
)
def test_synthetic(name, nodes, classes):
    dataset = getattr(data, name)(seed=1, verbose=False)
    g = dataset[0]
    assert (g.num_nodes(), dataset.num_classes) == (nodes, classes)
    assert torch.unique(g.ndata["label"]).tolist() == list(range(classes))
    assert torch.equal(getattr(data, name)(verbose=False)[0].ndata["label"], g.ndata["label"])


def write_csv(folder):
    """Two graphs of users and games, with labels."""
    folder.mkdir()
    (folder / "meta.yaml").write_text(
        "dataset_name: toy\n"
        "node_data:\n"
        "- {file_name: users.csv, ntype: user}\n"
        "- {file_name: games.csv, ntype: game}\n"
        "edge_data:\n"
        "- {file_name: plays.csv, etype: [user, plays, game]}\n"
        "graph_data: {file_name: graphs.csv}\n"
    )
    (folder / "users.csv").write_text(
        'graph_id,node_id,feat\n0,b,"[1.0, 2]"\n0,a,"[3.0, 4]"\n1,a,"[5.0, 6]"\n'
    )
    (folder / "games.csv").write_text("graph_id,node_id\n0,7\n1,9\n1,8\n")
    (folder / "plays.csv").write_text("graph_id,src_id,dst_id,w\n0,a,7,1\n0,b,7,2\n1,a,8,3\n")
    (folder / "graphs.csv").write_text("graph_id,label\n0,1\n1,0\n")


def test_csv(tmp_path):
    write_csv(tmp_path / "toy")
    for dataset in (data.CSVDataset(str(tmp_path / "toy"), verbose=False) for _ in range(2)):
        g, label = dataset[0]
        assert (len(dataset), label.tolist()) == (2, [1])
        assert g.nodes["user"].data["feat"].tolist() == [[3, 4], [1, 2]]
        assert g.nodes["user"].data["feat"].dtype == torch.float32
        assert [ends.tolist() for ends in g.edges()] == [[0, 1], [0, 0]]
        assert dataset[1][0].edges(form="all")[1].tolist() == [0]
        assert dataset[1][0].edges["plays"].data["w"].tolist() == [3]
    assert dataset.has_cache()
    assert len(dataset[torch.tensor([1])]) == 1


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("meta.yaml", "node_data: []\nedge_data: []\n", "'dataset_name' is missing"),
        ("meta.yaml", "dataset_name: x\nversion: 2.0.0\nnode_data: []\nedge_data: []", "version"),
        ("users.csv", "graph_id,feat\n0,1\n", "Missing node id field"),
        ("plays.csv", "src_id\na\n", "Missing dst id field"),
        ("users.csv", "node_id\na\na\n", "unique"),
        ("plays.csv", "graph_id,src_id,dst_id\n0,zzz,7\n", "not there"),
        ("graphs.csv", "graph_id,label\n0,1\n", "table of graphs lacks"),
    ],
)
def test_csv_errors(tmp_path, file, text, message):
    write_csv(tmp_path / "toy")
    (tmp_path / "toy" / file).write_text(text)
    with pytest.raises(DGLError, match=message):
        data.CSVDataset(str(tmp_path / "toy"))
    with pytest.raises(DGLError, match="meta.yaml"):
        data.CSVDataset(str(tmp_path))


def test_as_node_pred(capsys):
    np.random.seed(0)
    dataset = data.AsNodePredDataset(data.KarateClub(), [0.5, 0.25, 0.25], verbose=True)
    assert "Generating train/val/test masks" in capsys.readouterr().out
    parts = (dataset.train_idx, dataset.val_idx, dataset.test_idx)
    assert [len(part) for part in parts] == [17, 8, 9] and len(torch.cat(parts).unique()) == 34
    assert dataset[0].ndata["train_mask"].sum() == 17 and dataset.num_classes == 2
    again = data.AsNodePredDataset(data.KarateClub(), [0.5, 0.25, 0.25])
    assert torch.equal(again.train_idx, dataset.train_idx)
    other = data.AsNodePredDataset(data.KarateClub(), [0.8, 0.1, 0.1])
    assert len(other.train_idx) == 27
    with pytest.raises(AssertionError, match="train_mask is not provided"):
        data.AsNodePredDataset(data.KarateClub())


def test_as_link_pred(downloads):
    stand_ins.write_citation_graph(downloads / _folder("cora_v2"))
    source = data.CoraGraphDataset(verbose=False)
    dataset = data.AsLinkPredDataset(source, [0.8, 0.1, 0.1], neg_ratio=2)
    g = source[0]
    size = g.num_edges()
    assert dataset.train_graph.num_edges() == int(0.8 * size)
    (src, dst), (neg_src, neg_dst) = dataset.val_edges
    assert len(src) == int(0.1 * size) and len(neg_src) == 2 * len(src)
    assert g.has_edges_between(src, dst).all() and not g.has_edges_between(neg_src, neg_dst).any()
    assert dataset.feat_size == 24
    again = data.AsLinkPredDataset(source, [0.8, 0.1, 0.1], neg_ratio=2)
    assert torch.equal(again.test_edges[1][0], dataset.test_edges[1][0])


def test_as_graph_pred():
    source = data.MiniGCDataset(16, 10, 20)
    dataset = data.AsGraphPredDataset(source, [0.5, 0.25, 0.25])
    assert (len(dataset), len(dataset.train_idx), dataset.num_classes) == (16, 8, 8)
    assert (dataset.num_tasks, dataset.node_feat_size) == (1, None)
    again = data.AsGraphPredDataset(source, [0.5, 0.25, 0.25])
    assert torch.equal(again.test_idx, dataset.test_idx)
    with pytest.raises(DGLError, match="does not have default"):
        data.AsGraphPredDataset(source)


def test_split_dataset():
    parts = data.split_dataset(list("abcdefghij"))
    assert ["".join(part) for part in parts] == ["abcdefgh", "i", "j"]
    # Numpy's order for seed 3.
    shuffled = data.split_dataset(range(10), [0.5, 0.3, 0.2], shuffle=True, random_state=3)
    assert [list(part) for part in shuffled] == [[5, 4, 1, 2, 9], [6, 7, 0], [3, 8]]
    with pytest.raises(AssertionError, match="sum to 1"):
        data.split_dataset(range(10), [0.5, 0.3, 0.1])


def test_masks():
    values = np.arange(10.0)
    masks = data.mask_nodes_by_property(values, [0.2, 0.2, 0.2, 0.2, 0.2], random_seed=0)
    assert torch.stack(list(masks.values())).sum(0).tolist() == [1] * 10
    assert masks["out_test_mask"].nonzero().flatten().tolist() == [8, 9]
    club = [data.KarateClub()[0].clone()]
    for name in ("popularity", "locality", "density"):
        data.add_node_property_split(club, [0.3, 0.1, 0.1, 0.3, 0.2], name, random_seed=1)
        assert club[0].ndata["in_train_mask"].sum() == 10
    assert utils.idx2mask([1, 3], 4).tolist() == [0, 1, 0, 1]
    assert utils.generate_mask_tensor(np.array([0.0, 1.0])).tolist() == [False, True]


def test_graph_files(tmp_path):
    g = dgl.graph(([0, 1], [1, 2]))
    g.ndata["x"] = torch.arange(3)
    h = dgl.heterograph({("a", "r", "b"): ([0], [1])}, idtype=torch.int32)
    path = tmp_path / "new" / "graphs.bin"
    dgl.save_graphs(str(path), [g, h], {"label": torch.tensor([3, 4])})
    (first, second), labels = dgl.load_graphs(str(path))
    assert torch.equal(first.ndata["x"], g.ndata["x"]) and labels["label"].tolist() == [3, 4]
    assert second.idtype == torch.int32 and second.canonical_etypes == h.canonical_etypes
    assert dgl.load_graphs(path, [1])[0][0].ntypes == ["a", "b"]
    assert utils.load_labels(str(path))["label"].tolist() == [3, 4]
    dgl.save_graphs(str(path), g, formats=["csr", "csc"])
    assert {"csr", "csc"} <= set(dgl.load_graphs(str(path))[0][0].formats()["created"])
    with pytest.raises(DGLError, match="does not exist"):
        dgl.load_graphs(str(tmp_path / "nope"))
    with pytest.raises(DGLError, match="existing directory"):
        dgl.save_graphs(str(tmp_path), g)
    with pytest.raises(DGLError, match="Invalid argument g_list"):
        dgl.save_graphs(str(path), dgl.to_block(g))


def test_tensor_and_info_files(tmp_path):
    tensors = {"a": torch.tensor([1, 3]), "1@1": torch.tensor([[1.5]])}
    path = str(tmp_path / "tensors")
    assert utils.save_tensors(path, tensors)
    loaded = utils.load_tensors(path)
    assert loaded.keys() == tensors.keys() and torch.equal(loaded["1@1"], tensors["1@1"])
    utils.save_tensors(path, {})
    assert utils.load_tensors(path) == {}
    with pytest.raises(TypeError):
        utils.save_tensors(path, {"a": [1]})
    utils.save_info(path, {"name": "x", "sizes": (1, 2)})
    assert utils.load_info(path) == {"name": "x", "sizes": (1, 2)}


def test_archives(tmp_path, capsys):
    inside = tmp_path / "file.txt"
    inside.write_text("text")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.write(inside, "folder/file.txt")
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        archive.add(inside, "folder/file.txt")
    for name in ("a.zip", "a.tar.gz"):
        utils.extract_archive(str(tmp_path / name), str(tmp_path / name[:-1]))
        assert (tmp_path / name[:-1] / "folder" / "file.txt").read_text() == "text"
    assert "Extracting file to" in capsys.readouterr().out
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        archive.add(inside, "../evil.txt")
    with pytest.raises(DGLError, match="not accepted"):
        utils.extract_archive(str(tmp_path / "evil.tar"), str(tmp_path / "evil"))
    with pytest.raises(DGLError, match="unrecognized file type"):
        utils.extract_archive(str(inside), str(tmp_path / "other"))
    utils.extract_archive(str(inside), str(tmp_path), overwrite=False)


def test_download(tmp_path, downloads):
    source = tmp_path / "source.txt"
    source.write_text("text")
    digest = hashlib.sha1(b"text").hexdigest()
    target = tmp_path / "new" / "target.txt"
    url = source.as_uri()
    assert utils.download(url, str(target), sha1_hash=digest, log=False) == str(target)
    assert target.read_text() == "text" and utils.check_sha1(str(target), digest)
    source.write_text("changed")
    utils.download(url, str(target), overwrite=False, sha1_hash=digest, log=False)
    assert target.read_text() == "text"
    with pytest.raises(DGLError, match="SHA-1"):
        utils.download(url, str(target), sha1_hash=digest, retries=1, log=False)
    assert target.read_text() == "text" and os.listdir(target.parent) == ["target.txt"]
    with pytest.raises(DGLError, match="nope.zip"):
        utils.download("http://127.0.0.1:9/nope.zip", str(tmp_path), retries=1, log=False)
    assert utils.get_download_dir() == str(downloads) and downloads.is_dir()


class Evil:
    """Runs code where it is unpickled."""

    def __reduce__(self):
        return os.system, ("false",)


def test_pickles_from_elsewhere_run_no_code(tmp_path):
    path = tmp_path / "file.pkl"
    values = [np.arange(3), {"a": (1, "b")}, sp.csr_matrix(np.eye(2)), np.array([None, 1], object)]
    path.write_bytes(pickle.dumps(values))
    read = read_pickle(str(path))
    assert read[0].tolist() == [0, 1, 2] and read[1] == {"a": (1, "b")}
    assert (read[2].toarray() == np.eye(2)).all()
    for evil in (Evil(), [Evil()], os.system, print, np.array([Evil()], object)):
        path.write_bytes(pickle.dumps(evil))
        with pytest.raises(DGLError, match="arrays and matrices"):
            read_pickle(str(path))
    path.write_bytes(b"no pickle")
    with pytest.raises(DGLError, match="not a pickle"):
        read_pickle(str(path))


def test_load_data_by_name(downloads):
    import argparse

    stand_ins.write_citation_graph(downloads / _folder("cora_v2"))
    parser = argparse.ArgumentParser()
    data.register_data_args(parser)
    assert data.load_data(parser.parse_args(["--dataset", "cora"])).name == "cora_v2"
    with pytest.raises(ValueError, match="Unknown dataset"):
        data.load_data(parser.parse_args(["--dataset", "nonsense"]))
