"""Models move between Python and the C++ program `grapevine`, with equal predictions."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

import grapevine as dgl
from grapevine import _C, nn
from grapevine.checkpoint import load_checkpoint, save_checkpoint

FEATURES, CLASSES = 8, 4

MODELS = {
    "sage": {},
    "sage pool": {"options": {"aggregator": "pool"}, "norm": "layer", "layers": 3},
    "gcn": {"norm": "batch", "residual": True},
    "gat": {"options": {"heads": 3, "out_heads": 2}, "activation": "elu", "residual": True},
    "gatv2": {"options": {"heads": 2, "share_weights": True}},
    "gin": {"options": {"aggregator": "mean", "learn_eps": True}, "activation": "none"},
    "tag": {"options": {"k": 3}},
    "sgc": {"options": {"k": 2}, "layers": 1},
    "cheb": {"options": {"k": 3, "lambda_max": 1.5}},
}
WANTING_SELF_LOOPS = {"gcn", "gat", "gatv2", "sgc"}


def run(*arguments: object, fails: bool = False) -> str:
    """What the program prints, or what it complains of."""
    beside = Path(dgl.__file__).parents[2] / "bin" / "grapevine"
    program = str(beside) if beside.exists() else shutil.which("grapevine")
    if program is None:
        pytest.skip("the command-line tool is not there")
    done = subprocess.run(
        [program, *map(str, arguments)], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode != 0) == fails, done.stderr
    return done.stderr if fails else done.stdout


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    sizes = f"--nodes 300 --edges 1500 --features {FEATURES} --classes {CLASSES} --seed 3"
    run("generate", "arxiv-like", "--format", "ondisk", "--out", folder, *sizes.split())
    return folder


def load_graph(folder: Path, self_loops: bool):
    """The graph as the program prepares it."""
    src, dst = torch.from_numpy(np.load(folder / "edges.npy"))
    graph = dgl.add_reverse_edges(dgl.graph((src, dst), num_nodes=300))
    if self_loops:
        graph = dgl.add_self_loop(dgl.remove_self_loop(graph))
    graph.ndata["feat"] = torch.from_numpy(np.load(folder / "feat.npy"))
    graph.ndata["label"] = torch.from_numpy(np.load(folder / "label.npy")).long()
    return graph


def predictions(folder: Path, checkpoint: Path) -> torch.Tensor:
    out = checkpoint.with_suffix(".npy")
    run("predict", "--checkpoint", checkpoint, "--data", folder, "--out", out)
    return torch.from_numpy(np.load(out))


def train(model: torch.nn.Module, graph, steps: int = 5) -> None:
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(steps):
        loss = F.cross_entropy(model(graph, graph.ndata["feat"]), graph.ndata["label"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()


@pytest.mark.parametrize("name", MODELS)
def test_program_predicts_with_what_python_trained(name, data, tmp_path):
    conv = name.split()[0]
    graph = load_graph(data, conv in WANTING_SELF_LOOPS)
    model = nn.ConvStack(conv, FEATURES, CLASSES, hidden=6, **MODELS[name])
    train(model, graph)
    file = tmp_path / "model.pt"
    save_checkpoint(file, model, epoch=5, metrics={"loss": 0.5})
    with torch.no_grad():
        expected = model(graph, graph.ndata["feat"])
    torch.testing.assert_close(predictions(data, file), expected, rtol=1e-5, atol=1e-5)
    test = torch.from_numpy(np.load(data / "test_seeds.npy"))
    accuracy = (expected.argmax(1) == graph.ndata["label"])[test].double().mean()
    assert f"test_acc {accuracy:.4f}" in run("evaluate", "--checkpoint", file, "--data", data)


@pytest.mark.parametrize(
    "options",
    [
        "--model sage --norm batch --fanout 3,3",
        "--model gat --heads 2 --residual --activation elu",
        "--model gcn --full-graph --layers 3 --norm layer",
        "--model gin --full-graph --norm batch",
        "--model sage --full-graph --lr 0.05 --epochs 20 --keep-best",
    ],
)
def test_python_predicts_with_what_the_program_trained(options, data, tmp_path):
    file, log = tmp_path / "model.pt", tmp_path / "log.json"
    common = f"--hidden 8 --epochs 3 --threads 1 --json {log}".split()
    if "--epochs" in options:
        common[2:4] = []
    run("train", "--data", data, *common, *options.split(), "--checkpoint", file)
    raw = torch.load(file, weights_only=True)
    assert all(isinstance(value, torch.Tensor) for value in raw["model"].values())
    loaded = load_checkpoint(file)
    assert isinstance(loaded.model, nn.ConvStack)
    assert not loaded.model.training
    last = json.loads(log.read_text().splitlines()[-1])
    assert loaded.epoch == last["epoch"]
    assert loaded.metrics["test_acc"] == last["test_acc"]
    graph = load_graph(data, loaded.description["self_loops"])
    with torch.no_grad():
        scores = loaded.model(graph, graph.ndata["feat"])
    torch.testing.assert_close(scores, predictions(data, file), rtol=1e-5, atol=1e-5)


def test_program_reads_a_plain_torch_save(data, tmp_path):
    """Views, other dtypes and whatever else a user keeps in the file."""
    model = nn.ConvStack("sage", FEATURES, CLASSES, hidden=4)
    file = tmp_path / "model.pt"
    save_checkpoint(file, model)
    expected = predictions(data, file)
    state = model.state_dict()
    weight = state["layer0.fc_neigh.weight"]
    state["layer0.fc_neigh.weight"] = weight.t().contiguous().t()
    state["layer0.fc_self.weight"] = torch.stack([state["layer0.fc_self.weight"]] * 2)[1]
    state["layer1.fc_neigh.weight"] = state["layer1.fc_neigh.weight"].double()
    state["layer1.fc_self.bias"] = torch.nn.Parameter(state["layer1.fc_self.bias"])
    content = {
        "model": state,
        "description": {
            "model": "sage",
            "in_feats": FEATURES,
            "out_feats": CLASSES,
            "hidden": 4,
            "note": ("kept", [1, 2.5, None, {"deep": True}]),
        },
        "optimizer": torch.optim.Adam(model.parameters()).state_dict(),
        "rng": torch.get_rng_state(),
        "half": [torch.ones(2, 3, dtype=dtype) for dtype in (torch.half, torch.bfloat16)],
        "large": 2**62,
    }
    torch.save(content, file)
    torch.testing.assert_close(predictions(data, file), expected, rtol=1e-6, atol=1e-6)
    torch.save(content, file, pickle_protocol=4)
    assert "protocol 4" in run("evaluate", "--checkpoint", file, "--data", data, fails=True)
    torch.save(content, file, _use_new_zipfile_serialization=False)
    assert "zip archive" in run("evaluate", "--checkpoint", file, "--data", data, fails=True)


def test_program_says_what_differs(data, tmp_path):
    file = tmp_path / "model.pt"

    def complaint(description=(), **state) -> str:
        model = nn.ConvStack("sage", FEATURES, CLASSES, hidden=4)
        save_checkpoint(file, model)
        content = torch.load(file, weights_only=True)
        content["model"].update(state)
        content["description"].update(description)
        torch.save(content, file)
        error = run("evaluate", "--checkpoint", file, "--data", data, fails=True)
        assert error.startswith("grapevine: error: ") and error.count("\n") == 1
        return error

    assert "layer0.extra" in complaint(**{"layer0.extra": torch.ones(2)})
    assert "expected shape [4], got [5]" in complaint(**{"layer0.fc_self.bias": torch.ones(5)})
    assert "unknown model" in complaint({"model": "mine"})
    assert "layers: expected an int, got str" in complaint({"layers": "2"})
    assert "numpy" in complaint({"note": np.float64(1)})
    assert "Complex" in complaint({"note": torch.ones(2, dtype=torch.cfloat)})


def test_stacks_are_those_of_the_core():
    """The same names and shapes, and options with the same defaults."""
    for conv in ("sage", "gcn", "gat", "gatv2", "gin", "tag", "sgc", "cheb"):
        model = nn.ConvStack(conv, FEATURES, CLASSES, hidden=6, layers=3)
        core = _C.make_model(conv, FEATURES, CLASSES, layers=3, hidden=6)
        shapes = {
            name: tuple(value.shape)
            for name, value in {**core.named_parameters(), **core.named_buffers()}.items()
        }
        assert {name: tuple(value.shape) for name, value in model.state_dict().items()} == shapes


def test_stack_reads_blocks_and_edge_weights(data):
    graph = load_graph(data, True)
    graph.edata["w"] = torch.rand(graph.num_edges(), 1)
    seeds = torch.arange(20)
    sampler = dgl.dataloading.MultiLayerFullNeighborSampler(2)
    input_nodes, _, blocks = sampler.sample(graph, seeds)
    for conv in ("sage", "gat", "gin"):
        model = nn.ConvStack(conv, FEATURES, CLASSES, hidden=6, residual=True).eval()
        for weight in ("", "w"):
            with torch.no_grad():
                whole = model(graph, graph.ndata["feat"], weight)[:20]
                part = model(blocks, graph.ndata["feat"][input_nodes], weight)
            torch.testing.assert_close(part, whole, rtol=1e-5, atol=1e-5)
        assert not torch.equal(whole, model(graph, graph.ndata["feat"])[:20])


def test_stack_refuses_what_it_does_not_know():
    for words, arguments in {
        "conv.*'gnn'": {"conv": "gnn"},
        "options.*'legs'": {"options": {"legs": 2}},
        "layers.*got 0": {"layers": 0},
        "norm.*'group'": {"norm": "group"},
        "activation.*'tanh'": {"activation": "tanh"},
    }.items():
        with pytest.raises(dgl.DGLError, match=words):
            nn.ConvStack(**{"conv": "sage", "in_feats": 3, "out_feats": 2, **arguments})
    graph = dgl.graph(([0, 1], [1, 0]))
    graph.edata["w"] = torch.ones(2)
    with pytest.raises(dgl.DGLError, match="reads no edge weights"):
        nn.ConvStack("tag", 3, 2)(graph, torch.ones(2, 3), "w")
    with pytest.raises(dgl.DGLError, match="expected 2 blocks.*got 1"):
        nn.ConvStack("sage", 3, 2)([graph], torch.ones(2, 3))


def test_load_refuses_what_does_not_fit(tmp_path):
    file = tmp_path / "model.pt"
    model = nn.ConvStack("sage", 3, 2)
    with pytest.raises(dgl.DGLError, match="'in_feats' is missing"):
        save_checkpoint(file, torch.nn.Linear(3, 2), {"model": "sage", "out_feats": 2})
    with pytest.raises(dgl.DGLError, match="description: 'note'.*float64"):
        save_checkpoint(file, model, {"note": [np.float64(1)]})
    assert list(tmp_path.iterdir()) == []
    for words, change in {
        "format_version 2": {"format_version": 2},
        "size mismatch": {"hidden": 7},
        "expected one of.*legs": {"options": {"legs": 1}},
    }.items():
        save_checkpoint(file, model, change)
        with pytest.raises(dgl.DGLError, match=words):
            load_checkpoint(file)
    torch.save({"weights": 1}, file)
    with pytest.raises(dgl.DGLError, match="'model' and 'description'"):
        load_checkpoint(file)
    save_checkpoint(file, torch.nn.Linear(3, 2), {"model": "mlp", "in_feats": 3, "out_feats": 2})
    loaded = load_checkpoint(file)
    assert loaded.model is None
    assert set(loaded.state) == {"weight", "bias"}
    assert [path.name for path in tmp_path.iterdir()] == ["model.pt"]


def test_a_run_goes_on_in_python(data, tmp_path):
    """What the program keeps of a run is what torch's own classes take."""
    path = tmp_path / "run.pt"
    run("train", "--data", data, "--hidden", 8, "--epochs", 3, "--dropout", 0.5,
        "--weight-decay-of", "layer1=0.01", "--checkpoint", path)  # fmt: skip
    state = torch.load(path, weights_only=True)["run"]
    assert [epoch["epoch"] for epoch in state["epochs"]] == [1, 2, 3]
    assert state["options"]["library_version"] == dgl.__version__
    model = load_checkpoint(path).model
    model.load_state_dict(state["model"])
    graph = load_graph(data, self_loops=False)
    by_group = [
        [parameter for name, parameter in model.named_parameters() if name.startswith("layer0")],
        [parameter for name, parameter in model.named_parameters() if name.startswith("layer1")],
    ]
    optimizer = torch.optim.Adam([{"params": group} for group in by_group], lr=0.003)
    optimizer.load_state_dict(state["optimizer"])
    assert [group["weight_decay"] for group in optimizer.param_groups] == [0, 0.01]
    for group in by_group:
        for parameter in group:
            kept = optimizer.state[parameter]
            assert kept["exp_avg"].shape == parameter.shape
            assert kept["step"] == 3 * state["epochs"][0]["batches"]
    torch.set_rng_state(state["rng"])
    model(graph, graph.ndata["feat"]).square().sum().backward()
    optimizer.step()
