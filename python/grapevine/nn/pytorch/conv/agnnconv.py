"""Attention by cosines."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .... import ops
from ....utils import expand_as_pair
from ...functional import edge_softmax
from ..propagation import Features
from .in_degree_check import InDegreeCheck


class AGNNConv(InDegreeCheck):
    """Averages the in-neighbours by the softmax of ``beta * cos(h_u, h_v)``.

    ``beta`` ``[1]`` is a parameter if it is learned, else a buffer.

    Args:
        init_beta: The first value of ``beta``.
        learn_beta: Whether ``beta`` is learned.
        allow_zero_in_degree: Whether a node without in-edges is no error.

    Source: dgl.nn.AGNNConv; Thekumparampil et al., 2018.
    """

    def __init__(
        self,
        init_beta: float = 1.0,
        learn_beta: bool = True,
        allow_zero_in_degree: bool = False,
    ) -> None:
        super().__init__(allow_zero_in_degree)
        beta = torch.tensor([init_beta], dtype=torch.float32)
        if learn_beta:
            self.beta = nn.Parameter(beta)
        else:
            self.register_buffer("beta", beta)

    def forward(self, graph, feat: Features) -> Tensor:
        """``[num_src, *, in]``, or a pair with ``[num_dst, *, in]``, to ``[num_dst, *, in]``.

        Raises:
            DGLError: For a node without in-edges, unless allowed.
        """
        self._check_in_degrees(graph)
        src, dst = expand_as_pair(feat, graph)
        cosine = ops.u_dot_v(graph, F.normalize(src, dim=-1), F.normalize(dst, dim=-1))
        return ops.u_mul_e_sum(graph, src, edge_softmax(graph, self.beta * cosine))
