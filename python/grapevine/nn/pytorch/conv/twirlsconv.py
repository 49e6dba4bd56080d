"""Convolutions that are unfolded steps of an optimisation."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .... import ops
from ....transforms import add_self_loop, remove_self_loop

__all__ = ["TWIRLSConv", "TWIRLSUnfoldingAndAttention"]


def _scaled(feat: Tensor, degrees: Tensor, exponent: float) -> Tensor:
    return feat * (degrees**exponent).unsqueeze(1)


class TWIRLSUnfoldingAndAttention(nn.Module):
    """Steps of gradient descent on a graph's energy, between which edges are weighed anew.

    A step takes ``Y`` to ``(1 - alp) Y + alp lam D^-1/2 A D^-1/2 Y + alp D^-1 X``, where ``D`` is
    ``lam`` times the degrees plus ``1 - lam``; without ``precond``, to ``(1 - alp lam - alp) Y +
    alp lam D^-1/2 A D^-1/2 Y + alp X`` with the degrees themselves. The weight of an edge falls
    with the distance of its ends.

    Parameters: ``etas`` ``[d]`` (ones) with ``use_eta``, factors of the features in distances.

    Args:
        d: Width of the features.
        alp: Length of a step; ``1 / (lam + 1)`` if it is 0.
        lam: Weight of the graph.
        prop_step: How many steps.
        attn_aft: After which step edges are weighed; -1 for none.
        tau: The least of what weights are the reciprocal of.
        T: The most of it; edges beyond count almost nothing; -1 for none.
        p: Weights are the distances to the power of ``p - 2``.
        use_eta: Whether there are factors of the features.
        init_att: Whether edges are weighed before the first step, too.
        attn_dropout: Dropout of the weights.
        precond: See above.

    Source: dgl.nn.TWIRLSUnfoldingAndAttention; Yang et al., 2021.
    """

    def __init__(
        self,
        d: int,
        alp: float,
        lam: float,
        prop_step: int,
        attn_aft: int = -1,
        tau: float = 0.2,
        T: float = -1,
        p: float = 1,
        use_eta: bool = False,
        init_att: bool = False,
        attn_dropout: float = 0,
        precond: bool = True,
    ) -> None:
        super().__init__()
        self.d = d
        self.alp = alp if alp > 0 else 1 / (lam + 1)
        self.lam = lam
        self.tau = tau
        self.T = T
        self.p = p
        self.prop_step = prop_step
        self.attn_aft = attn_aft
        self.use_eta = use_eta
        self.init_att = init_att
        self.attn_dropout = attn_dropout
        self.precond = precond
        self.register_parameter("etas", nn.Parameter(torch.ones(d)) if use_eta else None)

    def _attend(self, g, feat: Tensor) -> tuple[Tensor, Tensor]:
        """Weights of the edges ``[num_edges]`` and their sums at the nodes ``[n]``."""
        if self.etas is not None:
            feat = feat * self.etas
        norms = feat.square().sum(dim=-1)
        distance = ops.u_add_v(g, norms, norms) - 2 * ops.u_dot_v(g, feat, feat).view(-1)
        cost = ((F.relu(distance) + 1e-7) ** (1 - 0.5 * self.p)).clamp(min=self.tau)
        if self.T > 0:
            cost = cost.masked_fill(cost > self.T, math.inf)
        weight = 1 / cost + 1e-9
        degrees = ops.copy_e_sum(g, weight)
        return F.dropout(weight, self.attn_dropout, training=self.training), degrees

    def _step(self, g, weight: Tensor, degrees: Tensor, y: Tensor, x: Tensor) -> Tensor:
        alp, lam = self.alp, self.lam
        if self.precond:
            degrees = lam * degrees + (1 - lam)
        hop = ops.u_mul_e_sum(g, _scaled(y, degrees, -0.5), weight.unsqueeze(1))
        hop = alp * lam * _scaled(hop, degrees, -0.5)
        if self.precond:
            return (1 - alp) * y + hop + alp * _scaled(x, degrees, -1)
        return (1 - alp * lam - alp) * y + hop + alp * x

    def forward(self, g, X: Tensor) -> Tensor:
        """``[n, d]`` to ``[n, d]``, on a graph of one node type and relation."""
        y = X
        weight, degrees = X.new_ones(g.num_edges()), g.in_degrees().to(X)
        if self.init_att:
            weight, degrees = self._attend(g, y)
        for step in range(self.prop_step):
            y = self._step(g, weight, degrees, y, X)
            if step == self.attn_aft - 1:
                weight, degrees = self._attend(g, y)
        return y


class MLP(nn.Module):
    """Linear layers with normalisation, relu and dropout between them.

    Parameters: ``layers.i`` (weights Xavier-normal, biases 0), ``norms.i``.

    Source: dgl.nn.pytorch.conv.twirlsconv.MLP.
    """

    def __init__(
        self,
        input_d: int,
        hidden_d: int,
        output_d: int,
        num_layers: int,
        dropout: float,
        norm: str,
        init_activate: bool,
    ) -> None:
        super().__init__()
        self.init_activate = init_activate
        self.norm = norm
        self.dropout = dropout
        widths = [input_d, *[hidden_d] * (num_layers - 1), output_d] if num_layers > 0 else []
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in zip(widths, widths[1:]))
        self.norm_cnt = num_layers - 1 + int(init_activate)
        kinds = {"batch": nn.BatchNorm1d, "layer": nn.LayerNorm}
        if norm in kinds:
            self.norms = nn.ModuleList(kinds[norm](hidden_d) for _ in range(self.norm_cnt))
        self.reset_params()

    def reset_params(self) -> None:
        """Draws the weights anew and sets the biases to 0."""
        for layer in self.layers:
            nn.init.xavier_normal_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        """``[n, input_d]`` to ``[n, output_d]``."""
        norms = iter(self.norms if self.norm != "none" else ())
        for i, layer in enumerate(self.layers):
            if i > 0 or self.init_activate:
                x = F.relu(x if self.norm == "none" else next(norms)(x))
                x = F.dropout(x, self.dropout, training=self.training)
            x = layer(x)
        return x


class TWIRLSConv(nn.Module):
    """A perceptron, `TWIRLSUnfoldingAndAttention`, and another perceptron.

    The graph gets a self-loop at each node. If nothing before the unfolding is learned or random,
    its result is computed once for all calls.

    Parameters: ``mlp_bef``, ``unfolding``, ``mlp_aft``.

    Args:
        input_d: Width of the input.
        output_d: Width of the output.
        hidden_d: Width between.
        prop_step: How many steps of the unfolding.
        num_mlp_before: Layers before it.
        num_mlp_after: Layers after it.
        norm: ``"batch"``, ``"layer"`` or ``"none"``, in the perceptrons.
        precond: See `TWIRLSUnfoldingAndAttention`, as for the following.
        alp: Length of a step.
        lam: Weight of the graph.
        attention: Whether edges are weighed after half of the steps.
        tau: The least of what weights are the reciprocal of.
        T: The most of it.
        p: Power of the distances.
        use_eta: Whether there are factors of the features.
        attn_bef: Whether edges are weighed before the first step.
        dropout: Dropout in the perceptrons.
        attn_dropout: Dropout of the weights.
        inp_dropout: Dropout of the input.

    Source: dgl.nn.TWIRLSConv; Yang et al., 2021.
    """

    def __init__(
        self,
        input_d: int,
        output_d: int,
        hidden_d: int,
        prop_step: int,
        num_mlp_before: int = 1,
        num_mlp_after: int = 1,
        norm: str = "none",
        precond: bool = True,
        alp: float = 0,
        lam: float = 1,
        attention: bool = False,
        tau: float = 0.2,
        T: float = -1,
        p: float = 1,
        use_eta: bool = False,
        attn_bef: bool = False,
        dropout: float = 0.0,
        attn_dropout: float = 0.0,
        inp_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.input_d = input_d
        self.output_d = output_d
        self.hidden_d = hidden_d
        self.inp_dropout = inp_dropout
        self.cacheable = not attention and num_mlp_before == 0 and inp_dropout <= 0
        self.cached_unfolding: Tensor | None = None
        before = hidden_d if num_mlp_after > 0 else output_d
        after = hidden_d if num_mlp_before > 0 else input_d
        self.mlp_bef = MLP(
            input_d, hidden_d, before, num_mlp_before, dropout, norm, init_activate=False
        )
        self.unfolding = TWIRLSUnfoldingAndAttention(
            hidden_d,
            alp,
            lam,
            prop_step,
            prop_step // 2 if attention else -1,
            tau,
            T,
            p,
            use_eta,
            attn_bef,
            attn_dropout,
            precond,
        )
        activates = num_mlp_before > 0 and num_mlp_after > 0
        self.mlp_aft = MLP(
            after, hidden_d, output_d, num_mlp_after, dropout, norm, init_activate=activates
        )

    def forward(self, graph, feat: Tensor) -> Tensor:
        """``[n, input_d]`` to ``[n, output_d]``, on a graph of one node type and relation."""
        if self.cached_unfolding is not None:
            return self.mlp_aft(self.cached_unfolding)
        graph = add_self_loop(remove_self_loop(graph))
        h = F.dropout(feat, self.inp_dropout, training=self.training)
        h = self.unfolding(graph, self.mlp_bef(h))
        if self.cacheable:
            self.cached_unfolding = h
        return self.mlp_aft(h)
