"""Samplers of pairs of nodes that stand for edges that are not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from ..sampling.keys import draw_key
from ..utils import prepare_tensor

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["GlobalUniform", "PerSourceUniform", "Uniform"]

Pair = tuple[torch.Tensor, torch.Tensor]


class _BaseNegativeSampler:
    """Calls `_generate` for each relation; derive from it and write that."""

    def _generate(self, g: DGLGraph, eids: torch.Tensor, canonical_etype: tuple) -> Pair:
        raise NotImplementedError

    def __call__(self, g: DGLGraph, eids: Any) -> Pair | dict[tuple[str, str, str], Pair]:
        """Sources and destinations of the pairs for the edges `eids` `[n]`.

        For a dictionary of edges by relation, a dictionary of pairs.
        """
        if isinstance(eids, Mapping):
            by_etype = {g.to_canonical_etype(key): ids for key, ids in eids.items()}
            return {etype: self._generate(g, ids, etype) for etype, ids in by_etype.items()}
        assert len(g.canonical_etypes) == 1, (
            "please specify a dict of etypes and ids for graphs with multiple edge types"
        )
        return self._generate(g, eids, g.canonical_etypes[0])


class _CoreNegativeSampler(_BaseNegativeSampler):
    """One that the C++ core has."""

    def _make_core(self) -> _C.NegativeSampler:
        raise NotImplementedError

    def _generate(self, g: DGLGraph, eids: torch.Tensor, canonical_etype: tuple) -> Pair:
        edges = {canonical_etype: prepare_tensor(g, eids, "eids")}
        return self._make_core().sample(g._graph, edges, draw_key())[canonical_etype]


class PerSourceUniform(_CoreNegativeSampler):
    """`k` pairs for each edge: its source, and a destination drawn uniformly from all nodes.

    A destination may be a neighbour by chance. The pairs of an edge stand together.
    Source: dgl.dataloading.negative_sampler.PerSourceUniform
    """

    def __init__(self, k: int) -> None:
        self.k = k

    def _make_core(self) -> _C.NegativeSampler:
        return _C.PerSourceUniform(self.k)


Uniform = PerSourceUniform


class GlobalUniform(_CoreNegativeSampler):
    """At most `k` pairs for each edge, drawn uniformly from all pairs without an edge.

    Arguments:
        k: a few fewer come back if the graph is dense or small.
        exclude_self_loops: whether a node is never paired with itself.
        replace: whether a pair may come twice.

    Source: dgl.dataloading.negative_sampler.GlobalUniform
    """

    def __init__(self, k: int, exclude_self_loops: bool = True, replace: bool = False) -> None:
        self.k = k
        self.exclude_self_loops = exclude_self_loops
        self.replace = replace

    def _make_core(self) -> _C.NegativeSampler:
        return _C.GlobalUniform(self.k, bool(self.exclude_self_loops), bool(self.replace))


def core_negative_sampler(sampler: Any) -> _C.NegativeSampler | None:
    """The C++ core's own form of a negative sampler; None for one that somebody has written."""
    if type(sampler) in (PerSourceUniform, GlobalUniform):
        return sampler._make_core()
    return None
