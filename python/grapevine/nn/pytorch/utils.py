"""What layers are made of and joined by, but no message passing of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ...base import dgl_warning
from ...heterograph import DGLGraph
from .propagation import degree_norm, reduce_neighbors

__all__ = [
    "Identity",
    "JumpingKnowledge",
    "LabelPropagation",
    "Sequential",
    "WeightBasis",
    "bmm_maybe_select",
    "matmul_maybe_select",
]


def matmul_maybe_select(A: Tensor, B: Tensor) -> Tensor:
    """``A @ B``, where a vector of row numbers stands for one-hot rows.

    Args:
        A: Ids ``[n]`` (int64), or a matrix ``[n, in]``.
        B: ``[in, out]``.

    Returns:
        ``[n, out]``.

    Source: dgl.nn.pytorch.utils.matmul_maybe_select.
    """
    return B.index_select(0, A) if _are_ids(A) else torch.matmul(A, B)


def bmm_maybe_select(A: Tensor, B: Tensor, index: Tensor) -> Tensor:
    """Row i of ``A`` times ``B[index[i]]``, where a vector of ids stands for one-hot rows.

    Args:
        A: Ids ``[n]`` (int64), or a matrix ``[n, in]``.
        B: ``[num_types, in, out]``.
        index: Types ``[n]``.

    Returns:
        ``[n, out]``.

    Source: dgl.nn.pytorch.utils.bmm_maybe_select.
    """
    if _are_ids(A):
        return B[index, A]
    return torch.bmm(A.unsqueeze(1), B.index_select(0, index)).squeeze(1)


def _are_ids(tensor: Tensor) -> bool:
    return tensor.dtype == torch.int64 and tensor.dim() == 1


class Identity(nn.Module):
    """Returns what it is given. Source: dgl.nn.pytorch.utils.Identity."""

    def forward(self, x: Tensor) -> Tensor:
        """``x``."""
        return x


class Sequential(nn.Sequential):
    """Layers one after the other, each given the graph and what the one before returned.

    Args:
        *args: The layers; ``forward(graph, *feats)`` of each takes what the one before returns.

    Source: dgl.nn.Sequential.
    """

    def forward(self, graph: DGLGraph | list[DGLGraph], *feats: Tensor):
        """What the last layer returns.

        Args:
            graph: One graph for all layers, or a list with one for each.
            *feats: What the first layer takes beside the graph.

        Raises:
            TypeError: If ``graph`` is neither.
        """
        if isinstance(graph, list):
            graphs: Sequence[DGLGraph] = graph
        elif isinstance(graph, DGLGraph):
            graphs = [graph] * len(self)
        else:
            raise TypeError(
                f"Sequential: graph: expected a DGLGraph or a list of them, got {type(graph)}"
            )
        for one, module in zip(graphs, self):
            feats = module(one, *(feats if isinstance(feats, tuple) else (feats,)))
        return feats


class WeightBasis(nn.Module):
    """Weights that are mixtures of a few.

    Parameters: ``weight`` ``[num_bases, *shape]``, ``w_comp`` ``[num_outputs, num_bases]``, both
    Xavier-uniform with the gain of relu.

    Args:
        shape: Shape of each weight.
        num_bases: How many weights are mixed.
        num_outputs: How many mixtures.

    Source: dgl.nn.WeightBasis; Schlichtkrull et al., 2018.
    """

    def __init__(self, shape: tuple[int, ...], num_bases: int, num_outputs: int) -> None:
        super().__init__()
        self.shape = shape
        self.num_bases = num_bases
        self.num_outputs = num_outputs
        if num_outputs <= num_bases:
            dgl_warning(
                f"WeightBasis: num_outputs: expected more than the {num_bases} bases, "
                f"got {num_outputs}"
            )
        gain = nn.init.calculate_gain("relu")
        self.weight = nn.Parameter(torch.empty(num_bases, *shape))
        nn.init.xavier_uniform_(self.weight, gain=gain)
        self.w_comp = nn.Parameter(torch.empty(num_outputs, num_bases))
        nn.init.xavier_uniform_(self.w_comp, gain=gain)

    def forward(self) -> Tensor:
        """The mixtures ``[num_outputs, *shape]``."""
        return torch.tensordot(self.w_comp, self.weight, dims=1)


class JumpingKnowledge(nn.Module):
    """Joins what several layers computed of the same nodes.

    ``"cat"`` puts the features side by side, ``"max"`` takes the largest of each, and ``"lstm"``
    the mean weighed by an attention that a bidirectional LSTM (``lstm``, ``att``) gives.

    Args:
        mode: ``"cat"``, ``"max"`` or ``"lstm"``.
        in_feats: Width of each layer's output; for ``"lstm"``.
        num_layers: How many layers; for ``"lstm"``.

    Raises:
        AssertionError: For another mode, and for ``"lstm"`` without the sizes.

    Source: dgl.nn.JumpingKnowledge; Xu et al., 2018.
    """

    def __init__(
        self, mode: str = "cat", in_feats: int | None = None, num_layers: int | None = None
    ) -> None:
        super().__init__()
        assert mode in ("cat", "max", "lstm"), (
            f"JumpingKnowledge: mode: expected cat, max or lstm, got {mode!r}"
        )
        self.mode = mode
        if mode == "lstm":
            assert in_feats is not None, "JumpingKnowledge: in_feats: lstm needs it"
            assert num_layers is not None, "JumpingKnowledge: num_layers: lstm needs it"
            hidden = num_layers * in_feats // 2
            self.lstm = nn.LSTM(in_feats, hidden, bidirectional=True, batch_first=True)
            self.att = nn.Linear(2 * hidden, 1)

    def reset_parameters(self) -> None:
        """Draws the parameters anew, if there are any."""
        if self.mode == "lstm":
            self.lstm.reset_parameters()
            self.att.reset_parameters()

    def forward(self, feat_list: Sequence[Tensor]) -> Tensor:
        """Tensors ``[n, in]`` to ``[n, in]``, with ``"cat"`` to ``[n, sum of in]``."""
        if self.mode == "cat":
            return torch.cat(tuple(feat_list), dim=-1)
        feats = torch.stack(tuple(feat_list), dim=1)
        if self.mode == "max":
            return feats.max(dim=1).values
        states, _ = self.lstm(feats)
        return (torch.softmax(self.att(states), dim=1) * feats).sum(dim=1)


class LabelPropagation(nn.Module):
    """Spreads labels along edges: ``Y <- alpha * D^-1/2 A D^-1/2 Y + (1 - alpha) * Y_0``.

    Args:
        k: How many steps.
        alpha: How much of a step comes from the neighbours.
        norm_type: ``"sym"`` as above, or ``"row"`` for ``D^-1 A``.
        clamp: Whether values are cut to [0, 1] after a step.
        normalize: Whether rows are divided by their sums after a step.
        reset: Whether known labels are put back after a step.

    Source: dgl.nn.LabelPropagation; Zhu and Ghahramani, 2002.
    """

    def __init__(
        self,
        k: int,
        alpha: float,
        norm_type: str = "sym",
        clamp: bool = True,
        normalize: bool = False,
        reset: bool = False,
    ) -> None:
        super().__init__()
        self.k = k
        self.alpha = alpha
        self.norm_type = norm_type
        self.clamp = clamp
        self.normalize = normalize
        self.reset = reset

    def _hop(self, graph, like: Tensor) -> Callable[[Tensor], Tensor]:
        if self.norm_type == "row":
            norm = degree_norm(graph.in_degrees(), like, -1.0)
            return lambda y: reduce_neighbors(graph, y) * norm
        if self.norm_type == "sym":
            norm_src = degree_norm(graph.out_degrees(), like, -0.5)
            norm_dst = degree_norm(graph.in_degrees(), like, -0.5)
            return lambda y: reduce_neighbors(graph, y * norm_src) * norm_dst
        raise ValueError(
            f"LabelPropagation: norm_type: expected sym or row, got {self.norm_type!r}"
        )

    def forward(self, g, labels: Tensor, mask: Tensor | None = None) -> Tensor:
        """Labels for all nodes.

        Args:
            g: A graph of one node type.
            labels: Classes ``[n]`` or ``[n, 1]``, or a number for each class ``[n, classes]``.
            mask: Which labels are known, ``[n]``; all, if not given.

        Returns:
            ``[n, classes]`` (float32).

        Raises:
            ValueError: For another ``norm_type``.
        """
        is_dense = labels.dim() > 1 and labels.shape[1] > 1
        labels = (labels if is_dense else F.one_hot(labels.view(-1))).to(torch.float32)
        y = labels
        if mask is not None:
            y = torch.zeros_like(labels)
            y[mask] = labels[mask]
        start = (1 - self.alpha) * y
        hop = self._hop(g, y)
        for _ in range(self.k):
            y = start + self.alpha * hop(y)
            if self.clamp:
                y = y.clamp(0.0, 1.0)
            if self.normalize:
                y = F.normalize(y, p=1)
            if self.reset:
                y[mask] = labels[mask]
        return y
