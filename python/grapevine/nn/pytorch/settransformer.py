"""Attention within sets of nodes, and readouts by it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...base import dgl_warning

#: How many rows each set has.
Lengths = Tensor | Sequence[int]


class MultiHeadAttention(nn.Module):
    """Attention of each set's rows to the rows of the set with the same number.

    Parameters: ``proj_q``, ``proj_k``, ``proj_v``, ``proj_o`` (no biases), ``ffn``, ``norm_in``,
    ``norm_inter``; matrices Xavier-uniform.

    Args:
        d_model: Width of input and output.
        num_heads: How many heads.
        d_head: Width of each.
        d_ff: Width of the perceptron's hidden layer.
        dropouth: Dropout of that.
        dropouta: Dropout of the attention.

    Source: dgl.nn.pytorch.glob.MultiHeadAttention; Vaswani et al., 2017.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_head: int,
        d_ff: int,
        dropouth: float = 0.0,
        dropouta: float = 0.0,
    ) -> None:
        super().__init__()
        self.d_model = d_model
        self.num_heads = num_heads
        self.d_head = d_head
        self.d_ff = d_ff
        width = num_heads * d_head
        self.proj_q = nn.Linear(d_model, width, bias=False)
        self.proj_k = nn.Linear(d_model, width, bias=False)
        self.proj_v = nn.Linear(d_model, width, bias=False)
        self.proj_o = nn.Linear(width, d_model, bias=False)
        self.ffn = _perceptron(d_model, d_ff, dropouth)
        self.droph = nn.Dropout(dropouth)
        self.dropa = nn.Dropout(dropouta)
        self.norm_in = nn.LayerNorm(d_model)
        self.norm_inter = nn.LayerNorm(d_model)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the matrices anew."""
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)

    def _padded_heads(self, rows: Tensor, mask: Tensor) -> Tensor:
        """``[n, heads * d]`` to ``[sets, heads, longest, d]``, 0 where ``mask`` is false."""
        padded = rows.new_zeros(*mask.shape, self.num_heads, self.d_head)
        padded[mask] = rows.reshape(len(rows), self.num_heads, self.d_head)
        return padded.transpose(1, 2)

    def forward(self, x: Tensor, mem: Tensor, lengths_x: Lengths, lengths_mem: Lengths) -> Tensor:
        """``[sum of lengths_x, d_model]`` to the same, having read ``mem``.

        Args:
            x: The sets that read, one after the other.
            mem: The sets that are read, ``[sum of lengths_mem, d_model]``.
            lengths_x: Rows of each set, ``[sets]``.
            lengths_mem: Rows of each set, ``[sets]``.
        """
        mask_x, mask_mem = _row_mask(lengths_x, x), _row_mask(lengths_mem, mem)
        query = self._padded_heads(self.proj_q(x), mask_x)
        key = self._padded_heads(self.proj_k(mem), mask_mem)
        value = self._padded_heads(self.proj_v(mem), mask_mem)
        score = query @ key.mT / math.sqrt(self.d_head)
        is_absent = ~mask_mem[:, None, None, :]
        score = score.masked_fill(is_absent, -math.inf)
        attention = torch.softmax(score, dim=-1).masked_fill(is_absent, 0.0)
        read = (attention @ value).transpose(1, 2)[mask_x]
        x = self.norm_in(x + self.proj_o(read.reshape(len(x), -1)))
        return self.norm_inter(x + self.ffn(x))


def _perceptron(d_model: int, d_ff: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(d_model, d_ff), nn.ReLU(), nn.Dropout(dropout), nn.Linear(d_ff, d_model)
    )


def _row_mask(lengths: Lengths, like: Tensor) -> Tensor:
    """``[sets, longest]``: whether a set has that row."""
    lengths = torch.as_tensor(lengths, device=like.device)
    longest = int(lengths.max()) if len(lengths) else 0
    return torch.arange(longest, device=like.device) < lengths.unsqueeze(1)


def _warn_of_one(name: str, value: int) -> None:
    if value == 1:
        dgl_warning(
            f"{name} is 1: a softmax of one number is 1, so that the query and key projections "
            "that attend to it will not be trained"
        )


class SetAttentionBlock(nn.Module):
    """Attention of each set's rows to each other. Source: dgl.nn.pytorch.glob."""

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_head: int,
        d_ff: int,
        dropouth: float = 0.0,
        dropouta: float = 0.0,
    ) -> None:
        super().__init__()
        self.mha = MultiHeadAttention(d_model, num_heads, d_head, d_ff, dropouth, dropouta)

    def forward(self, feat: Tensor, lengths: Lengths) -> Tensor:
        """``[n, d_model]`` to ``[n, d_model]``."""
        return self.mha(feat, feat, lengths, lengths)


