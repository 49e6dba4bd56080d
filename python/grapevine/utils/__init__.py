"""Helpers: ids and graph data as callers give them, node features of blocks, nested data."""

from .checks import *  # noqa: F403
from .graph_data import *  # noqa: F403
from .internal import *  # noqa: F403
