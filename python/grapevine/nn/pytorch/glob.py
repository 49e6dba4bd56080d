"""Readouts of whole graphs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ...readout import (
    broadcast_nodes,
    max_nodes,
    mean_nodes,
    softmax_nodes,
    sum_nodes,
    topk_nodes,
)
from .settransformer import SetTransformerDecoder, SetTransformerEncoder

__all__ = [
    "AvgPooling",
    "GlobalAttentionPooling",
    "MaxPooling",
    "Set2Set",
    "SetTransformerDecoder",
    "SetTransformerEncoder",
    "SortPooling",
    "SumPooling",
    "WeightAndSum",
]


def _read_out(graph, feat: Tensor, readout: Callable) -> Tensor:
    """``readout(graph, column)`` of ``feat``, without leaving a column behind."""
    with graph.local_scope():
        graph.ndata["h"] = feat
        return readout(graph, "h")


class SumPooling(nn.Module):
    """The sum over each graph's nodes. Source: dgl.nn.SumPooling."""

    def forward(self, graph, feat: Tensor) -> Tensor:
        """``[n, *]`` of a batch of graphs to ``[batch_size, *]``."""
        return _read_out(graph, feat, sum_nodes)


class AvgPooling(nn.Module):
    """The mean over each graph's nodes. Source: dgl.nn.AvgPooling."""

    def forward(self, graph, feat: Tensor) -> Tensor:
        """``[n, *]`` of a batch of graphs to ``[batch_size, *]``."""
        return _read_out(graph, feat, mean_nodes)


class MaxPooling(nn.Module):
    """The maximum over each graph's nodes. Source: dgl.nn.MaxPooling."""

    def forward(self, graph, feat: Tensor) -> Tensor:
        """``[n, *]`` of a batch of graphs to ``[batch_size, *]``."""
        return _read_out(graph, feat, max_nodes)


class SortPooling(nn.Module):
    """The ``k`` nodes with the largest features side by side.

    Each node's features are sorted; nodes are chosen by the largest, and 0 fills up.

    Args:
        k: How many nodes.

    Source: dgl.nn.SortPooling; Zhang et al., 2018.
    """

    def __init__(self, k: int) -> None:
        super().__init__()
        self.k = k

    def forward(self, graph, feat: Tensor) -> Tensor:
        """``[n, in]`` of a batch of graphs to ``[batch_size, k * in]``."""
        rows = feat.sort(dim=-1).values
        top = _read_out(graph, rows, lambda g, key: topk_nodes(g, key, self.k, sortby=-1)[0])
        return top.reshape(-1, self.k * feat.shape[-1])


class GlobalAttentionPooling(nn.Module):
    """The sum over each graph's nodes, weighed by a softmax of a gate.

    Parameters: those of ``gate_nn`` and ``feat_nn``.

    Args:
        gate_nn: Features to one number, ``[n, in]`` to ``[n, 1]``.
        feat_nn: Applied to the features before the sum, if given.

    Source: dgl.nn.GlobalAttentionPooling; Li et al., 2016.
    """

    def __init__(self, gate_nn: nn.Module, feat_nn: nn.Module | None = None) -> None:
        super().__init__()
        self.gate_nn = gate_nn
        self.feat_nn = feat_nn

    def forward(
        self, graph, feat: Tensor, get_attention: bool = False
    ) -> Tensor | tuple[Tensor, Tensor]:
        """``[n, in]`` of a batch of graphs to ``[batch_size, out]``, and the gates if asked for.

        Raises:
            AssertionError: If ``gate_nn`` gives more than one number.
        """
        gate = self.gate_nn(feat)
        assert gate.shape[-1] == 1, (
            f"GlobalAttentionPooling: gate_nn: expected one number for each node, got shape "
            f"{list(gate.shape)}"
        )
        if self.feat_nn is not None:
            feat = self.feat_nn(feat)
        gate = _read_out(graph, gate, softmax_nodes)
        readout = _read_out(graph, feat * gate, sum_nodes)
        return (readout, gate) if get_attention else readout


class Set2Set(nn.Module):
    """Reads each graph's nodes several times, attending to them by an LSTM's state.

    Parameters: ``lstm``, from ``2 * input_dim`` to ``input_dim``.

    Args:
        input_dim: Width of the input.
        n_iters: How many times.
        n_layers: How many layers the LSTM has.

    Source: dgl.nn.Set2Set; Vinyals et al., 2016.
    """

    def __init__(self, input_dim: int, n_iters: int, n_layers: int) -> None:
        super().__init__()
        self.input_dim = input_dim
        self.output_dim = 2 * input_dim
        self.n_iters = n_iters
        self.n_layers = n_layers
        self.lstm = nn.LSTM(self.output_dim, input_dim, n_layers)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        self.lstm.reset_parameters()

    def forward(self, graph, feat: Tensor) -> Tensor:
        """``[n, input_dim]`` of a batch of graphs to ``[batch_size, 2 * input_dim]``."""
        size = (self.n_layers, graph.batch_size, self.input_dim)
        state = (feat.new_zeros(size), feat.new_zeros(size))
        result = feat.new_zeros(graph.batch_size, self.output_dim)
        for _ in range(self.n_iters):
            query, state = self.lstm(result.unsqueeze(0), state)
            query = query.squeeze(0)
            score = (feat * broadcast_nodes(graph, query)).sum(dim=-1, keepdim=True)
            attention = _read_out(graph, score, softmax_nodes)
            readout = _read_out(graph, feat * attention, sum_nodes)
            result = torch.cat([query, readout], dim=-1)
        return result

    def extra_repr(self) -> str:
        """How many times the nodes are read."""
        return f"n_iters={self.n_iters}"


class WeightAndSum(nn.Module):
    """The sum over each graph's nodes, each times ``sigmoid`` of a linear layer.

    Parameters: ``atom_weighting.0``, from ``in_feats`` to 1.

    Args:
        in_feats: Width of the input.

    Source: dgl.nn.WeightAndSum.
    """

    def __init__(self, in_feats: int) -> None:
        super().__init__()
        self.in_feats = in_feats
        self.atom_weighting = nn.Sequential(nn.Linear(in_feats, 1), nn.Sigmoid())

    def forward(self, g, feats: Tensor) -> Tensor:
        """``[n, in_feats]`` of a batch of graphs to ``[batch_size, in_feats]``."""
        return _read_out(g, feats * self.atom_weighting(feats), sum_nodes)
