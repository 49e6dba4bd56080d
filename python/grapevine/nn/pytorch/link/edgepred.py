"""Scores of edges."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class EdgePredictor(nn.Module):
    """Joins the features of two nodes and, if sizes are given, applies a linear layer.

    Parameters: ``linear``, if both sizes are given.

    Args:
        op: ``"dot"`` and ``"cos"`` join to one number, ``"ele"`` multiplies entry by entry,
            ``"cat"`` puts both side by side.
        in_feats: Width of a node's features.
        out_feats: Width of the output.
        bias: Whether the linear layer has a bias.

    Raises:
        AssertionError: For another ``op``.

    Source: dgl.nn.EdgePredictor.
    """

    def __init__(
        self,
        op: str,
        in_feats: int | None = None,
        out_feats: int | None = None,
        bias: bool = False,
    ) -> None:
        super().__init__()
        assert op in ("dot", "cos", "ele", "cat"), (
            f"EdgePredictor: op: expected dot, cos, ele or cat, got {op!r}"
        )
        self.op = op
        self.linear = None
        if in_feats is not None and out_feats is not None:
            width = {"ele": in_feats, "cat": 2 * in_feats}.get(op, 1)
            self.linear = nn.Linear(width, out_feats, bias=bias)

    def reset_parameters(self) -> None:
        """Draws the linear layer anew, if there is one."""
        if self.linear is not None:
            self.linear.reset_parameters()

    def forward(self, h_src: Tensor, h_dst: Tensor) -> Tensor:
        """Two ``[n, in_feats]`` to ``[n, out_feats]``, or to what ``op`` gives."""
        if self.op == "dot":
            h = (h_src * h_dst).sum(dim=-1, keepdim=True)
        elif self.op == "cos":
            h = F.cosine_similarity(h_src, h_dst).unsqueeze(-1)
        elif self.op == "ele":
            h = h_src * h_dst
        else:
            h = torch.cat([h_src, h_dst], dim=-1)
        return h if self.linear is None else self.linear(h)
