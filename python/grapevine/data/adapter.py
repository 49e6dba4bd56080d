"""Data sets turned into ones for a task, with parts for training, validation and test."""

from __future__ import annotations

import json
import os
from typing import Any, Sequence

import numpy as np
import torch

from ..base import DGLError
from ..convert import graph as make_graph
from ..heterograph import DGLGraph
from .dgl_dataset import DGLDataset
from .download import makedirs
from .graph_serialize import load_graphs, save_graphs
from .split import add_nodepred_split, generate_mask_tensor, idx2mask

__all__ = ["AsNodePredDataset", "AsLinkPredDataset", "AsGraphPredDataset"]

_PARTS = {"train": "train", "val": "valid", "test": "test"}
"""What we call the parts, and what OGB does."""


class _Adapter(DGLDataset):
    """Keeps what it makes in a cache: graphs and tensors in one file, settings in another."""

    _settings: tuple[str, ...]

    @property
    def _graph_path(self) -> str:
        return os.path.join(self.save_path, f"graph_{self.hash}.bin")

    @property
    def _info_path(self) -> str:
        return os.path.join(self.save_path, f"info_{self.hash}.json")

    def _save_settings(self) -> None:
        makedirs(self.save_path)
        with open(self._info_path, "w", encoding="utf-8") as file:
            json.dump({name: getattr(self, name) for name in self._settings}, file)

    def _load_settings(self, same: Sequence[str]) -> None:
        """Reads the settings. `ValueError` if those in `same` are not the ones asked for."""
        with open(self._info_path, encoding="utf-8") as file:
            info = json.load(file)
        for name in same:
            asked = getattr(self, name)
            if info[name] != (list(asked) if isinstance(asked, tuple) else asked):
                raise ValueError(f"The cache was made with another {name}.")
        for name in self._settings:
            setattr(self, name, info[name])


