"""Eigenvectors of the Laplacian as features."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class LapPosEncoder(nn.Module):
    """Reads a node's entries of several eigenvectors, with their eigenvalues, as a set.

    Parameters: ``linear``, ``pe_encoder``, ``raw_norm`` with ``batch_norm``, ``post_mlp``.

    Args:
        model_type: ``"Transformer"``, or ``"DeepSet"`` for a perceptron.
        num_layer: How many layers.
        k: How many eigenvectors.
        dim: Width of the output.
        n_head: Heads of the transformer.
        batch_norm: Whether the input is normalised.
        num_post_layer: Layers after the sum over the eigenvectors.

    Raises:
        ValueError: For another ``model_type``.

    Source: dgl.nn.LapPosEncoder; Kreuzer et al., 2021.
    """

    def __init__(
        self,
        model_type: str,
        num_layer: int,
        k: int,
        dim: int,
        n_head: int = 1,
        batch_norm: bool = False,
        num_post_layer: int = 0,
    ) -> None:
        super().__init__()
        self.model_type = model_type
        self.linear = nn.Linear(2, dim)
        if model_type == "Transformer":
            layer = nn.TransformerEncoderLayer(d_model=dim, nhead=n_head, batch_first=True)
            self.pe_encoder = nn.TransformerEncoder(layer, num_layers=num_layer)
        elif model_type == "DeepSet":
            if num_layer > 1:
                self.linear = nn.Linear(2, 2 * dim)
            widths = [2 * dim] * (num_layer - 1) + [dim]
            self.pe_encoder = nn.Sequential(nn.ReLU(), *_perceptron(widths))
        else:
            raise ValueError(
                f"LapPosEncoder: model_type: expected Transformer or DeepSet, got {model_type!r}"
            )
        self.raw_norm = nn.BatchNorm1d(k) if batch_norm else None
        self.post_mlp = None
        if num_post_layer > 0:
            widths = [dim] + [2 * dim] * (num_post_layer - 1) + [dim]
            self.post_mlp = nn.Sequential(*_perceptron(widths))

    def forward(self, eigvals: Tensor, eigvecs: Tensor) -> Tensor:
        """Eigenvalues and eigenvectors' entries of each node, ``[n, k]`` both, to ``[n, dim]``.

        What is NaN counts as missing.
        """
        pairs = torch.stack([eigvecs, eigvals], dim=2).float()
        is_missing = pairs.isnan()
        pairs = pairs.masked_fill(is_missing, 0)
        if self.raw_norm is not None:
            pairs = self.raw_norm(pairs)
        h = self.linear(pairs)
        is_missing = is_missing[:, :, 1]
        if self.model_type == "Transformer":
            h = self.pe_encoder(src=h, src_key_padding_mask=is_missing)
        else:
            h = self.pe_encoder(h)
        h = h.masked_fill(is_missing.unsqueeze(-1), 0).sum(dim=1)
        return h if self.post_mlp is None else self.post_mlp(h)


def _perceptron(widths: list[int]) -> list[nn.Module]:
    """Linear layers from each width to the next, with relu after each."""
    layers: list[nn.Module] = []
    for before, after in zip(widths, widths[1:]):
        layers += [nn.Linear(before, after), nn.ReLU()]
    return layers
