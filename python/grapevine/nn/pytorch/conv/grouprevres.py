"""Reversible residual connections."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["GroupRevRes"]


class _Reversible(torch.autograd.Function):
    """Computes ``layer`` without a graph of its operations; the gradient recomputes its input.

    Only the output is kept; the input is made of that by ``layer._inverse``, and what lies between
    by running the layer again.
    """

    @staticmethod
    def forward(ctx, layer: GroupRevRes, graph, num_inputs: int, *tensors: Any) -> Tensor:
        inputs = tensors[:num_inputs]
        ctx.layer, ctx.graph = layer, graph
        ctx.rest = inputs[1:]
        ctx.weights = tensors[num_inputs:]
        output = layer._forward(graph, *inputs)
        ctx.save_for_backward(output)
        return output

    @staticmethod
    def backward(ctx, grad_output: Tensor) -> tuple[Any, ...]:
        (output,) = ctx.saved_tensors
        inputs = (ctx.layer._inverse(ctx.graph, output, *ctx.rest), *ctx.rest)
        is_needed = ctx.needs_input_grad[3 : 3 + len(inputs)]
        with torch.enable_grad():
            inputs = [
                value.detach().requires_grad_(needed) if isinstance(value, Tensor) else value
                for value, needed in zip(inputs, is_needed)
            ]
            again = ctx.layer._forward(ctx.graph, *inputs)
        wanted = [value for value, needed in zip(inputs, is_needed) if needed]
        gradients = iter(
            torch.autograd.grad(again, wanted + list(ctx.weights), grad_output, allow_unused=True)
        )
        of_inputs = [next(gradients) if needed else None for needed in is_needed]
        return (None, None, None, *of_inputs, *gradients)


class GroupRevRes(nn.Module):
    """Splits the features into groups and adds to each what a layer makes of the one before.

    ``y_i = x_i + layer_i(graph, y_(i-1))``, where ``y_0`` is the sum of all groups but the first.
    As inputs can be computed of outputs, none is kept for the gradient. A layer must give the same
    when run again; a dropout mask is passed as an argument, not drawn inside.

    Parameters: ``gnn_modules.i``, copies of ``gnn_module``.

    Args:
        gnn_module: Takes ``(graph, feat, *args)`` with ``feat`` ``[n, in / groups]``, and gives as
            many features.
        groups: How many groups.

    Source: dgl.nn.GroupRevRes; Li et al., 2021.
    """

    def __init__(self, gnn_module: nn.Module, groups: int = 2) -> None:
        super().__init__()
        copies = [deepcopy(gnn_module) for _ in range(groups - 1)]
        self.gnn_modules = nn.ModuleList([gnn_module, *copies])
        self.groups = groups

    def _chunks(self, args: tuple[Tensor, ...]) -> list[tuple[Tensor, ...]]:
        """Each group's part of every argument."""
        parts = [torch.chunk(arg, self.groups, dim=-1) for arg in args]
        return [tuple(part[i] for part in parts) for i in range(self.groups)]

    def _forward(self, g, x: Tensor, *args: Tensor) -> Tensor:
        xs = torch.chunk(x, self.groups, dim=-1)
        before = sum(xs[1:])
        ys = []
        for module, one, rest in zip(self.gnn_modules, xs, self._chunks(args)):
            before = one + module(g, before, *rest)
            ys.append(before)
        return torch.cat(ys, dim=-1)

    def _inverse(self, g, y: Tensor, *args: Tensor) -> Tensor:
        ys = torch.chunk(y, self.groups, dim=-1)
        chunks = self._chunks(args)
        xs: list[Tensor] = []
        for i in reversed(range(self.groups)):
            before = ys[i - 1] if i > 0 else sum(xs)
            xs.insert(0, ys[i] - self.gnn_modules[i](g, before, *chunks[i]))
        return torch.cat(xs, dim=-1)

    def forward(self, g, x: Tensor, *args: Tensor) -> Tensor:
        """``[n, in]`` to ``[n, in]``.

        Args:
            g: What the layers take as a graph.
            x: ``[n, in]``.
            *args: Further arguments of the layers, ``[*, width]``, split as ``x`` is.
        """
        weights = [parameter for parameter in self.parameters() if parameter.requires_grad]
        return _Reversible.apply(self, g, 1 + len(args), x, *args, *weights)