class InducedSetAttentionBlock(nn.Module):
    """Attention of each set's rows to ``m`` rows that have read the set.

    Parameters: ``inducing_points`` ``[m, d_model]`` (Xavier-uniform), ``mha.0``, ``mha.1``.

    Source: dgl.nn.pytorch.glob.InducedSetAttentionBlock.
    """

    def __init__(
        self,
        m: int,
        d_model: int,
        num_heads: int,
        d_head: int,
        d_ff: int,
        dropouth: float = 0.0,
        dropouta: float = 0.0,
    ) -> None:
        super().__init__()
        self.m = m
        _warn_of_one("m", m)
        self.d_model = d_model
        self.inducing_points = nn.Parameter(torch.empty(m, d_model))
        self.mha = nn.ModuleList(
            MultiHeadAttention(d_model, num_heads, d_head, d_ff, dropouth, dropouta)
            for _ in range(2)
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the inducing points anew."""
        nn.init.xavier_uniform_(self.inducing_points)

    def forward(self, feat: Tensor, lengths: Lengths) -> Tensor:
        """``[n, d_model]`` to ``[n, d_model]``."""
        own = [self.m] * len(lengths)
        query = self.inducing_points.repeat(len(lengths), 1)
        memory = self.mha[0](query, feat, own, lengths)
        return self.mha[1](feat, memory, lengths, own)

    def extra_repr(self) -> str:
        """Shape of the inducing points."""
        return f"InducedVector: {tuple(self.inducing_points.shape)}"


class PMALayer(nn.Module):
    """``k`` rows for each set that have read it.

    Parameters: ``seed_vectors`` ``[k, d_model]`` (Xavier-uniform), ``mha``, ``ffn``.

    Source: dgl.nn.pytorch.glob.PMALayer.
    """

    def __init__(
        self,
        k: int,
        d_model: int,
        num_heads: int,
        d_head: int,
        d_ff: int,
        dropouth: float = 0.0,
        dropouta: float = 0.0,
    ) -> None:
        super().__init__()
        self.k = k
        _warn_of_one("k", k)
        self.d_model = d_model
        self.seed_vectors = nn.Parameter(torch.empty(k, d_model))
        self.mha = MultiHeadAttention(d_model, num_heads, d_head, d_ff, dropouth, dropouta)
        self.ffn = _perceptron(d_model, d_ff, dropouth)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the seed vectors anew."""
        nn.init.xavier_uniform_(self.seed_vectors)

    def forward(self, feat: Tensor, lengths: Lengths) -> Tensor:
        """``[n, d_model]`` to ``[sets * k, d_model]``."""
        query = self.seed_vectors.repeat(len(lengths), 1)
        return self.mha(query, self.ffn(feat), [self.k] * len(lengths), lengths)

    def extra_repr(self) -> str:
        """Shape of the seed vectors."""
        return f"SeedVector: {tuple(self.seed_vectors.shape)}"


class SetTransformerEncoder(nn.Module):
    """Layers of attention among each graph's nodes.

    Parameters: ``layers.i``.

    Args:
        d_model: Width of input and output.
        n_heads: How many heads.
        d_head: Width of each.
        d_ff: Width of the perceptrons' hidden layers.
        n_layers: How many layers.
        block_type: ``"sab"``, all nodes attend to all, or ``"isab"``, by way of ``m`` rows.
        m: How many.
        dropouth: Dropout of the perceptrons.
        dropouta: Dropout of the attention.

    Raises:
        KeyError: For another block type, and for ``"isab"`` without ``m``.

    Source: dgl.nn.SetTransformerEncoder; Lee et al., 2019.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        d_head: int,
        d_ff: int,
        n_layers: int = 1,
        block_type: str = "sab",
        m: int | None = None,
        dropouth: float = 0.0,
        dropouta: float = 0.0,
    ) -> None:
        super().__init__()
        if block_type not in ("sab", "isab"):
            raise KeyError(
                f"SetTransformerEncoder: block_type: expected sab or isab, got {block_type!r}"
            )
        if block_type == "isab" and m is None:
            raise KeyError("SetTransformerEncoder: m: isab needs the number of inducing points")
        self.n_layers = n_layers
        self.block_type = block_type
        self.m = m
        sizes = (d_model, n_heads, d_head, d_ff, dropouth, dropouta)
        self.layers = nn.ModuleList(
            SetAttentionBlock(*sizes)
            if m is None or block_type == "sab"
            else InducedSetAttentionBlock(m, *sizes)
            for _ in range(n_layers)
        )

    def forward(self, graph, feat: Tensor) -> Tensor:
        """``[n, d_model]`` of a batch of graphs to ``[n, d_model]``."""
        lengths = graph.batch_num_nodes()
        for layer in self.layers:
            feat = layer(feat, lengths)
        return feat


class SetTransformerDecoder(nn.Module):
    """``k`` rows that have read a graph's nodes, and layers of attention among them.

    Parameters: ``pma``, ``layers.i``.

    Args:
        d_model: Width of the input.
        num_heads: How many heads.
        d_head: Width of each.
        d_ff: Width of the perceptrons' hidden layers.
        n_layers: How many layers.
        k: How many rows.
        dropouth: Dropout of the perceptrons.
        dropouta: Dropout of the attention.

    Source: dgl.nn.SetTransformerDecoder; Lee et al., 2019.
    """

    def __init__(
        self,
        d_model: int,
        num_heads: int,
        d_head: int,
        d_ff: int,
        n_layers: int,
        k: int,
        dropouth: float = 0.0,
        dropouta: float = 0.0,
    ) -> None:
        super().__init__()
        self.n_layers = n_layers
        self.k = k
        self.d_model = d_model
        sizes = (d_model, num_heads, d_head, d_ff, dropouth, dropouta)
        self.pma = PMALayer(k, *sizes)
        self.layers = nn.ModuleList(SetAttentionBlock(*sizes) for _ in range(n_layers))

    def forward(self, graph, feat: Tensor) -> Tensor:
        """``[n, d_model]`` of a batch of graphs to ``[batch_size, k * d_model]``."""
        feat = self.pma(feat, graph.batch_num_nodes())
        for layer in self.layers:
            feat = layer(feat, [self.k] * graph.batch_size)
        return feat.reshape(graph.batch_size, self.k * self.d_model)
