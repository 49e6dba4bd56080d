"""The graph isomorphism network."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ....utils import expand_as_pair
from ..propagation import Features, reduce_neighbors


class GINConv(nn.Module):
    """Applies a function to ``(1 + eps) * h_v`` plus what the in-neighbours hold.

    ``eps`` ``[1]`` is a parameter if it is learned, else a buffer.

    Args:
        apply_func: What is applied to the sum, such as a perceptron; nothing if not given.
        aggregator_type: ``"sum"``, ``"max"`` or ``"mean"`` of the neighbours.
        init_eps: The first value of ``eps``.
        learn_eps: Whether ``eps`` is learned.
        activation: Applied to the result, if given.

    Raises:
        KeyError: For another aggregator.

    Source: dgl.nn.GINConv; Xu et al., 2019.
    """

    def __init__(
        self,
        apply_func: Callable[[Tensor], Tensor] | None = None,
        aggregator_type: str = "sum",
        init_eps: float = 0,
        learn_eps: bool = False,
        activation: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self.apply_func = apply_func
        self._aggregator_type = aggregator_type
        self.activation = activation
        if aggregator_type not in ("sum", "max", "mean"):
            raise KeyError(
                f"GINConv: aggregator_type: expected sum, max or mean, got {aggregator_type!r}"
            )
        eps = torch.tensor([init_eps], dtype=torch.float32)
        if learn_eps:
            self.eps = nn.Parameter(eps)
        else:
            self.register_buffer("eps", eps)

    def forward(self, graph, feat: Features, edge_weight: Tensor | None = None) -> Tensor:
        """New features of the destination nodes.

        Args:
            graph: A graph or block of one relation.
            feat: ``[num_src, in]``, or a pair with ``[num_dst, in]``.
            edge_weight: ``[num_edges]`` or ``[num_edges, 1]``.

        Returns:
            ``[num_dst, in]``, or what ``apply_func`` makes of that.
        """
        src, dst = expand_as_pair(feat, graph)
        neighbors = reduce_neighbors(graph, src, edge_weight, self._aggregator_type)
        result = (1 + self.eps) * dst + neighbors
        if self.apply_func is not None:
            result = self.apply_func(result)
        return result if self.activation is None else self.activation(result)