class AsNodePredDataset(_Adapter):
    """The first graph of a data set, to classify its nodes, with a split.

    `split_ratio` are the shares of nodes for training, validation and test, drawn with numpy's
    random numbers; without it the graph has "train_mask", "val_mask" and "test_mask" already, or
    the data set is one of OGB's. `target_ntype` is the type of the nodes, which have "label"; the
    others are those of `DGLDataset`. `ValueError` if there are no labels, `AssertionError` if there
    is no split.

    Attributes: `num_classes`; `train_idx`, `val_idx`, `test_idx`, node ids int64. Item 0 is the
    graph, with the three masks.

    Source: dgl.data.AsNodePredDataset
    """

    _settings = ("split_ratio", "target_ntype", "num_classes")

    def __init__(
        self,
        dataset: Any,
        split_ratio: Sequence[float] | None = None,
        target_ntype: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.dataset = dataset
        self.split_ratio = split_ratio
        self.target_ntype = target_ntype
        super().__init__(
            dataset.name + "-as-nodepred",
            hash_key=(split_ratio, target_ntype, dataset.name, "nodepred"),
            **kwargs,
        )

    def process(self) -> None:
        """Makes the graph with its masks."""
        is_ogb = hasattr(self.dataset, "get_idx_split")
        if is_ogb:
            graph, label = self.dataset[0]
            self.g = graph.clone()
            self.g.ndata["label"] = label.reshape(-1)
        else:
            self.g = self.dataset[0].clone()
        data = self.g.nodes[self.target_ntype].data
        if "label" not in data:
            raise ValueError("Missing node labels. Make sure labels are stored under name 'label'.")
        if self.split_ratio is not None:
            if self.verbose:
                print("Generating train/val/test masks...")
            add_nodepred_split(self, self.split_ratio, self.target_ntype)
        elif is_ogb:
            split = self.dataset.get_idx_split()
            for name, ogb_name in _PARTS.items():
                mask = idx2mask(split[ogb_name], self.g.num_nodes())
                self.g.ndata[f"{name}_mask"] = generate_mask_tensor(mask)
        for name in _PARTS:
            assert f"{name}_mask" in data, (
                f"{name}_mask is not provided, please specify split_ratio to generate the masks"
            )
        self._set_split_index()
        classes = getattr(self.dataset, "num_classes", None)
        self.num_classes = len(torch.unique(data["label"])) if classes is None else classes

    def _set_split_index(self) -> None:
        data = self.g.nodes[self.target_ntype].data
        for name in _PARTS:
            setattr(self, f"{name}_idx", data[f"{name}_mask"].nonzero().reshape(-1))

    def has_cache(self) -> bool:
        """Whether the graph has been saved."""
        return os.path.isfile(self._graph_path)

    def save(self) -> None:
        """Writes the graph and the settings."""
        save_graphs(self._graph_path, [self.g])
        self._save_settings()

    def load(self) -> None:
        """Reads what was saved. `ValueError` if it was made with other settings."""
        self._load_settings(same=("split_ratio", "target_ntype"))
        self.g = load_graphs(self._graph_path)[0][0]
        self._set_split_index()

    def __getitem__(self, idx: int) -> DGLGraph:
        """The graph."""
        return self.g

    def __len__(self) -> int:
        return 1


def negative_sample(g: DGLGraph, num_samples: int) -> np.ndarray:
    """Pairs of nodes without an edge between them, `[2, n]`, none a loop, none twice.

    At most `num_samples` of them, fewer where the graph is dense.

    Source: dgl.data.adapter.negative_sample
    """
    size = g.num_nodes()
    free = max(1 - g.num_edges() / max(size * size, 1), 0.01)
    pairs = np.random.randint(0, size, size=(2, int(num_samples / free * 1.2) + 16))
    pairs = np.unique(pairs, axis=1)
    present = g.has_edges_between(torch.from_numpy(pairs[0]), torch.from_numpy(pairs[1])).numpy()
    pairs = pairs[:, ~(present | (pairs[0] == pairs[1]))]
    return pairs[:, np.sort(np.random.permutation(pairs.shape[1])[:num_samples])]


class AsLinkPredDataset(_Adapter):
    """The first graph of a data set, to predict its edges, with a split and negative edges.

    `split_ratio` are the shares of edges for training, validation and test, drawn with numpy's
    random numbers; `neg_ratio` the number of negative edges for each of validation and test.
    Without `split_ratio` the data set is one of OGB's, which has a split.

    Attributes: `train_graph`; `val_edges` and `test_edges`, ((sources, destinations), the same of
    the negative edges); `feat_size`. Item 0 is the graph.

    Source: dgl.data.AsLinkPredDataset
    """

    _settings = ("split_ratio", "neg_ratio")

    def __init__(
        self,
        dataset: Any,
        split_ratio: Sequence[float] | None = None,
        neg_ratio: int = 3,
        **kwargs: Any,
    ) -> None:
        self.g = dataset[0]
        self.num_nodes = self.g.num_nodes()
        self.dataset = dataset
        self.split_ratio = split_ratio
        self.neg_ratio = neg_ratio
        super().__init__(
            dataset.name + "-as-linkpred",
            hash_key=(neg_ratio, split_ratio, dataset.name, "linkpred"),
            **kwargs,
        )

    def process(self) -> None:
        """Makes the split."""
        if self.split_ratio is None:
            assert hasattr(self.dataset, "get_edge_split"), (
                "dataset doesn't have get_edge_split method, please specify split_ratio and "
                "neg_ratio to generate the split"
            )
            split = self.dataset.get_edge_split()
            self._train_graph = self.g
            self._val_edges = _ogb_edges(split["valid"])
            self._test_edges = _ogb_edges(split["test"])
            return
        graph = self.g
        pairs = torch.stack(graph.edges())
        size = pairs.shape[1]
        train, val = int(size * self.split_ratio[0]), int(size * self.split_ratio[1])
        order = torch.from_numpy(np.random.permutation(size))
        negative = torch.from_numpy(negative_sample(graph, self.neg_ratio * (size - train)))
        edges = [pairs[:, part] for part in order.split([train, val, size - train - val])]
        cut = self.neg_ratio * val
        self._val_edges = tuple(edges[1]), tuple(negative[:, :cut])
        self._test_edges = tuple(edges[2]), tuple(negative[:, cut:])
        self._train_graph = make_graph(tuple(edges[0]), num_nodes=self.num_nodes)
        self._train_graph.ndata["feat"] = graph.ndata["feat"]

    def has_cache(self) -> bool:
        """Whether the split has been saved."""
        return os.path.isfile(self._graph_path)

    def save(self) -> None:
        """Writes the split and the settings."""
        tensors = {
            f"{part}_{sign}_{end}": torch.as_tensor(nodes)
            for part, edges in (("val", self._val_edges), ("test", self._test_edges))
            for sign, pair in zip(("pos", "neg"), edges)
            for end, nodes in zip(("src", "dst"), pair)
        }
        save_graphs(self._graph_path, [self._train_graph], tensors)
        self._save_settings()

    def load(self) -> None:
        """Reads what was saved."""
        (self._train_graph,), tensors = load_graphs(self._graph_path)
        self.g = self._train_graph

        def edges(part: str) -> Any:
            return tuple(
                (tensors[f"{part}_{sign}_src"], tensors[f"{part}_{sign}_dst"])
                for sign in ("pos", "neg")
            )

        self._val_edges, self._test_edges = edges("val"), edges("test")
        self._load_settings(same=())

    @property
    def feat_size(self) -> int:
        """Width of the nodes' "feat"."""
        return self._train_graph.ndata["feat"].shape[-1]

    @property
    def train_graph(self) -> DGLGraph:
        """The graph of the edges for training."""
        return self._train_graph

    @property
    def val_edges(self) -> Any:
        """Edges for validation, and negative ones."""
        return self._val_edges

    @property
    def test_edges(self) -> Any:
        """Edges for test, and negative ones."""
        return self._test_edges

    def __getitem__(self, idx: int) -> DGLGraph:
        """The graph."""
        return self.g

    def __len__(self) -> int:
        return 1


def _ogb_edges(part: dict[str, Any]) -> Any:
    """Edges and negative edges of one part of OGB's split, in either form that it has."""
    if "edge" in part:
        edges = [torch.as_tensor(part[name]) for name in ("edge", "edge_neg")]
        return tuple((pairs[:, 0], pairs[:, 1]) for pairs in edges)
    names = ("source_node", "target_node", "target_node_neg")
    src, dst, negative = (torch.as_tensor(part[name]) for name in names)
    return (src, dst), (src.repeat_interleave(negative.shape[-1]), negative.reshape(-1))


class AsGraphPredDataset(_Adapter):
    """A data set of labelled graphs, with a split.

    `split_ratio` are the shares of graphs for training, validation and test, drawn with numpy's
    random numbers; without it the data set is one of OGB's, or has the masks `train_mask`,
    `val_mask` and `test_mask` of graphs. `DGLError` if there is no split.

    Attributes: `train_idx`, `val_idx`, `test_idx`; `num_classes`, `num_tasks`; `node_feat_size`,
    `edge_feat_size`. Items are those of the data set.

    Source: dgl.data.AsGraphPredDataset
    """

    _settings = ("split_ratio", "num_tasks", "num_classes")

    def __init__(
        self, dataset: Any, split_ratio: Sequence[float] | None = None, **kwargs: Any
    ) -> None:
        self.dataset = dataset
        self.split_ratio = split_ratio
        super().__init__(
            dataset.name + "-as-graphpred",
            hash_key=(split_ratio, dataset.name, "graphpred"),
            **kwargs,
        )

    def process(self) -> None:
        """Makes the split."""
        if self.split_ratio is not None:
            if self.verbose:
                print("Generating train/val/test split...")
            size = len(self.dataset)
            train, val = (int(size * share) for share in self.split_ratio[:2])
            order = torch.from_numpy(np.random.permutation(size))
            parts = order.split([train, val, size - train - val])
        elif hasattr(self.dataset, "get_idx_split"):
            split = self.dataset.get_idx_split()
            parts = [split[ogb_name] for ogb_name in _PARTS.values()]
        else:
            try:
                masks = [getattr(self.dataset, f"{name}_mask") for name in _PARTS]
            except AttributeError:
                raise DGLError(
                    "The input dataset does not have default train/val/test split. Please specify "
                    "split_ratio to generate the split."
                ) from None
            parts = [torch.as_tensor(mask).nonzero().reshape(-1) for mask in masks]
        self.train_idx, self.val_idx, self.test_idx = parts
        self.num_classes = getattr(self.dataset, "num_classes", None)
        self.num_tasks = getattr(self.dataset, "num_tasks", 1)

    @property
    def _split_path(self) -> str:
        return os.path.join(self.save_path, f"split_{self.hash}.npz")

    def has_cache(self) -> bool:
        """Whether the split has been saved."""
        return os.path.isfile(self._info_path)

    def save(self) -> None:
        """Writes the split and the settings."""
        self._save_settings()
        parts = {f"{name}_idx": np.asarray(getattr(self, f"{name}_idx")) for name in _PARTS}
        np.savez(self._split_path, **parts)

    def load(self) -> None:
        """Reads what was saved. `ValueError` if it was made with another split."""
        self._load_settings(same=("split_ratio",))
        with np.load(self._split_path) as parts:
            for name in _PARTS:
                setattr(self, f"{name}_idx", torch.from_numpy(parts[f"{name}_idx"]))

    def __getitem__(self, idx: Any) -> Any:
        """The item of the data set."""
        return self.dataset[idx]

    def __len__(self) -> int:
        return len(self.dataset)

    @property
    def node_feat_size(self) -> int | None:
        """Width of the nodes' "feat", if they have it."""
        return _width(self[0][0].ndata)

    @property
    def edge_feat_size(self) -> int | None:
        """Width of the edges' "feat", if they have it."""
        return _width(self[0][0].edata)


def _width(data: Any) -> int | None:
    return data["feat"].shape[-1] if "feat" in data else None
