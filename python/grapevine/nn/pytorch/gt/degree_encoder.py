"""Degrees as features."""

from __future__ import annotations

from torch import Tensor, nn


class DegreeEncoder(nn.Module):
    """A row of an embedding for each degree.

    Parameters: ``encoder.weight`` ``[max_degree + 1, embedding_dim]``; for ``"both"``,
    ``encoder1`` for in-degrees and ``encoder2`` for out-degrees. The row of degree 0 is 0.

    Args:
        max_degree: Higher degrees count as this.
        embedding_dim: Width of the output.
        direction: ``"in"``, ``"out"`` or ``"both"``.

    Source: dgl.nn.DegreeEncoder; Ying et al., 2021.
    """

    def __init__(self, max_degree: int, embedding_dim: int, direction: str = "both") -> None:
        super().__init__()
        self.direction = direction
        names = ("encoder1", "encoder2") if direction == "both" else ("encoder",)
        for name in names:
            self.add_module(name, nn.Embedding(max_degree + 1, embedding_dim, padding_idx=0))
        self.max_degree = max_degree

    def forward(self, degrees: Tensor) -> Tensor:
        """Degrees ``[batch, n]``, for ``"both"`` ``[2, batch, n]``, to ``[batch, n, width]``.

        Raises:
            AssertionError: For another shape.
            ValueError: For another direction.
        """
        if self.direction not in ("in", "out", "both"):
            raise ValueError(
                f"DegreeEncoder: direction: expected in, out or both, got {self.direction!r}"
            )
        degrees = degrees.clamp(min=0, max=self.max_degree)
        if self.direction == "both":
            assert degrees.dim() == 3 and len(degrees) == 2, (
                f"DegreeEncoder: degrees: expected [2, batch, n], got {list(degrees.shape)}"
            )
            return self.encoder1(degrees[0]) + self.encoder2(degrees[1])
        assert degrees.dim() == 2, (
            f"DegreeEncoder: degrees: expected [batch, n], got {list(degrees.shape)}"
        )
        return self.encoder(degrees)
