"""Small stand-ins for the files of known data sets, in their formats."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import scipy.sparse as sp

CORA_FOLDER = "cora_v2_d697a464"
"""Where DGL leaves Cora: the name and the first digits of the SHA-1 of its address."""


def citation_graph(seed: int = 0) -> dict[str, np.ndarray]:
    """800 nodes of 4 classes, edges mostly within a class, and features that tell little."""
    random = np.random.RandomState(seed)
    size, classes, width = 800, 4, 24
    label = random.randint(classes, size=size)
    same = np.array([random.choice(np.flatnonzero(label == own), 3) for own in label])
    targets = np.c_[same, random.randint(size, size=size)]
    edges = np.stack([np.repeat(np.arange(size), 4), targets.ravel()])
    feat = (random.rand(size, width) < 0.1) | (
        (random.rand(size, width) < 0.15) & (np.arange(width) % classes == label[:, None])
    )
    feat[:, 0] |= ~feat.any(axis=1)
    return {"label": label, "edges": edges, "feat": feat.astype(np.float32)}


def write_citation_graph(
    folder: Path, name: str = "cora_v2", seed: int = 0
) -> dict[str, np.ndarray]:
    """Writes `ind.NAME.*` into a folder: 140 training, 500 validation and 160 test nodes."""
    data = citation_graph(seed)
    folder.mkdir(parents=True, exist_ok=True)
    one_hot = np.eye(data["label"].max() + 1, dtype=np.int32)[data["label"]]
    features = sp.csr_matrix(data["feat"])
    test = np.random.RandomState(seed + 1).permutation(np.arange(640, 800))
    neighbors: dict[int, list[int]] = {node: [] for node in range(800)}
    for src, dst in data["edges"].T.tolist():
        neighbors[src].append(dst)
        neighbors[dst].append(src)
    parts = {
        "x": features[:140],
        "y": one_hot[:140],
        "allx": features[:640],
        "ally": one_hot[:640],
        "tx": features[test],
        "ty": one_hot[test],
        "graph": neighbors,
    }
    for part, value in parts.items():
        with open(folder / f"ind.{name}.{part}", "wb") as file:
            pickle.dump(value, file, protocol=2)
    (folder / f"ind.{name}.test.index").write_text("".join(f"{node}\n" for node in test))
    return data


def write_cora(download_dir: Path) -> dict[str, np.ndarray]:
    """A stand-in for Cora in a download folder."""
    return write_citation_graph(download_dir / CORA_FOLDER)


def write_gin(download_dir: Path, name: str = "PROTEINS", num_graphs: int = 120) -> Path:
    """A stand-in for a data set of `GINDataset`: rings (0) and stars (1), three kinds of nodes."""
    random = np.random.RandomState(0)
    lines = [str(num_graphs)]
    for graph in range(num_graphs):
        size, label = random.randint(5, 12), graph % 2
        ring = [[(node - 1) % size, (node + 1) % size] for node in range(size)]
        star = [list(range(1, size)), *([[0]] * (size - 1))]
        lines.append(f"{size} {label}")
        for node, neighbors in enumerate(star if label else ring):
            kind = 2 - len(neighbors) % 3
            lines.append(" ".join(map(str, [kind, len(neighbors), *neighbors])))
    file = download_dir / "GINDataset" / "dataset" / name / f"{name}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    return file


def write_tu(folder: Path, name: str = "TOY") -> None:
    """A data set of TU Dortmund's in files of a folder: two graphs, with all kinds of columns."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "A": "1, 2\n2, 1\n2, 3\n3, 2\n4, 5\n5, 4\n",
        "graph_indicator": "1\n1\n1\n2\n2\n",
        "graph_labels": "1\n-1\n",
        "node_labels": "3\n4\n3\n5\n3\n",
        "node_attributes": "0.1, 1.0\n0.2, 2.0\n0.3, 3.0\n0.4, 4.0\n0.5, 5.0\n",
        "edge_labels": "7\n7\n8\n8\n7\n7\n",
        "edge_attributes": "1.5\n1.5\n2.5\n2.5\n3.5\n3.5\n",
    }
    for part, text in contents.items():
        (folder / f"{name}_{part}.txt").write_text(text)
