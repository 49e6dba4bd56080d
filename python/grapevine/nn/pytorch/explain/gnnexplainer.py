"""GNNExplainer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ....base import EID, NID
from ....subgraph import khop_in_subgraph

__all__ = ["GNNExplainer", "HeteroGNNExplainer"]

#: By node type, or by (source type, name, destination type).
Masks = dict[Any, Tensor]


def _entropy(mask: Tensor) -> Tensor:
    tiny = 1e-15
    return -(mask * torch.log(mask + tiny) + (1 - mask) * torch.log(1 - mask + tiny))


def _sigmoids(masks: Masks, features: Mapping[Any, Tensor] | None = None) -> Masks:
    """The masks between 0 and 1, times ``features`` if there are any."""
    if features is None:
        return {name: mask.sigmoid() for name, mask in masks.items()}
    return {name: feature * masks[name].sigmoid() for name, feature in features.items()}


class _MaskExplainer(nn.Module):
    """Learns masks of features and edges under which a model still predicts the same."""

    def __init__(
        self,
        model: nn.Module,
        num_hops: int,
        lr: float = 0.01,
        num_epochs: int = 100,
        *,
        alpha1: float = 0.005,
        alpha2: float = 1.0,
        beta1: float = 1.0,
        beta2: float = 0.1,
        log: bool = True,
    ) -> None:
        super().__init__()
        self.model = model
        self.num_hops = num_hops
        self.lr = lr
        self.num_epochs = num_epochs
        self.alpha1 = alpha1
        self.alpha2 = alpha2
        self.beta1 = beta1
        self.beta2 = beta2
        self.log = log

    def _feature_mask(self, feat: Tensor) -> nn.Parameter:
        return nn.Parameter(torch.randn(1, feat.shape[1], device=feat.device) * 0.1)

    def _edge_mask(self, num_edges: int, num_nodes: int, device: torch.device) -> nn.Parameter:
        std = nn.init.calculate_gain("relu") * math.sqrt(2.0 / max(num_nodes, 1))
        return nn.Parameter(torch.randn(num_edges, device=device) * std)

    def _penalty(self, feat_masks: Masks, edge_masks: Masks) -> Tensor | float:
        """Small for masks with few, definite entries."""
        total: Tensor | float = 0.0
        for mask in edge_masks.values():
            if mask.numel() > 0:
                mask = mask.sigmoid()
                total = total + self.alpha1 * mask.sum() + self.alpha2 * _entropy(mask).mean()
        for mask in feat_masks.values():
            mask = mask.sigmoid()
            total = total + self.beta1 * mask.mean() + self.beta2 * _entropy(mask).mean()
        return total

    def _learn(
        self,
        feat_masks: Masks,
        edge_masks: Masks,
        logits: Callable[[], Tensor],
        label: Tensor,
        what: str,
    ) -> None:
        """Fits the masks so that ``logits`` ``[classes]`` predict ``label``."""
        optimizer = torch.optim.Adam([*feat_masks.values(), *edge_masks.values()], lr=self.lr)
        epochs: Iterable[int] = range(self.num_epochs)
        if self.log:
            from tqdm.auto import tqdm

            epochs = tqdm(epochs, desc=f"Explain {what}")
        for _ in epochs:
            optimizer.zero_grad()
            loss = -logits().log_softmax(dim=-1)[label]
            loss = loss + self._penalty(feat_masks, edge_masks)
            loss.backward()
            optimizer.step()

    @torch.no_grad()
    def _predict(self, graph, feat: Any, **kwargs: Any) -> Any:
        """The model's own prediction, in evaluation mode and on the graph's device."""
        self.model = self.model.to(graph.device)
        self.model.eval()
        return self.model(graph=graph, feat=feat, **kwargs)


class GNNExplainer(_MaskExplainer):
    """Explains predictions by masks of edges and of features that suffice for them.

    The masks are learned: the masked graph shall give the same prediction, with few and definite
    entries in the masks.

    Args:
        model: Called as ``model(graph=, feat=, **kwargs)`` and, with weights ``[num_edges]`` that
            it is to multiply messages by, ``model(..., eweight=)``; gives logits
            ``[n or 1, classes]``.
        num_hops: How far a node's prediction looks.
        lr: Step of the learning.
        num_epochs: How many steps.
        alpha1: Weight of the sum of the edge mask.
        alpha2: Weight of its entropy.
        beta1: Weight of the mean of the feature mask.
        beta2: Weight of its entropy.
        log: Whether progress is shown; needs tqdm.

    Source: dgl.nn.GNNExplainer; Ying et al., 2019.
    """

    def explain_node(
        self, node_id: int, graph, feat: Tensor, **kwargs: Any
    ) -> tuple[Tensor, Any, Tensor, Tensor]:
        """What the prediction of a node rests on.

        Args:
            node_id: The node.
            graph: A graph of one node type and relation.
            feat: ``[n, in]``.
            **kwargs: Further arguments of the model; tensors with a row for each node or edge are
                cut to the subgraph.

        Returns:
            The node's id in the subgraph ``[1]``, the subgraph of ``num_hops``, the mask of
            features ``[in]`` and of the subgraph's edges ``[num_edges]``.
        """
        subgraph, centre = khop_in_subgraph(graph, node_id, self.num_hops)
        nodes, edges = subgraph.ndata[NID].long(), subgraph.edata[EID].long()
        for name, value in kwargs.items():
            if torch.is_tensor(value) and len(value) == graph.num_nodes():
                kwargs[name] = value[nodes]
            elif torch.is_tensor(value) and len(value) == graph.num_edges():
                kwargs[name] = value[edges]
        masks = self._explain(subgraph, feat[nodes], int(centre), f"node {node_id}", **kwargs)
        return (centre, subgraph, *masks)

    def explain_graph(self, graph, feat: Tensor, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """What the prediction of a graph rests on.

        Args:
            graph: A graph of one node type and relation.
            feat: ``[n, in]``.
            **kwargs: Further arguments of the model.

        Returns:
            The mask of features ``[in]`` and of edges ``[num_edges]``.
        """
        return self._explain(graph, feat, 0, "graph", **kwargs)

    def _explain(
        self, graph, feat: Tensor, row: int, what: str, **kwargs: Any
    ) -> tuple[Tensor, Tensor]:
        label = self._predict(graph, feat, **kwargs)[row].argmax(dim=-1)
        feat_mask = self._feature_mask(feat)
        edge_mask = self._edge_mask(graph.num_edges(), 2 * graph.num_nodes(), feat.device)

        def logits() -> Tensor:
            masked, weight = feat * feat_mask.sigmoid(), edge_mask.sigmoid()
            return self.model(graph=graph, feat=masked, eweight=weight, **kwargs)[row]

        self._learn({"feat": feat_mask}, {"edge": edge_mask}, logits, label, what)
        return feat_mask.detach().sigmoid().squeeze(), edge_mask.detach().sigmoid()


class HeteroGNNExplainer(_MaskExplainer):
    """As `GNNExplainer`, for graphs of several types, with a mask for each.

    Args:
        model: Called as ``model(graph=, feat=, **kwargs)`` and, with weights by relation,
            ``model(..., eweight=)``; features come by node type. Gives logits by node type, or
            ``[1, classes]`` of the graph.
        num_hops: How far a node's prediction looks.
        lr: Step of the learning.
        num_epochs: How many steps.
        alpha1: Weight of the sum of each edge mask.
        alpha2: Weight of its entropy.
        beta1: Weight of the mean of each feature mask.
        beta2: Weight of its entropy.
        log: Whether progress is shown; needs tqdm.

    Source: dgl.nn.HeteroGNNExplainer; Ying et al., 2019.
    """

    def explain_node(
        self, ntype: str, node_id: int, graph, feat: Mapping[str, Tensor], **kwargs: Any
    ) -> tuple[Tensor, Any, Masks, Masks]:
        """What the prediction of a node rests on.

        Args:
            ntype: Type of the node.
            node_id: The node.
            graph: A graph.
            feat: ``[n, in]`` by node type.
            **kwargs: Further arguments of the model.

        Returns:
            The node's id in the subgraph ``[1]``, the subgraph of ``num_hops``, the masks of
            features ``[in]`` by node type and of the subgraph's edges by relation.
        """
        subgraph, centres = khop_in_subgraph(graph, {ntype: node_id}, self.num_hops)
        centre = centres[ntype]
        nodes = subgraph.ndata[NID]
        cut = {name: feat[name][ids.long()] for name, ids in nodes.items()}
        what = f"node {node_id} of type {ntype}"
        masks = self._explain(
            subgraph, cut, lambda output: output[ntype][int(centre)], what, **kwargs
        )
        return (centre, subgraph, *masks)

    def explain_graph(
        self, graph, feat: Mapping[str, Tensor], **kwargs: Any
    ) -> tuple[Masks, Masks]:
        """What the prediction of a graph rests on.

        Args:
            graph: A graph.
            feat: ``[n, in]`` by node type.
            **kwargs: Further arguments of the model.

        Returns:
            The masks of features ``[in]`` by node type and of edges by relation.
        """
        return self._explain(graph, feat, lambda output: output[0], "graph", **kwargs)

    def _explain(
        self,
        graph,
        feat: Mapping[str, Tensor],
        row: Callable[[Any], Tensor],
        what: str,
        **kwargs: Any,
    ) -> tuple[Masks, Masks]:
        label = row(self._predict(graph, feat, **kwargs)).argmax(dim=-1)
        feat_masks = {name: self._feature_mask(value) for name, value in feat.items()}
        edge_masks = {
            etype: self._edge_mask(
                graph.num_edges(etype),
                graph.num_nodes(etype[0]) + graph.num_nodes(etype[2]),
                graph.device,
            )
            for etype in graph.canonical_etypes
        }

        def logits() -> Tensor:
            masked, weights = _sigmoids(feat_masks, feat), _sigmoids(edge_masks)
            return row(self.model(graph=graph, feat=masked, eweight=weights, **kwargs))

        self._learn(feat_masks, edge_masks, logits, label, what)
        features = {name: mask.detach().sigmoid().squeeze() for name, mask in feat_masks.items()}
        return features, {name: mask.detach().sigmoid() for name, mask in edge_masks.items()}
