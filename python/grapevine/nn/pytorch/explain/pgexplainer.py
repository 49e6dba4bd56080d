"""PGExplainer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ....base import NID
from ....batch import batch
from ....convert import graph as make_graph
from ....subgraph import khop_in_subgraph

__all__ = ["HeteroPGExplainer", "PGExplainer"]


class PGExplainer(nn.Module):
    """Learns a network that tells which edges a model's predictions rest on.

    The network makes a number of what the model knows of an edge's ends (and of the node whose
    prediction is explained); its sigmoid is the edge's weight. Once trained it explains any graph.

    Parameters: ``elayers``, a perceptron; `parameters` gives these alone.

    Args:
        model: Called as ``model(graph, feat, embed=True, **kwargs)`` it gives what it knows of the
            nodes, ``[n, num_features]``; called with ``edge_weight=`` or ``embed=False``, logits
            ``[n or 1, classes]``.
        num_features: Width of what it knows.
        num_hops: How far a node's prediction looks.
        explain_graph: Whether predictions are of graphs, or else of nodes.
        coff_budget: Weight of the number of edges.
        coff_connect: Weight of the entropy of their weights.
        sample_bias: How far the random numbers that weights are sampled by stay away from 0 and 1.

    Source: dgl.nn.PGExplainer; Luo et al., 2020.
    """

    def __init__(
        self,
        model: nn.Module,
        num_features: int,
        num_hops: int | None = None,
        explain_graph: bool = True,
        coff_budget: float = 0.01,
        coff_connect: float = 5e-4,
        sample_bias: float = 0.0,
    ) -> None:
        super().__init__()
        self.model = model
        self.graph_explanation = explain_graph
        self.num_features = num_features * (2 if explain_graph else 3)
        self.num_hops = num_hops
        self.coff_budget = coff_budget
        self.coff_connect = coff_connect
        self.sample_bias = sample_bias
        self.elayers = nn.Sequential(nn.Linear(self.num_features, 64), nn.ReLU(), nn.Linear(64, 1))

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """Those of ``elayers``; the model is not trained."""
        return self.elayers.parameters(recurse)

    def loss(self, prob: Tensor, ori_pred: Tensor) -> Tensor:
        """How far the last explanation is from the model's own prediction.

        Args:
            prob: Probabilities with weighted edges, ``[n, classes]``.
            ori_pred: The model's own classes, ``[n]``.
        """
        wrong = -torch.log(prob.gather(-1, ori_pred.unsqueeze(-1)) + 1e-6).mean()
        size = self._values.sum()
        if self.coff_budget > 0:
            size = torch.relu(size - self.coff_budget)
        mask = self._edge_mask * 0.98 + 0.01
        entropy = -mask * torch.log(mask) - (1 - mask) * torch.log(1 - mask)
        return wrong + self.coff_budget * size + self.coff_connect * entropy.mean()

    def concrete_sample(self, w: Tensor, beta: float = 1.0, training: bool = True) -> Tensor:
        """Weights between 0 and 1 of scores ``[num_edges]``; while training, nearly random bits.

        Args:
            w: The scores.
            beta: The lower, the closer to 0 or 1.
            training: Whether weights are sampled.
        """
        if not training:
            return w.sigmoid()
        noise = self.sample_bias + (1 - 2 * self.sample_bias) * torch.rand_like(w)
        return torch.sigmoid((torch.logit(noise) + w) / beta)

    def train_step(self, graph, feat: Any, temperature: float, **kwargs: Any) -> Tensor:
        """The loss of explaining a graph; takes the arguments of `explain_graph`."""
        with torch.no_grad():
            prediction = self.model(graph, feat, embed=False, **kwargs).argmax(-1)
        probs, _ = self.explain_graph(graph, feat, temperature, training=True, **kwargs)
        return self.loss(probs, prediction)

    def train_step_node(
        self, nodes: Any, graph, feat: Any, temperature: float, **kwargs: Any
    ) -> Tensor:
        """The loss of explaining nodes; takes the arguments of `explain_node`."""
        probs, _, subgraphs, rows = self.explain_node(
            nodes, graph, feat, temperature, training=True, **kwargs
        )
        with torch.no_grad():
            logits = self.model(subgraphs, self._batched_feats, embed=False, **kwargs)
        return self.loss(self._rows(probs, rows), self._rows(logits, rows).argmax(-1))

    def explain_graph(
        self, graph, feat: Any, temperature: float = 1.0, training: bool = False, **kwargs: Any
    ) -> tuple[Tensor, Any]:
        """Which edges the prediction of a graph rests on.

        Args:
            graph: A graph in which each edge has one the other way.
            feat: ``[n, in]``.
            temperature: See `concrete_sample`.
            training: See `concrete_sample`.
            **kwargs: Further arguments of the model.

        Returns:
            Probabilities with weighted edges ``[1, classes]``, and the weights ``[num_edges]``.

        Raises:
            AssertionError: If the explainer was made for nodes.
            DGLError: For an edge without one the other way.
        """
        self._check(explains_graphs=True)
        self._move(graph)
        embed = self._embed(graph, feat, **kwargs)
        src, dst = self._ends(graph)
        scores = self.elayers(torch.cat([embed[src], embed[dst]], dim=-1)).view(-1)
        self._values = self.concrete_sample(scores, temperature, training)
        self._edge_mask = self._both_ways(src, dst, len(embed), self._values)
        weights = self._split(graph, self._edge_mask)
        logits = self.model(graph, feat, edge_weight=weights, **kwargs)
        return logits.softmax(dim=-1), weights

    def explain_node(
        self,
        nodes: Any,
        graph,
        feat: Any,
        temperature: float = 1.0,
        training: bool = False,
        **kwargs: Any,
    ) -> tuple[Any, Any, Any, Any]:
        """Which edges the predictions of nodes rest on.

        Args:
            nodes: A node or several.
            graph: A graph in which each edge has one the other way.
            feat: ``[n, in]``.
            temperature: See `concrete_sample`.
            training: See `concrete_sample`.
            **kwargs: Further arguments of the model.

        Returns:
            Of the batch of all nodes' subgraphs: probabilities with weighted edges, the weights,
            the batch itself, and the nodes' ids in it.

        Raises:
            AssertionError: If the explainer was made for graphs, or without ``num_hops``.
            DGLError: For an edge without one the other way.
        """
        self._check(explains_graphs=False)
        assert self.num_hops is not None, f"{type(self).__name__}: num_hops: expected, got None"
        self._move(graph)
        subgraphs, inputs, ends = [], [], []
        for target in self._targets(nodes):
            subgraph, centre = self._cut(graph, feat, target)
            embed = self._embed(subgraph, self._feats(subgraph), **kwargs)
            src, dst = self._ends(subgraph)
            own = embed[centre].expand(len(src), -1)
            subgraphs.append(subgraph)
            inputs.append(torch.cat([embed[src], embed[dst], own], dim=-1))
            ends.append((src, dst, len(embed)))
        scores = self.elayers(torch.cat(inputs)).view(-1)
        self._values = self.concrete_sample(scores, temperature, training)
        parts = self._values.split([len(rows) for rows in inputs])
        masks = [self._both_ways(*end, part) for end, part in zip(ends, parts)]
        self._edge_mask = torch.cat(masks)
        weights = self._join([self._split(g, mask) for g, mask in zip(subgraphs, masks)])
        batched = batch(subgraphs)
        self._batched_feats = self._feats(batched)
        logits = self.model(batched, self._batched_feats, edge_weight=weights, **kwargs)
        return self._softmax(logits), weights, batched, self._marked(batched)

    def _check(self, explains_graphs: bool) -> None:
        assert self.graph_explanation == explains_graphs, (
            f"{type(self).__name__}: explain_graph: made with {self.graph_explanation}, "
            f"but asked to explain {'graphs' if explains_graphs else 'nodes'}"
        )

    def _move(self, graph) -> None:
        self.model, self.elayers = self.model.to(graph.device), self.elayers.to(graph.device)

    def _both_ways(self, src: Tensor, dst: Tensor, num_nodes: int, values: Tensor) -> Tensor:
        """The mean of each edge's value and that of the edge the other way."""
        reverse = make_graph((src, dst), num_nodes=num_nodes).edge_ids(dst, src)
        return (values + values[reverse]) / 2

    # What differs with several types of nodes and edges.

    @torch.no_grad()
    def _embed(self, graph, feat: Any, **kwargs: Any) -> Tensor:
        """What the model knows of all nodes."""
        return self.model(graph, feat, embed=True, **kwargs)

    def _ends(self, graph) -> tuple[Tensor, Tensor]:
        """All edges, in the numbering of `_embed`."""
        src, dst = graph.edges()
        return src.long(), dst.long()

    def _targets(self, nodes: Any) -> Sequence[Any]:
        return torch.as_tensor(nodes).view(-1).tolist()

    def _cut(self, graph, feat: Any, target: Any) -> tuple[Any, int]:
        """A node's subgraph, with features and a mark at the node, and its place in `_embed`."""
        subgraph, centre = khop_in_subgraph(graph, target, self.num_hops)
        subgraph.ndata["feat"] = feat[subgraph.ndata[NID].long()]
        is_centre = torch.zeros(subgraph.num_nodes(), dtype=torch.bool, device=graph.device)
        subgraph.ndata["train"] = is_centre.index_fill(0, centre.long(), True)
        return subgraph, int(centre)

    def _feats(self, graph) -> Any:
        return graph.ndata["feat"]

    def _marked(self, graph) -> Any:
        return graph.ndata["train"].nonzero().view(-1)

    def _split(self, graph, mask: Tensor) -> Any:
        """A number for each edge as the model takes them."""
        return mask

    def _join(self, weights: list[Any]) -> Any:
        return torch.cat(weights)

    def _softmax(self, logits: Any) -> Any:
        return logits.softmax(dim=-1)

    def _rows(self, values: Any, rows: Any) -> Tensor:
        return values[rows]


