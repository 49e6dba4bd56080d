"""The layer of Graphormer."""

from __future__ import annotations

from torch import Tensor, nn

from .biased_mha import BiasedMHA


class GraphormerLayer(nn.Module):
    """Attention with a bias and a perceptron, each with a residual connection and layer norm.

    Parameters: ``attn`` (a `BiasedMHA`), ``ffn``, ``attn_layer_norm``, ``ffn_layer_norm``.

    Args:
        feat_size: Width of input and output.
        hidden_size: Width of the perceptron's hidden layer.
        num_heads: How many heads.
        attn_bias_type: ``"add"`` or ``"mul"``.
        norm_first: Whether inputs are normalised, or else outputs.
        dropout: Dropout of both parts.
        attn_dropout: Dropout of the attention.
        activation: Of the perceptron.

    Source: dgl.nn.GraphormerLayer; Ying et al., 2021.
    """

    def __init__(
        self,
        feat_size: int,
        hidden_size: int,
        num_heads: int,
        attn_bias_type: str = "add",
        norm_first: bool = False,
        dropout: float = 0.1,
        attn_dropout: float = 0.1,
        activation: nn.Module = nn.ReLU(),  # noqa: B008
    ) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.attn = BiasedMHA(
            feat_size, num_heads, attn_bias_type=attn_bias_type, attn_drop=attn_dropout
        )
        self.ffn = nn.Sequential(
            nn.Linear(feat_size, hidden_size),
            activation,
            nn.Dropout(p=dropout),
            nn.Linear(hidden_size, feat_size),
            nn.Dropout(p=dropout),
        )
        self.dropout = nn.Dropout(p=dropout)
        self.attn_layer_norm = nn.LayerNorm(feat_size)
        self.ffn_layer_norm = nn.LayerNorm(feat_size)

    def forward(
        self, nfeat: Tensor, attn_bias: Tensor | None = None, attn_mask: Tensor | None = None
    ) -> Tensor:
        """``[batch, n, feat_size]`` to ``[batch, n, feat_size]``; see `BiasedMHA.forward`."""
        if self.norm_first:
            h = self.attn_layer_norm(nfeat)
            h = nfeat + self.dropout(self.attn(h, attn_bias, attn_mask))
            return h + self.ffn(self.ffn_layer_norm(h))
        h = nfeat + self.dropout(self.attn(nfeat, attn_bias, attn_mask))
        h = self.attn_layer_norm(h)
        return self.ffn_layer_norm(h + self.ffn(h))
