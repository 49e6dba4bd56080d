"""The gated graph neural network."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .... import ops
from ..propagation import reduce_neighbors


class GatedGraphConv(nn.Module):
    """``n_steps`` times a GRU cell that reads the sum of the in-neighbours' messages.

    A message is a linear layer of the source's state, one layer for each edge type. The state
    starts as the input, filled up with zeros.

    Parameters: ``linears.i`` ``[out_feats, out_feats]`` (Xavier-normal with the gain of relu,
    biases 0), ``gru``.

    Args:
        in_feats: Width of the input, at most ``out_feats``.
        out_feats: Width of the output.
        n_steps: How many steps.
        n_etypes: How many edge types.
        bias: Whether the GRU cell has biases.

    Raises:
        AssertionError: If ``in_feats`` exceeds ``out_feats``.

    Source: dgl.nn.GatedGraphConv; Li et al., 2016.
    """

    def __init__(
        self, in_feats: int, out_feats: int, n_steps: int, n_etypes: int, bias: bool = True
    ) -> None:
        super().__init__()
        assert in_feats <= out_feats, (
            f"GatedGraphConv: in_feats: expected at most out_feats ({out_feats}), got {in_feats}"
        )
        self._in_feats = in_feats
        self._out_feats = out_feats
        self._n_steps = n_steps
        self._n_etypes = n_etypes
        self.linears = nn.ModuleList(nn.Linear(out_feats, out_feats) for _ in range(n_etypes))
        self.gru = nn.GRUCell(out_feats, out_feats, bias=bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the parameters anew."""
        gain = nn.init.calculate_gain("relu")
        self.gru.reset_parameters()
        for linear in self.linears:
            nn.init.xavier_normal_(linear.weight, gain=gain)
            nn.init.zeros_(linear.bias)

    def set_allow_zero_in_degree(self, set_value: bool) -> None:
        """Kept for callers of other layers' method: nodes without in-edges are never an error."""
        self._allow_zero_in_degree = set_value

    def forward(self, graph, feat: Tensor, etypes: Tensor | None = None) -> Tensor:
        """``[n, in_feats]`` to ``[n, out_feats]``.

        Args:
            graph: A graph of one node type and relation.
            feat: ``[n, in_feats]``.
            etypes: Type of each edge ``[num_edges]``; not needed if there is one type.

        Raises:
            AssertionError: For a graph of several types, and types out of range.
        """
        assert graph.is_homogeneous, (
            "GatedGraphConv: graph: expected one node type and one relation; make it one with "
            "to_homogeneous and pass the edge types"
        )
        num_types = self._n_etypes
        if num_types != 1:
            assert etypes is not None and bool(((0 <= etypes) & (etypes < num_types)).all()), (
                f"GatedGraphConv: etypes: expected a type from 0 to {num_types - 1} for each edge"
            )
        h = torch.cat([feat, feat.new_zeros(len(feat), self._out_feats - feat.shape[1])], dim=-1)
        if num_types == 1:
            for _ in range(self._n_steps):
                h = self.gru(reduce_neighbors(graph, self.linears[0](h)), h)
            return h
        src, _ = graph.edges(order="eid")
        edges_of = [torch.nonzero(etypes == i).view(-1) for i in range(num_types)]
        place = torch.cat(edges_of).argsort()
        sources_of = [src.long()[edges] for edges in edges_of]
        for _ in range(self._n_steps):
            messages = [linear(h[ids]) for linear, ids in zip(self.linears, sources_of)]
            h = self.gru(ops.copy_e_sum(graph, torch.cat(messages)[place]), h)
        return h
