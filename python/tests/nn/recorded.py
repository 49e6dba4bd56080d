"""Reads what layers of DGL's computed once, from the JSON files of record.py."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

import grapevine as dgl

#: What the C++ tests read, too, and what only the Python package has.
FOLDERS = (
    Path(__file__).parents[3] / "tests" / "nn" / "reference",
    Path(__file__).parent / "reference",
)


@dataclass
class Case:
    """One call of one layer."""

    name: str
    options: dict[str, Any]
    kind: str
    graph: Any
    inputs: dict[str, Tensor]
    parameters: dict[str, Tensor]
    outputs: list[Tensor]
    layer: str = ""

    @property
    def feat(self) -> Tensor | tuple[Tensor, Tensor]:
        """The node features, one tensor or a pair."""
        if "feat" in self.inputs:
            return self.inputs["feat"]
        return self.inputs["feat_src"], self.inputs["feat_dst"]

    @property
    def rest(self) -> dict[str, Tensor]:
        """What else is passed to `forward`, by DGL's names."""
        return {k: v for k, v in self.inputs.items() if not k.startswith("feat") or k == "feat_0"}


def _tensor(value: dict[str, Any]) -> Tensor:
    data = value["data"]
    is_integer = bool(data) and isinstance(data[0], int)
    dtype = torch.int64 if is_integer else torch.float32
    return torch.tensor(data, dtype=dtype).reshape(value["shape"])


def _tensors(values: dict[str, Any]) -> dict[str, Tensor]:
    return {name: _tensor(value) for name, value in values.items()}


def _graph(value: dict[str, Any]):
    edges = (torch.tensor(value["src"]), torch.tensor(value["dst"]))
    num_src, num_dst = value["num_src"], value["num_dst"]
    if value["kind"] == "full":
        return dgl.graph(edges, num_nodes=num_src)
    if value["kind"] == "block":
        return dgl.create_block(edges, num_src_nodes=num_src, num_dst_nodes=num_dst)
    return dgl.heterograph({("a", "r", "b"): edges}, {"a": num_src, "b": num_dst})


def cases(file: str) -> list[Case]:
    """The cases of ``FILE.json``, in its order."""
    path = next(folder / f"{file}.json" for folder in FOLDERS if (folder / f"{file}.json").exists())
    read = []
    for value in json.loads(path.read_text())["cases"]:
        graph = None
        if "graph" in value:
            graph = _graph(value["graph"])
        elif "batch_num_nodes" in value:
            no_edges = (torch.tensor([], dtype=torch.int64), torch.tensor([], dtype=torch.int64))
            graph = dgl.batch([dgl.graph(no_edges, num_nodes=n) for n in value["batch_num_nodes"]])
        read.append(
            Case(
                name=value["name"],
                options=value["options"],
                kind=value.get("graph", {}).get("kind", ""),
                graph=graph,
                inputs=_tensors(value["inputs"]),
                parameters=_tensors(value["parameters"]),
                outputs=[_tensor(output) for output in value["outputs"]],
                layer=value.get("layer", ""),
            )
        )
    return read


def load(layer: torch.nn.Module, case: Case) -> torch.nn.Module:
    """Gives ``layer`` the recorded parameters and buffers, which must have just its names."""
    layer.load_state_dict(case.parameters)
    return layer.eval()


def expect(case: Case, output: Tensor | tuple[Tensor, ...]) -> None:
    """Asserts that ``output`` is what was recorded, to 1e-5."""
    outputs = output if isinstance(output, tuple) else (output,)
    assert len(outputs) == len(case.outputs)
    for value, recorded in zip(outputs, case.outputs):
        assert value.shape == recorded.shape
        torch.testing.assert_close(value.to(recorded.dtype), recorded, rtol=1e-5, atol=1e-5)
