"""The graph isomorphism network with edge features."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .... import function as fn
from ....utils import expand_as_pair
from ..propagation import Features


class GINEConv(nn.Module):
    """Applies a function to ``(1 + eps) * h_v`` plus the in-edges' sum of ``relu(h_u + h_e)``.

    ``eps`` ``[1]`` is a parameter if it is learned, else a buffer.

    Args:
        apply_func: What is applied to the sum, such as a perceptron; nothing if not given.
        init_eps: The first value of ``eps``.
        learn_eps: Whether ``eps`` is learned.

    Source: dgl.nn.GINEConv; Hu et al., 2020.
    """

    def __init__(
        self,
        apply_func: Callable[[Tensor], Tensor] | None = None,
        init_eps: float = 0,
        learn_eps: bool = False,
    ) -> None:
        super().__init__()
        self.apply_func = apply_func
        eps = torch.tensor([init_eps], dtype=torch.float32)
        if learn_eps:
            self.eps = nn.Parameter(eps)
        else:
            self.register_buffer("eps", eps)

    def message(self, edges) -> dict[str, Tensor]:
        """``relu(h_u + h_e)`` ``[num_edges, in]``."""
        return {"m": torch.relu(edges.src["hn"] + edges.data["he"])}

    def forward(self, graph, node_feat: Features, edge_feat: Tensor) -> Tensor:
        """New features of the destination nodes.

        Args:
            graph: A graph or block of one relation.
            node_feat: ``[num_src, in]``, or a pair with ``[num_dst, in]``.
            edge_feat: ``[num_edges, in]``.

        Returns:
            ``[num_dst, in]``, or what ``apply_func`` makes of that.
        """
        src, dst = expand_as_pair(node_feat, graph)
        with graph.local_scope():
            graph.srcdata["hn"] = src
            graph.edata["he"] = edge_feat
            graph.update_all(self.message, fn.sum("m", "neigh"))
            result = (1 + self.eps) * dst + graph.dstdata["neigh"]
        return result if self.apply_func is None else self.apply_func(result)
