"""`SAGEConv` with the aggregator "gcn", of a dense adjacency matrix."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from ....utils import check_eq_shape, expand_as_pair
from ..propagation import Features, drop_pair


class DenseSAGEConv(nn.Module):
    """As `SAGEConv` with ``"gcn"``, for graphs that are nearly complete.

    Parameters: ``fc.weight`` ``[out_feats, in_feats]`` (Xavier-uniform with the gain of relu),
    ``fc.bias``.

    Args:
        in_feats: Width of the input.
        out_feats: Width of the output.
        feat_drop: Dropout of the input.
        bias: Whether a bias is added.
        norm: Applied to the result last, if given.
        activation: Applied to the result before that, if given.

    Source: dgl.nn.DenseSAGEConv.
    """

    def __init__(
        self,
        in_feats: int,
        out_feats: int,
        feat_drop: float = 0.0,
        bias: bool = True,
        norm: Callable[[Tensor], Tensor] | None = None,
        activation: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self._in_feats = in_feats
        self._out_feats = out_feats
        self._norm = norm
        self.feat_drop = nn.Dropout(feat_drop)
        self.activation = activation
        self.fc = nn.Linear(in_feats, out_feats, bias=bias)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weight anew."""
        nn.init.xavier_uniform_(self.fc.weight, gain=nn.init.calculate_gain("relu"))

    def forward(self, adj: Tensor, feat: Features) -> Tensor:
        """New features of the destination nodes.

        Args:
            adj: Weight of the edge from each source (column) to each destination (row),
                ``[num_dst, num_src]``.
            feat: ``[num_src, in_feats]``, or a pair with ``[num_dst, in_feats]``.

        Returns:
            ``[num_dst, out_feats]``.

        Raises:
            DGLError: For sides of different widths.
        """
        check_eq_shape(feat)
        src, dst = expand_as_pair(drop_pair(self.feat_drop, feat))
        adj = adj.to(src)
        h = self.fc((adj @ src + dst) / (adj.sum(dim=1, keepdim=True) + 1))
        if self.activation is not None:
            h = self.activation(h)
        return h if self._norm is None else self._norm(h)
