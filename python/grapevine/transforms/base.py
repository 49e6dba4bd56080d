"""What all transforms share."""

from __future__ import annotations

from typing import Callable, Sequence

import torch

from ..convert import heterograph
from ..heterograph import DGLGraph

__all__ = ["BaseTransform", "Compose"]

CanonicalEtype = tuple[str, str, str]
Edges = dict[CanonicalEtype, tuple[torch.Tensor, torch.Tensor]]


def update_graph_structure(g: DGLGraph, data_dict: Edges, copy_edata: bool = True) -> DGLGraph:
    """A graph of the same nodes, with their features, and of other edges.

    `copy_edata`: edges of relations that `g` has keep their features.

    Source: dgl.transforms.module.update_graph_structure
    """
    counts = {ntype: g.num_nodes(ntype) for ntype in g.ntypes}
    result = heterograph(data_dict, num_nodes_dict=counts, idtype=g.idtype, device=g.device)
    for ntype in g.ntypes:
        result.nodes[ntype].data.update(g.nodes[ntype].data)
    if copy_edata:
        for etype in g.canonical_etypes:
            result.edges[etype].data.update(g.edges[etype].data)
    return result


class BaseTransform:
    """A callable from a graph to a graph; subclasses define `__call__`.

    Source: dgl.transforms.BaseTransform
    """

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """The transformed graph."""
        raise NotImplementedError(f"{type(self).__name__} does not define __call__()")

    def __repr__(self) -> str:
        return type(self).__name__ + "()"


class Compose(BaseTransform):
    """Calls transforms one after the other.

    Source: dgl.transforms.Compose
    """

    def __init__(self, transforms: Sequence[Callable[[DGLGraph], DGLGraph]]) -> None:
        self.transforms = transforms

    def __call__(self, g: DGLGraph) -> DGLGraph:
        """The graph after the last transform."""
        for transform in self.transforms:
            g = transform(g)
        return g

    def __repr__(self) -> str:
        lines = ",\n".join(f"  {transform}" for transform in self.transforms)
        return f"{type(self).__name__}([\n{lines}\n])"
