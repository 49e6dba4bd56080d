"""Parts of data sets: subsets, and masks of nodes for training, validation and test."""

from __future__ import annotations

from itertools import accumulate
from typing import Any, Sequence

import numpy as np
import torch

__all__ = [
    "Subset",
    "split_dataset",
    "add_nodepred_split",
    "add_node_property_split",
    "mask_nodes_by_property",
    "idx2mask",
    "generate_mask_tensor",
]


class Subset:
    """The items of a data set at given indices.

    Source: dgl.data.utils.Subset
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, item: int) -> Any:
        """`dataset[indices[item]]`"""
        return self.dataset[self.indices[item]]

    def __len__(self) -> int:
        return len(self.indices)


def split_dataset(
    dataset: Any,
    frac_list: Sequence[float] | None = None,
    shuffle: bool = False,
    random_state: Any = None,
) -> list[Subset]:
    """Subsets for training, validation and test, in the order of the data set or shuffled.

    `frac_list` are their shares, which sum to 1 (default: 0.8, 0.1, 0.1); `random_state` is a seed
    of numpy's. `AssertionError` if the shares do not sum to 1.

    Source: dgl.data.utils.split_dataset
    """
    fractions = np.asarray([0.8, 0.1, 0.1] if frac_list is None else frac_list)
    total = np.sum(fractions)
    assert np.allclose(total, 1.0), f"Expect frac_list sum to 1, got {total:.4f}"
    size = len(dataset)
    lengths = (size * fractions).astype(int)
    lengths[-1] = size - np.sum(lengths[:-1])
    order = np.random.RandomState(random_state).permutation(size) if shuffle else np.arange(size)
    return [
        Subset(dataset, order[end - length : end])
        for end, length in zip(accumulate(lengths), lengths)
    ]


def idx2mask(idx: Any, len: int) -> np.ndarray:
    """A float64 vector `[len]`: 1 at the indices, else 0.

    Source: dgl.data.utils.idx2mask
    """
    mask = np.zeros(len)
    mask[idx] = 1
    return mask


def generate_mask_tensor(mask: np.ndarray) -> torch.Tensor:
    """A bool tensor of a numpy mask. `AssertionError` for anything else.

    Source: dgl.data.utils.generate_mask_tensor
    """
    assert isinstance(mask, np.ndarray), "mask should be a numpy ndarray"
    return torch.from_numpy(mask.astype(bool))


def add_nodepred_split(dataset: Any, ratio: Sequence[float], ntype: str | None = None) -> None:
    """Adds "train_mask", "val_mask" and "test_mask" to the nodes of each graph of a data set.

    `ratio` are the shares of the three, which sum to 1; nodes are drawn with numpy's global random
    numbers. `ValueError` unless there are three shares.

    Source: dgl.data.utils.add_nodepred_split
    """
    if len(ratio) != 3:
        raise ValueError(f"Split ratio must be a float triplet but got {ratio}.")
    for i in range(len(dataset)):
        graph = dataset[i]
        size = graph.num_nodes(ntype)
        order = np.arange(size)
        np.random.shuffle(order)
        train, val = int(size * ratio[0]), int(size * ratio[1])
        parts = {
            "train_mask": order[:train],
            "val_mask": order[train : train + val],
            "test_mask": order[train + val :],
        }
        for name, nodes in parts.items():
            graph.nodes[ntype].data[name] = generate_mask_tensor(idx2mask(nodes, size))


def mask_nodes_by_property(
    property_values: np.ndarray, part_ratios: Sequence[float], random_seed: Any = None
) -> dict[str, torch.Tensor]:
    """Bool masks `[num_nodes]` that split nodes by a value of theirs (Bazhenov et al., 2023).

    The nodes with the smallest of `property_values` `[num_nodes]` are in distribution:
    "in_train_mask", "in_valid_mask" and "in_test_mask" share them at random; "out_valid_mask" and
    "out_test_mask" are the rest, in order. `part_ratios` are the five shares, which sum to 1.

    Source: dgl.data.utils.mask_nodes_by_property
    """
    size = len(property_values)
    sizes = np.round(size * np.array(part_ratios)).astype(int)
    sizes[-1] -= np.sum(sizes) - size
    generator = np.random.RandomState(random_seed)
    order = generator.permutation(size)
    order = order[np.argsort(property_values[order])]
    inside = np.sum(sizes[:3])
    order[:inside] = generator.permutation(order[:inside])
    names = ("in_train_mask", "in_valid_mask", "in_test_mask", "out_valid_mask", "out_test_mask")
    parts = np.split(order, np.cumsum(sizes))[:-1]
    return {
        name: generate_mask_tensor(idx2mask(nodes, size)) for name, nodes in zip(names, parts)
    }


def add_node_property_split(
    dataset: Any,
    part_ratios: Sequence[float],
    property_name: str,
    ascending: bool = True,
    random_seed: Any = None,
) -> None:
    """Adds the masks of `mask_nodes_by_property` to the nodes of each graph of a data set.

    `property_name` is "popularity" (PageRank), "locality" (PageRank from the most popular node) or
    "density" (clustering coefficient); with `ascending` the lower values are out of distribution.

    Source: dgl.data.utils.add_node_property_split
    """
    import networkx as nx

    assert property_name in _PROPERTIES, f"property_name must be one of {sorted(_PROPERTIES)}"
    assert len(part_ratios) == 5, "part_ratios must contain 5 values"
    for i in range(len(dataset)):
        graph = dataset[i]
        values = _PROPERTIES[property_name](nx.Graph(graph.to_networkx()))
        masks = mask_nodes_by_property(-values if ascending else values, part_ratios, random_seed)
        for name, mask in masks.items():
            graph.ndata[name] = mask


def _popularity(graph: Any) -> np.ndarray:
    import networkx as nx

    return np.array(list(nx.pagerank(graph).values()))


def _locality(graph: Any) -> np.ndarray:
    import networkx as nx

    start = dict.fromkeys(range(graph.number_of_nodes()), 0.0)
    start[int(np.argmax(_popularity(graph)))] = 1.0
    return np.array(list(nx.pagerank(graph, personalization=start).values()))


def _density(graph: Any) -> np.ndarray:
    import networkx as nx

    return np.array(list(nx.clustering(graph).values()))


_PROPERTIES = {"popularity": _popularity, "locality": _locality, "density": _density}