class HeteroPGExplainer(PGExplainer):
    """As `PGExplainer`, for graphs of several types.

    Takes the same arguments; features, nodes, what the model knows of nodes and its predictions of
    them come by node type, weights by relation.

    Source: dgl.nn.HeteroPGExplainer; Luo et al., 2020.
    """

    @torch.no_grad()
    def _embed(self, graph, feat: Any, **kwargs: Any) -> Tensor:
        embed = self.model(graph, feat, embed=True, **kwargs)
        return torch.cat([embed[ntype] for ntype in graph.ntypes])

    def _first(self, graph) -> dict[str, int]:
        """The place of each type's first node in `_embed`."""
        counts = torch.tensor([0, *(graph.num_nodes(ntype) for ntype in graph.ntypes)])
        return dict(zip(graph.ntypes, counts.cumsum(0).tolist()))

    def _ends(self, graph) -> tuple[Tensor, Tensor]:
        first, ends = self._first(graph), []
        for etype in graph.canonical_etypes:
            src, dst = graph.edges(etype=etype)
            ends.append((src.long() + first[etype[0]], dst.long() + first[etype[2]]))
        return tuple(torch.cat(side) for side in zip(*ends))

    def _targets(self, nodes: Mapping[str, Any]) -> Sequence[Any]:
        return [
            (ntype, node)
            for ntype, ids in nodes.items()
            for node in torch.as_tensor(ids).view(-1).tolist()
        ]

    def _cut(self, graph, feat: Any, target: Any) -> tuple[Any, int]:
        target_type, node = target
        subgraph, centres = khop_in_subgraph(graph, {target_type: node}, self.num_hops)
        centre = int(centres[target_type])
        for ntype in subgraph.ntypes:
            data = subgraph.nodes[ntype].data
            data["feat"] = feat[ntype][data[NID].long()]
            is_centre = torch.zeros(len(data["feat"]), dtype=torch.bool, device=graph.device)
            if ntype == target_type:
                is_centre[centre] = True
            data["train"] = is_centre
        return subgraph, centre + self._first(subgraph)[target_type]

    def _feats(self, graph) -> Any:
        return {ntype: graph.nodes[ntype].data["feat"] for ntype in graph.ntypes}

    def _marked(self, graph) -> Any:
        marks = {ntype: graph.nodes[ntype].data["train"] for ntype in graph.ntypes}
        return {ntype: mark.nonzero().view(-1) for ntype, mark in marks.items()}

    def _split(self, graph, mask: Tensor) -> Any:
        counts = [graph.num_edges(etype) for etype in graph.canonical_etypes]
        return dict(zip(graph.canonical_etypes, mask.split(counts)))

    def _join(self, weights: list[Any]) -> Any:
        return {etype: torch.cat([part[etype] for part in weights]) for etype in weights[0]}

    def _softmax(self, logits: Any) -> Any:
        return {ntype: value.softmax(dim=-1) for ntype, value in logits.items()}

    def _rows(self, values: Any, rows: Any) -> Tensor:
        return torch.cat([values[ntype][ids] for ntype, ids in rows.items() if len(ids) > 0])
