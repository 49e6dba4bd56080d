"""The convolution of dynamic graphs."""

from __future__ import annotations

from torch import Tensor, nn

from .... import function as fn
from .... import ops
from ....utils import expand_as_pair
from ..propagation import Features
from .in_degree_check import InDegreeCheck


class EdgeConv(InDegreeCheck):
    """``h_v' = max over u -> v of theta(h_v - h_u) + phi(h_v)``.

    Parameters: ``theta`` and ``phi``, linear layers ``[out_feat, in_feat]`` with biases, and
    ``bn`` with ``batch_norm``.

    Args:
        in_feat: Width of the input.
        out_feat: Width of the output.
        batch_norm: Whether the messages are normalised over the edges.
        allow_zero_in_degree: Whether a node without in-edges is no error.

    Source: dgl.nn.EdgeConv; Wang et al., 2019.
    """

    def __init__(
        self,
        in_feat: int,
        out_feat: int,
        batch_norm: bool = False,
        allow_zero_in_degree: bool = False,
    ) -> None:
        super().__init__(allow_zero_in_degree)
        self.batch_norm = batch_norm
        self.theta = nn.Linear(in_feat, out_feat)
        self.phi = nn.Linear(in_feat, out_feat)
        if batch_norm:
            self.bn = nn.BatchNorm1d(out_feat)

    def forward(self, g, feat: Features) -> Tensor:
        """``[num_src, in_feat]``, or a pair with ``[num_dst, in_feat]``, to ``[num_dst, out]``.

        Raises:
            DGLError: For a node without in-edges, unless allowed.
        """
        self._check_in_degrees(g)
        src, dst = expand_as_pair(feat, g)
        theta = self.theta(ops.v_sub_u(g, dst, src))
        phi = self.phi(dst)
        with g.local_scope():
            g.dstdata["phi"] = phi
            if self.batch_norm:
                g.edata["e"] = self.bn(ops.e_add_v(g, theta, phi))
                message = fn.copy_e("e", "m")
            else:
                g.edata["e"] = theta
                message = fn.e_add_v("e", "phi", "m")
            g.update_all(message, fn.max("m", "h"))
            return g.dstdata["h"]
