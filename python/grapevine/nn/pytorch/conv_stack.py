"""Several layers of one kind: the models that `grapevine train` makes of a layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor, nn
from torch.nn import functional as F

from ...base import DGLError
from .conv import ChebConv, GATConv, GATv2Conv, GINConv, GraphConv, SAGEConv, SGConv, TAGConv

__all__ = ["ConvStack"]

Options = dict[str, Any]

_ATTENTION: Options = {
    "heads": 8,
    "out_heads": 1,
    "allow_zero_in_degree": False,
    "feat_drop": 0.0,
    "attn_drop": 0.0,
    "negative_slope": 0.2,
    "residual": False,
}


class _FixedChebConv(ChebConv):
    """With the largest eigenvalue given once, and without an activation of its own."""

    def __init__(self, in_feats: int, out_feats: int, k: int, lambda_max: float) -> None:
        super().__init__(in_feats, out_feats, k, activation=None)
        self.lambda_max = float(lambda_max)

    def forward(self, graph, feat: Tensor) -> Tensor:
        """``[n, in_feats]`` to ``[n, out_feats]``."""
        return super().forward(graph, feat, [self.lambda_max] * graph.batch_size)


def _perceptron(in_feats: int, out_feats: int) -> nn.Module:
    return nn.Sequential(
        nn.Linear(in_feats, out_feats),
        nn.BatchNorm1d(out_feats),
        nn.ReLU(),
        nn.Linear(out_feats, out_feats),
    )


def _attention(layer: type[nn.Module]) -> Callable[..., nn.Module]:
    def make(in_feats: int, out_feats: int, heads: int, **options: Any) -> nn.Module:
        return layer(in_feats, out_feats, heads, **options)

    return make


#: By the name that `grapevine models` lists: the options with their defaults, the layer, and
#: whether it reads edge weights.
_LAYERS: dict[str, tuple[Options, Callable[..., nn.Module], bool]] = {
    "sage": (
        {"aggregator": "mean", "feat_drop": 0.0},
        lambda i, o, aggregator, feat_drop: SAGEConv(i, o, aggregator, feat_drop),
        True,
    ),
    "gcn": ({"norm": "both", "allow_zero_in_degree": False}, GraphConv, True),
    "gat": (_ATTENTION, _attention(GATConv), True),
    "gatv2": ({**_ATTENTION, "share_weights": False}, _attention(GATv2Conv), False),
    "gin": (
        {"aggregator": "sum", "init_eps": 0.0, "learn_eps": False},
        lambda i, o, aggregator, **eps: GINConv(_perceptron(i, o), aggregator, **eps),
        True,
    ),
    "tag": ({"k": 2}, TAGConv, False),
    "sgc": ({"k": 1, "cached": False}, SGConv, False),
    "cheb": ({"k": 2, "lambda_max": 2.0}, _FixedChebConv, False),
}

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu,
    "elu": F.elu,
    "none": lambda x: x,
}

_NORMS: dict[str, Callable[[int], nn.Module] | None] = {
    "none": None,
    "batch": nn.BatchNorm1d,
    "layer": nn.LayerNorm,
}


def _one_of(name: str, value: str, known: Mapping[str, Any]) -> Any:
    if value not in known:
        raise DGLError(f"ConvStack: {name}: expected one of {sorted(known)}, got {value!r}")
    return known[value]


class ConvStack(nn.Module):
    """A stack of one graph convolution: the model that `grapevine train --model NAME` trains.

    Its parameters have the same names and shapes as those of the C++ one, so that state dicts move
    between both. Heads are laid side by side between the layers; of the last layer's, the mean is
    taken. Between two layers stand, in this order, the residual connection, the normalisation, the
    activation and the dropout.

    Parameters: ``layer0``, ``layer1``, ... are the layers, with their own names;
    ``residual0.weight`` ``[out, in]``, ...; ``norm0``, ..., one less than layers.

    Args:
        conv: ``"sage"``, ``"gcn"``, ``"gat"``, ``"gatv2"``, ``"gin"``, ``"tag"``, ``"sgc"`` or
            ``"cheb"``.
        in_feats: Width of the input.
        out_feats: Width of the output.
        options: Options of the layer by name, as `grapevine models` lists them.
        layers: How many layers.
        hidden: Width between them, of each head.
        input_dropout: Dropout of the input.
        dropout: Dropout before every layer but the first.
        activation: ``"relu"``, ``"elu"`` or ``"none"``.
        norm: ``"batch"``, ``"layer"`` or ``"none"``.
        residual: Whether a linear function of each layer's input is added to its output.

    Raises:
        DGLError: For another name or option, and for sizes below 1.

    Example:
        >>> model = ConvStack("gat", 1433, 7, options={"heads": 8}, hidden=8, activation="elu")
        >>> logits = model(graph, graph.ndata["feat"])
    """

    def __init__(
        self,
        conv: str,
        in_feats: int,
        out_feats: int,
        *,
        options: Mapping[str, str | int | float | bool] | None = None,
        layers: int = 2,
        hidden: int = 128,
        input_dropout: float = 0.0,
        dropout: float = 0.0,
        activation: str = "relu",
        norm: str = "none",
        residual: bool = False,
    ) -> None:
        super().__init__()
        defaults, make, self._reads_weights = _one_of("conv", conv, _LAYERS)
        for name in options or {}:
            _one_of("options", name, defaults)
        for name, size in {
            "in_feats": in_feats,
            "out_feats": out_feats,
            "layers": layers,
            "hidden": hidden,
        }.items():
            if size < 1:
                raise DGLError(f"ConvStack: {name}: expected 1 or more, got {size}")
        self.conv, self.in_feats, self.out_feats = conv, in_feats, out_feats
        self.options = {**defaults, **(options or {})}
        self.num_layers, self.hidden = layers, hidden
        self.input_dropout, self.dropout = input_dropout, dropout
        self.activation, self.norm, self.residual = activation, norm, residual
        self._activate = _one_of("activation", activation, _ACTIVATIONS)
        make_norm = _one_of("norm", norm, _NORMS)
        width = in_feats
        for layer in range(layers):
            is_last = layer + 1 == layers
            own = dict(self.options)
            heads = 1
            if "heads" in own:
                heads = own["heads"] = own["out_heads"] if is_last else own["heads"]
                del own["out_heads"]
            out = out_feats if is_last else hidden
            self.add_module(f"layer{layer}", make(width, out, **own))
            out = out if is_last else hidden * heads
            if residual:
                self.add_module(f"residual{layer}", nn.Linear(width, out, bias=False))
            if make_norm is not None and not is_last:
                self.add_module(f"norm{layer}", make_norm(out))
            width = out

    @property
    def description(self) -> dict[str, Any]:
        """What `grapevine.checkpoint` and the C++ program need to make this model again."""
        return {
            "model": self.conv,
            "options": dict(self.options),
            "in_feats": self.in_feats,
            "out_feats": self.out_feats,
            "layers": self.num_layers,
            "hidden": self.hidden,
            "input_dropout": float(self.input_dropout),
            "dropout": float(self.dropout),
            "activation": self.activation,
            "norm": self.norm,
            "residual": self.residual,
        }

    def forward(self, graphs, feat: Tensor, edge_feature: str = "") -> Tensor:
        """New features of all nodes, or of the last block's destinations.

        Args:
            graphs: A graph, or a list of blocks, one for each layer and the input's first.
            feat: ``[num_nodes, in_feats]``, or of the first block's source nodes.
            edge_feature: The name of the edge weights, ``[num_edges]`` or ``[num_edges, 1]``; none
                if it is empty.

        Returns:
            ``[num_nodes, out_feats]``.

        Raises:
            DGLError: For another number of blocks, and for edge weights that the layer does not
                read.
        """
        if edge_feature and not self._reads_weights:
            raise DGLError(f"ConvStack: edge_feature: {self.conv!r} reads no edge weights")
        if not isinstance(graphs, Sequence):
            graphs = [graphs] * self.num_layers
        if len(graphs) != self.num_layers:
            raise DGLError(
                f"ConvStack: graphs: expected {self.num_layers} blocks, one for each layer, "
                f"got {len(graphs)}"
            )
        for layer, graph in enumerate(graphs):
            feat = self._forward_layer(layer, graph, feat, edge_feature)
        return feat

    def _forward_layer(self, layer: int, graph, feat: Tensor, edge_feature: str) -> Tensor:
        feat = F.dropout(feat, self.dropout if layer else self.input_dropout, self.training)
        weights = {}
        if edge_feature:
            weights["edge_weight"] = graph.edata[edge_feature].to(feat.dtype).view(-1)
        h = self.get_submodule(f"layer{layer}")(graph, feat, **weights)
        is_last = layer + 1 == self.num_layers
        if "heads" in self.options:
            h = h.mean(1) if is_last else h.flatten(1)
        if self.residual:
            h = h + self.get_submodule(f"residual{layer}")(feat[: graph.num_dst_nodes()])
        if is_last:
            return h
        if self.norm != "none":
            h = self.get_submodule(f"norm{layer}")(h)
        return self._activate(h)
