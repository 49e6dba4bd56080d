"""The check that convolutions make of nodes without in-edges."""

from __future__ import annotations

from torch import nn

from ....base import DGLError


class InDegreeCheck(nn.Module):
    """A layer that, unless told otherwise, takes no graph with a destination without in-edges."""

    def __init__(self, allow_zero_in_degree: bool = False) -> None:
        super().__init__()
        self._allow_zero_in_degree = allow_zero_in_degree

    def set_allow_zero_in_degree(self, set_value: bool) -> None:
        """Whether a destination without in-edges is no error."""
        self._allow_zero_in_degree = set_value

    def _check_in_degrees(self, graph) -> None:
        if self._allow_zero_in_degree:
            return
        num_zero = int((graph.in_degrees() == 0).sum())
        if num_zero > 0:
            raise DGLError(
                f"{type(self).__name__}: {num_zero} nodes of the graph have no in-edges "
                "(0-in-degree nodes), so that their result would hold nothing of the graph. "
                "Add self-loops with dgl.add_self_loop(g), or allow such nodes with "
                "allow_zero_in_degree=True"
            )
