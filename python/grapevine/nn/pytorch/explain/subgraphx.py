"""SubgraphX."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["HeteroSubgraphX", "SubgraphX"]

#: Of a mask of the nodes ``[n]``, what the model gives the class to be explained.
Score = Callable[[Tensor], float]


class _Subset:
    """Some nodes of the graph, and what is known of them in the tree of subsets."""

    def __init__(self, nodes: Tensor) -> None:
        self.nodes = nodes
        self.num_visits = 0
        self.total_reward = 0.0
        self.reward = 0.0
        self.children: list[_Subset] | None = None


class _Search:
    """A Monte Carlo tree search for few connected nodes with a high Shapley value.

    Nodes of all types are numbered one type after the other; ``src`` and ``dst`` are the edges.
    """

    def __init__(
        self, settings: _SubgraphExplainer, src: Tensor, dst: Tensor, score: Score
    ) -> None:
        self._settings = settings
        self._ends = torch.cat([src, dst]), torch.cat([dst, src])
        self._score = score
        self._subsets: dict[tuple[int, ...], _Subset] = {}

    def run(self, num_nodes: int) -> Tensor:
        """The best subset that was found, ``[m]``."""
        self._num_nodes = num_nodes
        root = self._subset(torch.arange(num_nodes))
        for rollout in range(self._settings.num_rollouts):
            if self._settings.log:
                print(f"Rollout {rollout}: {len(self._subsets)} subgraphs have been seen")
            self._roll_out(root)
        small = [s for s in self._subsets.values() if len(s.nodes) <= self._settings.node_min]
        return max(small, key=lambda subset: subset.reward).nodes

    def _subset(self, nodes: Tensor) -> _Subset:
        return self._subsets.setdefault(tuple(nodes.tolist()), _Subset(nodes))

    def _mask(self, nodes: Tensor) -> Tensor:
        return torch.zeros(self._num_nodes, dtype=torch.bool).index_fill_(0, nodes, True)

    def _roll_out(self, subset: _Subset) -> None:
        """Goes down to a small subset, and tells those on the way how good it is."""
        path = []
        while len(subset.nodes) > self._settings.node_min:
            children = self._children(subset)
            scale = self._settings.coef * math.sqrt(sum(child.num_visits for child in children))
            subset = max(
                children,
                key=lambda child: (
                    child.total_reward / max(child.num_visits, 1)
                    + scale * child.reward / (1 + child.num_visits)  # noqa: B023
                ),
            )
            path.append(subset)
        for visited in path:
            visited.num_visits += 1
            visited.total_reward += subset.reward

    def _children(self, subset: _Subset) -> list[_Subset]:
        """The largest components that are left when one of the chosen nodes is taken away."""
        if subset.children is not None:
            return subset.children
        first, second = self._ends
        is_inside = self._mask(subset.nodes)
        degrees = torch.bincount(
            first[is_inside[first] & is_inside[second]], minlength=len(is_inside)
        )
        count = min(len(subset.nodes), self._settings.num_child)
        chosen = degrees[subset.nodes].topk(count, largest=self._settings.high2low).indices
        found = {}
        for node in subset.nodes[chosen].tolist():
            child = self._subset(self._largest_component(subset.nodes[subset.nodes != node]))
            found[id(child)] = child
            if child.reward == 0:
                child.reward = self.shapley(child.nodes)
        subset.children = list(found.values())
        return subset.children

    def _largest_component(self, nodes: Tensor) -> Tensor:
        """Of the subgraph of some nodes; each node takes the lowest number that reaches it."""
        first, second = self._ends
        is_inside = self._mask(nodes)
        kept = is_inside[first] & is_inside[second]
        first, second = first[kept], second[kept]
        label = torch.arange(self._num_nodes)
        while True:
            lower = label.scatter_reduce(0, second, label[first], reduce="amin")
            if torch.equal(lower, label):
                break
            label = lower
        label = label[nodes]
        return nodes[label == label.mode().values]

    def shapley(self, nodes: Tensor) -> float:
        """What the nodes add to the score, on average over what else of their region is there."""
        first, second = self._ends
        region = self._mask(nodes)
        for _ in range(self._settings.num_hops - 1):
            region = region.index_fill(0, second[region[first]], True)
        others = (region & ~self._mask(nodes)).nonzero().view(-1)
        total = 0.0
        for _ in range(self._settings.shapley_steps):
            count = int(torch.randint(len(others) + 1, ()))
            mask = ~region
            mask[others[torch.randperm(len(others))[:count]]] = True
            without = self._score(mask.float())
            mask[nodes] = True
            total += self._score(mask.float()) - without
        return total / self._settings.shapley_steps


class _SubgraphExplainer(nn.Module):
    """The settings of the search."""

    def __init__(
        self,
        model: nn.Module,
        num_hops: int,
        coef: float = 10.0,
        high2low: bool = True,
        num_child: int = 12,
        num_rollouts: int = 20,
        node_min: int = 3,
        shapley_steps: int = 100,
        log: bool = False,
    ) -> None:
        super().__init__()
        self.num_hops = num_hops
        self.coef = coef
        self.high2low = high2low
        self.num_child = num_child
        self.num_rollouts = num_rollouts
        self.node_min = node_min
        self.shapley_steps = shapley_steps
        self.log = log
        self.model = model

    def _prepare(self, graph) -> None:
        self.model.eval()
        assert graph.num_nodes() > self.node_min, (
            f"{type(self).__name__}: graph: expected more than node_min ({self.node_min}) nodes, "
            f"got {graph.num_nodes()}"
        )

    @torch.no_grad()
    def _score(self, graph, feat: Any, target_class: int, **kwargs: Any) -> float:
        return float(self.model(graph, feat, **kwargs).softmax(dim=-1)[0, target_class])


class SubgraphX(_SubgraphExplainer):
    """Explains the prediction of a graph by a few connected nodes that matter most for it.

    A tree search takes away node after node; how much the rest matters is its Shapley value, what
    it adds to the probability of the class on average over what else is there.

    Args:
        model: Called as ``model(graph, feat, **kwargs)``; gives logits ``[1, classes]``.
        num_hops: How far the model looks.
        coef: How much the search tries what it does not know yet.
        high2low: Whether nodes of high degree are taken away first, or else of low degree.
        num_child: How many nodes are tried at each step.
        num_rollouts: How often the search goes down.
        node_min: How many nodes the result has at most.
        shapley_steps: How many samples give a Shapley value.
        log: Whether progress is printed.

    Source: dgl.nn.SubgraphX; Yuan et al., 2021.
    """

    def explain_graph(self, graph, feat: Tensor, target_class: int, **kwargs: Any) -> Tensor:
        """The nodes ``[m]`` that matter most for a class.

        Args:
            graph: A graph of one node type and relation.
            feat: ``[n, in]``.
            target_class: The class.
            **kwargs: Further arguments of the model.

        Raises:
            AssertionError: If the graph has no more than ``node_min`` nodes.
        """
        self._prepare(graph)

        def score(mask: Tensor) -> float:
            masked = feat * mask.to(feat).unsqueeze(1)
            return self._score(graph, masked, target_class, **kwargs)

        src, dst = (ends.long().cpu() for ends in graph.edges())
        nodes = _Search(self, src, dst, score).run(graph.num_nodes())
        return nodes.to(device=graph.device, dtype=graph.idtype)


class HeteroSubgraphX(_SubgraphExplainer):
    """As `SubgraphX`, for graphs of several types.

    Args:
        model: Called as ``model(graph, feat, **kwargs)`` with features by node type; gives logits
            ``[1, classes]``.
        num_hops: How far the model looks.
        coef: How much the search tries what it does not know yet.
        high2low: Whether nodes of high degree are taken away first, or else of low degree.
        num_child: How many nodes are tried at each step.
        num_rollouts: How often the search goes down.
        node_min: How many nodes the result has at most.
        shapley_steps: How many samples give a Shapley value.
        log: Whether progress is printed.

    Source: dgl.nn.HeteroSubgraphX; Yuan et al., 2021.
    """

    def explain_graph(
        self, graph, feat: Mapping[str, Tensor], target_class: int, **kwargs: Any
    ) -> dict[str, Tensor]:
        """The nodes, by type, that matter most for a class.

        Args:
            graph: A graph.
            feat: ``[n, in]`` by node type.
            target_class: The class.
            **kwargs: Further arguments of the model.

        Raises:
            AssertionError: If the graph has no more than ``node_min`` nodes.
        """
        self._prepare(graph)
        counts = [graph.num_nodes(ntype) for ntype in graph.ntypes]
        first = dict(zip(graph.ntypes, torch.tensor([0, *counts]).cumsum(0).tolist()))
        sources, destinations = [torch.tensor([], dtype=torch.int64)], []
        for etype in graph.canonical_etypes:
            src, dst = graph.edges(etype=etype)
            sources.append(src.long().cpu() + first[etype[0]])
            destinations.append(dst.long().cpu() + first[etype[2]])

        def score(mask: Tensor) -> float:
            parts = dict(zip(graph.ntypes, mask.split(counts)))
            masked = {n: value * parts[n].to(value).unsqueeze(1) for n, value in feat.items()}
            return self._score(graph, masked, target_class, **kwargs)

        search = _Search(self, torch.cat(sources), torch.cat([sources[0], *destinations]), score)
        nodes = search.run(graph.num_nodes())
        found = {}
        for ntype, count in zip(graph.ntypes, counts):
            ids = nodes[(nodes >= first[ntype]) & (nodes < first[ntype] + count)] - first[ntype]
            if len(ids) > 0:
                found[ntype] = ids.to(device=graph.device, dtype=graph.idtype)
        return found
