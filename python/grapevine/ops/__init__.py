"""Operators on the edges of a graph: messages, reductions, softmax; and products by segment."""

from .edge_softmax import *  # noqa: F403
from .gather_mm import *  # noqa: F403
from .sddmm import *  # noqa: F403
from .segment import *  # noqa: F403
from .spmm import *  # noqa: F403
