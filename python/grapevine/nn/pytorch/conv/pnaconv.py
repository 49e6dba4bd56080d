"""Principal neighbourhood aggregation."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

__all__ = ["AGGREGATORS", "PNAConv", "PNAConvTower", "SCALERS"]

#: Below a root, so that its gradient at 0 is finite.
_TINY = 1e-30


def _variance(h: Tensor) -> Tensor:
    mean = h.mean(dim=1)
    return torch.relu((h * h).mean(dim=1) - mean * mean)


def _moment(h: Tensor, order: int) -> Tensor:
    moment = ((h - h.mean(dim=1, keepdim=True)) ** order).mean(dim=1)
    return moment.sign() * (moment.abs() + _TINY) ** (1.0 / order)


#: What reduces messages ``[nodes, degree, width]`` to ``[nodes, width]``, by name.
AGGREGATORS: dict[str, Callable[..., Tensor]] = {
    "mean": lambda h: h.mean(dim=1),
    "sum": lambda h: h.sum(dim=1),
    "max": lambda h: h.max(dim=1).values,
    "min": lambda h: h.min(dim=1).values,
    "std": lambda h: torch.sqrt(_variance(h) + _TINY),
    "var": _variance,
    "moment3": partial(_moment, order=3),
    "moment4": partial(_moment, order=4),
    "moment5": partial(_moment, order=5),
}

#: Factors of the reduced messages by name, from a node's in-degree and the training graphs' mean
#: of ``log(degree + 1)``.
SCALERS: dict[str, Callable[[int, float], float]] = {
    "identity": lambda degree, delta: 1.0,
    "amplification": lambda degree, delta: math.log(degree + 1) / delta,
    "attenuation": lambda degree, delta: delta / math.log(degree + 1),
}


class PNAConvTower(nn.Module):
    """One tower of `PNAConv`: linear messages, aggregators times scalers, linear, batch norm.

    Parameters: ``M`` ``[in_size, 2 * in_size + edge_feat_size]``, ``U``
    ``[out_size, (aggregators * scalers + 1) * in_size]``, both with biases, and ``batchnorm``.

    Source: dgl.nn.pytorch.conv.pnaconv.PNAConvTower.
    """

    def __init__(
        self,
        in_size: int,
        out_size: int,
        aggregators: list[str],
        scalers: list[str],
        delta: float,
        dropout: float = 0.0,
        edge_feat_size: int = 0,
    ) -> None:
        super().__init__()
        self.in_size = in_size
        self.out_size = out_size
        self.aggregators = aggregators
        self.scalers = scalers
        self.delta = delta
        self.edge_feat_size = edge_feat_size
        self.M = nn.Linear(2 * in_size + edge_feat_size, in_size)
        self.U = nn.Linear((len(aggregators) * len(scalers) + 1) * in_size, out_size)
        self.dropout = nn.Dropout(dropout)
        self.batchnorm = nn.BatchNorm1d(out_size)

    def message(self, edges) -> dict[str, Tensor]:
        """The linear layer ``M`` on both ends and the edge, ``[num_edges, in_size]``."""
        parts = [edges.src["h"], edges.dst["h"]]
        if self.edge_feat_size > 0:
            parts.append(edges.data["a"])
        return {"msg": self.M(torch.cat(parts, dim=-1))}

    def _aggregate(self, nodes) -> list[Tensor]:
        """Each aggregator's ``[n, in_size]``."""
        return [AGGREGATORS[name](nodes.mailbox["msg"]) for name in self.aggregators]

    def reduce_func(self, nodes) -> dict[str, Tensor]:
        """All aggregators, once for each scaler, ``[n, aggregators * scalers * in_size]``."""
        degree = nodes.mailbox["msg"].shape[1]
        h = torch.cat(self._aggregate(nodes), dim=1)
        scaled = [h * SCALERS[name](degree, self.delta) for name in self.scalers]
        return {"h_neigh": torch.cat(scaled, dim=1)}

    def forward(self, graph, node_feat: Tensor, edge_feat: Tensor | None = None) -> Tensor:
        """``[n, in_size]`` and ``[num_edges, edge_feat_size]`` to ``[n, out_size]``.

        Raises:
            AssertionError: If edge features are missing.
        """
        counts = graph.batch_num_nodes()
        graph_norm = counts.to(node_feat).rsqrt().repeat_interleave(counts).unsqueeze(-1)
        with graph.local_scope():
            graph.ndata["h"] = node_feat
            if self.edge_feat_size > 0:
                assert edge_feat is not None, "PNAConv: edge_feat: expected, got None"
                graph.edata["a"] = edge_feat
            graph.update_all(self.message, self.reduce_func)
            h = self.U(torch.cat([node_feat, graph.ndata["h_neigh"]], dim=-1))
        return self.dropout(self.batchnorm(h * graph_norm))


class PNAConv(nn.Module):
    """Several aggregators of the in-neighbours, scaled by the degree, in towers side by side.

    Parameters: ``towers.i`` (see `PNAConvTower`) and ``mixing_layer.0`` ``[out_size, out_size]``.

    Args:
        in_size: Width of the input, a multiple of ``num_towers``.
        out_size: Width of the output, a multiple of ``num_towers``.
        aggregators: Names in `AGGREGATORS`.
        scalers: Names in `SCALERS`.
        delta: Mean of ``log(degree + 1)`` over the training nodes.
        dropout: Dropout of each tower's output.
        num_towers: How many towers; each reads its part of the input.
        edge_feat_size: Width of the edges' input; 0 for none.
        residual: Whether the input is added, if both widths are equal.

    Raises:
        AssertionError: If a width is no multiple of ``num_towers``.

    Source: dgl.nn.PNAConv; Corso et al., 2020.
    """

    _tower = PNAConvTower

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
        super().__init__()
        for name, size in (("in_size", in_size), ("out_size", out_size)):
            assert size % num_towers == 0, (
                f"{type(self).__name__}: {name}: expected a multiple of num_towers "
                f"({num_towers}), got {size}"
            )
        self.in_size = in_size
        self.out_size = out_size
        self.tower_in_size = in_size // num_towers
        self.tower_out_size = out_size // num_towers
        self.edge_feat_size = edge_feat_size
        self.residual = residual and in_size == out_size
        self.towers = nn.ModuleList(
            self._tower(
                self.tower_in_size,
                self.tower_out_size,
                aggregators,
                scalers,
                delta,
                dropout=dropout,
                edge_feat_size=edge_feat_size,
            )
            for _ in range(num_towers)
        )
        self.mixing_layer = nn.Sequential(nn.Linear(out_size, out_size), nn.LeakyReLU())

    def forward(self, graph, node_feat: Tensor, edge_feat: Tensor | None = None) -> Tensor:
        """``[n, in_size]`` and ``[num_edges, edge_feat_size]`` to ``[n, out_size]``.

        ``graph`` has one node type and one relation; it may be a batch.

        Raises:
            AssertionError: If edge features are missing.
        """
        parts = node_feat.split(self.tower_in_size, dim=1)
        h = [tower(graph, part, edge_feat) for tower, part in zip(self.towers, parts)]
        result = self.mixing_layer(torch.cat(h, dim=1))
        return result + node_feat if self.residual else result
