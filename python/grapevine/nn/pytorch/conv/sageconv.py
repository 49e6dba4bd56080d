"""GraphSAGE."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .... import function as fn
from ....base import DGLError
from ....utils import check_eq_shape, expand_as_pair
from ..propagation import Features, drop_pair, reduce_neighbors

_AGGREGATORS = ("mean", "gcn", "pool", "lstm")


class SAGEConv(nn.Module):
    """Adds a projection of the node and one of what its in-neighbours hold on average.

    ``h_v' = W_self h_v + W_neigh aggregate(h_u for u -> v) + bias``. The aggregator is the mean
    (``"mean"``), the maximum of a linear layer with relu (``"pool"``), or the last state of an
    LSTM that reads the neighbours by edge id (``"lstm"``). ``"gcn"`` has no ``W_self``; it takes
    the mean over the neighbours and the node itself.

    Parameters: ``fc_neigh.weight`` ``[out, in_src]`` and, but for ``"gcn"``, ``fc_self.weight``
    ``[out, in_dst]`` and ``fc_self.bias`` (``"gcn"``: ``bias``) ``[out]``; ``"pool"`` has
    ``fc_pool``, ``"lstm"`` has ``lstm``. Weights are Xavier-uniform with the gain of relu.

    Args:
        in_feats: Width of the input, or a pair for source and destination.
        out_feats: Width of the output.
        aggregator_type: ``"mean"``, ``"gcn"``, ``"pool"`` or ``"lstm"``.
        feat_drop: Dropout of the input.
        bias: Whether a bias is added.
        norm: Applied to the result last, if given.
        activation: Applied to the result before that, if given.

    Raises:
        DGLError: For another aggregator.

    Source: dgl.nn.SAGEConv; Hamilton et al., 2017.
    """

    def __init__(
        self,
        in_feats: int | tuple[int, int],
        out_feats: int,
        aggregator_type: str,
        feat_drop: float = 0.0,
        bias: bool = True,
        norm: Callable[[Tensor], Tensor] | None = None,
        activation: Callable[[Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        if aggregator_type not in _AGGREGATORS:
            raise DGLError(
                f"SAGEConv: aggregator_type: expected one of {_AGGREGATORS}, "
                f"got {aggregator_type!r}"
            )
        self._in_src_feats, self._in_dst_feats = expand_as_pair(in_feats)
        self._out_feats = out_feats
        self._aggre_type = aggregator_type
        self.norm = norm
        self.feat_drop = nn.Dropout(feat_drop)
        self.activation = activation
        in_src = self._in_src_feats
        if aggregator_type == "pool":
            self.fc_pool = nn.Linear(in_src, in_src)
        if aggregator_type == "lstm":
            self.lstm = nn.LSTM(in_src, in_src, batch_first=True)
        self.fc_neigh = nn.Linear(in_src, out_feats, bias=False)
        if aggregator_type != "gcn":
            self.fc_self = nn.Linear(self._in_dst_feats, out_feats, bias=bias)
        elif bias:
            self.bias = nn.Parameter(torch.zeros(out_feats))
        else:
            self.register_buffer("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the weights anew."""
        gain = nn.init.calculate_gain("relu")
        if self._aggre_type == "pool":
            nn.init.xavier_uniform_(self.fc_pool.weight, gain=gain)
        if self._aggre_type == "lstm":
            self.lstm.reset_parameters()
        if self._aggre_type != "gcn":
            nn.init.xavier_uniform_(self.fc_self.weight, gain=gain)
        nn.init.xavier_uniform_(self.fc_neigh.weight, gain=gain)

    def _lstm_reducer(self, nodes) -> dict:
        """The LSTM's last state ``[n, in_src]`` of a mailbox ``[n, degree, in_src]``."""
        _, (last, _) = self.lstm(nodes.mailbox["m"])
        return {"neigh": last.squeeze(0)}

    def _read_neighbors(self, graph, h: Tensor, edge_weight: Tensor | None) -> Tensor:
        if graph.num_edges() == 0:
            return h.new_zeros(graph.num_dst_nodes(), self._in_src_feats)
        with graph.local_scope():
            graph.srcdata["h"] = h
            message = fn.copy_u("h", "m")
            if edge_weight is not None:
                graph.edata["w"] = edge_weight
                message = fn.u_mul_e("h", "w", "m")
            graph.update_all(message, self._lstm_reducer)
            return graph.dstdata["neigh"]

    def _mean_with_self(
        self, graph, src: Tensor, dst: Tensor, edge_weight: Tensor | None
    ) -> Tensor:
        degrees = graph.in_degrees().to(dst).unsqueeze(-1)
        return (reduce_neighbors(graph, src, edge_weight) + dst) / (degrees + 1)

    def forward(self, graph, feat: Features, edge_weight: Tensor | None = None) -> Tensor:
        """New features of the destination nodes.

        Args:
            graph: A graph or block of one relation.
            feat: ``[num_src, *, in_src]``, or a pair with ``[num_dst, *, in_dst]``.
            edge_weight: ``[num_edges]`` or ``[num_edges, 1]``, a factor for each message.

        Returns:
            ``[num_dst, *, out_feats]``.

        Raises:
            DGLError: If ``"gcn"`` is given sides of different widths.
        """
        if self._aggre_type == "gcn":
            check_eq_shape(feat)
        src, dst = expand_as_pair(drop_pair(self.feat_drop, feat), graph)
        narrows = self._in_src_feats > self._out_feats
        if self._aggre_type == "mean":
            h = self.fc_neigh(src) if narrows else src
            h = reduce_neighbors(graph, h, edge_weight, "mean")
            neigh = h if narrows else self.fc_neigh(h)
        elif self._aggre_type == "gcn" and narrows:
            h_src = self.fc_neigh(src)
            h_dst = self.fc_neigh(dst) if isinstance(feat, tuple) else h_src[: len(dst)]
            neigh = self._mean_with_self(graph, h_src, h_dst, edge_weight)
        elif self._aggre_type == "gcn":
            neigh = self.fc_neigh(self._mean_with_self(graph, src, dst, edge_weight))
        elif self._aggre_type == "pool":
            h = torch.relu(self.fc_pool(src))
            neigh = self.fc_neigh(reduce_neighbors(graph, h, edge_weight, "max"))
        else:
            neigh = self.fc_neigh(self._read_neighbors(graph, src, edge_weight))
        if self._aggre_type != "gcn":
            result = self.fc_self(dst) + neigh
        else:
            result = neigh if self.bias is None else neigh + self.bias
        if self.activation is not None:
            result = self.activation(result)
        return result if self.norm is None else self.norm(result)
