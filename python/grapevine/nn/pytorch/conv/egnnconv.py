"""The equivariant graph convolution."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from .... import function as fn


class EGNNConv(nn.Module):
    """Moves nodes along their edges, and makes new features, by what no rotation changes.

    With ``d = x_u - x_v``, a message is ``m = edge_mlp(h_u, h_v, |d|^2, f_uv)``; a node's place
    moves by the mean of ``coord_mlp(m) * d / |d|``, and its features become
    ``node_mlp(h_v, sum of m)``.

    Parameters: ``edge_mlp``, ``node_mlp``, ``coord_mlp``, perceptrons with SiLU.

    Args:
        in_size: Width of the input.
        hidden_size: Width of the messages.
        out_size: Width of the output.
        edge_feat_size: Width of the edges' input; 0 for none.

    Source: dgl.nn.EGNNConv; Satorras et al., 2021.
    """

    def __init__(
        self, in_size: int, hidden_size: int, out_size: int, edge_feat_size: int = 0
    ) -> None:
        super().__init__()
        self.in_size = in_size
        self.hidden_size = hidden_size
        self.out_size = out_size
        self.edge_feat_size = edge_feat_size
        self.edge_mlp = nn.Sequential(
            nn.Linear(in_size * 2 + edge_feat_size + 1, hidden_size),
            nn.SiLU(),
            nn.Linear(hidden_size, hidden_size),
            nn.SiLU(),
        )
        self.node_mlp = nn.Sequential(
            nn.Linear(in_size + hidden_size, hidden_size),
            nn.SiLU(),
            nn.Linear(hidden_size, out_size),
        )
        self.coord_mlp = nn.Sequential(
            nn.Linear(hidden_size, hidden_size),
            nn.SiLU(),
            nn.Linear(hidden_size, 1, bias=False),
        )

    def message(self, edges) -> dict[str, Tensor]:
        """``msg_x`` ``[num_edges, coordinates]`` and ``msg_h`` ``[num_edges, hidden_size]``."""
        parts = [edges.src["h"], edges.dst["h"], edges.data["radial"]]
        if self.edge_feat_size > 0:
            parts.append(edges.data["a"])
        msg_h = self.edge_mlp(torch.cat(parts, dim=-1))
        return {"msg_x": self.coord_mlp(msg_h) * edges.data["x_diff"], "msg_h": msg_h}

    def forward(
        self, graph, node_feat: Tensor, coord_feat: Tensor, edge_feat: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """``[n, in_size]`` and ``[n, coordinates]`` to ``[n, out_size]`` and ``[n, coordinates]``.

        Args:
            graph: A graph of one node type and relation.
            node_feat: ``[n, in_size]``.
            coord_feat: Places, ``[n, coordinates]``.
            edge_feat: ``[num_edges, edge_feat_size]``.

        Raises:
            AssertionError: If edge features are missing.
        """
        with graph.local_scope():
            graph.ndata["h"] = node_feat
            graph.ndata["x"] = coord_feat
            if self.edge_feat_size > 0:
                assert edge_feat is not None, "EGNNConv: edge_feat: expected, got None"
                graph.edata["a"] = edge_feat
            graph.apply_edges(fn.u_sub_v("x", "x", "x_diff"))
            radial = graph.edata["x_diff"].square().sum(dim=1, keepdim=True)
            graph.edata["radial"] = radial
            graph.edata["x_diff"] = graph.edata["x_diff"] / (radial.sqrt() + 1e-30)
            graph.apply_edges(self.message)
            graph.update_all(fn.copy_e("msg_x", "m"), fn.mean("m", "x_neigh"))
            graph.update_all(fn.copy_e("msg_h", "m"), fn.sum("m", "h_neigh"))
            h = self.node_mlp(torch.cat([node_feat, graph.ndata["h_neigh"]], dim=-1))
            return h, coord_feat + graph.ndata["x_neigh"]
