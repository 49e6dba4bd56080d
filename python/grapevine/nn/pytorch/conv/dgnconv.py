"""The directional graph network."""

from __future__ import annotations

from torch import Tensor

from .pnaconv import AGGREGATORS, PNAConv, PNAConvTower

__all__ = ["DGNConv", "DGNConvTower"]


def _direction(source: Tensor, destination: Tensor) -> Tensor:
    """Differences of the eigenvector along the edges, by the sum of their sizes."""
    difference = source - destination
    return (difference / (difference.abs().sum(dim=1, keepdim=True) + 1e-30)).unsqueeze(-1)


class DGNConvTower(PNAConvTower):
    """One tower of `DGNConv`.

    Beside `PNAConvTower`'s aggregators it knows ``dirK-av`` and ``dirK-dx``, smoothing and
    derivative along the K-th eigenvector, K from 1.

    Source: dgl.nn.pytorch.conv.dgnconv.DGNConvTower.
    """

    def message(self, edges) -> dict[str, Tensor]:
        """`PNAConvTower`'s message, and both ends' eigenvectors."""
        messages = super().message(edges)
        if any(name.startswith("dir") for name in self.aggregators):
            messages.update(eig_s=edges.src["eig"], eig_d=edges.dst["eig"])
        return messages

    def _aggregate(self, nodes) -> list[Tensor]:
        messages = nodes.mailbox["msg"]
        reduced = []
        for name in self.aggregators:
            if not name.startswith("dir"):
                reduced.append(AGGREGATORS[name](messages))
                continue
            which, kind = name[3:].split("-")
            index = int(which) - 1
            weight = _direction(
                nodes.mailbox["eig_s"][:, :, index], nodes.mailbox["eig_d"][:, :, index]
            )
            if kind == "av":
                reduced.append((messages * weight.abs()).sum(dim=1))
            else:
                here = nodes.data["h"] * weight.sum(dim=1)
                reduced.append(((messages * weight).sum(dim=1) - here).abs())
        return reduced


class DGNConv(PNAConv):
    """`PNAConv` with aggregators along the directions that eigenvectors of the Laplacian give.

    Takes the arguments of `PNAConv`; ``aggregators`` may hold ``dirK-av`` and ``dirK-dx``, too.

    Source: dgl.nn.DGNConv; Beani et al., 2021.
    """

    _tower = DGNConvTower

    def __init__(
        self,
        in_size: int,
        out_size: int,
        aggregators: list[str],
        scalers: list[str],
        delta: float,
        dropout: float = 0.0,
        num_towers: int = 1,
        edge_feat_size: int = 0,
        residual: bool = True,
    ) -> None:
        super().__init__(
            in_size,
            out_size,
            aggregators,
            scalers,
            delta,
            dropout,
            num_towers,
            edge_feat_size,
            residual,
        )
        self.use_eig_vec = any(name.startswith("dir") for name in aggregators)

    def forward(
        self,
        graph,
        node_feat: Tensor,
        edge_feat: Tensor | None = None,
        eig_vec: Tensor | None = None,
    ) -> Tensor:
        """``[n, in_size]`` to ``[n, out_size]``.

        Args:
            graph: A graph of one node type and relation; it may be a batch.
            node_feat: ``[n, in_size]``.
            edge_feat: ``[num_edges, edge_feat_size]``.
            eig_vec: Eigenvectors ``[n, K]``, for directional aggregators.
        """
        with graph.local_scope():
            if self.use_eig_vec:
                graph.ndata["eig"] = eig_vec
            return super().forward(graph, node_feat, edge_feat)
