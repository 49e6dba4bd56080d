"""Picking the neighbours of nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch

from .. import _C
from ..base import DGLError
from ..utils import prepare_tensor, prepare_tensor_dict
from .keys import draw_key

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["sample_neighbors", "sample_neighbors_fused", "select_topk"]

MASK_TYPES = (torch.bool, torch.uint8, torch.int8)


def seeds_of(g: DGLGraph, nodes: Any) -> torch.Tensor | dict[str, torch.Tensor]:
    """Ids of nodes as the caller gave them, as the core takes them."""
    if not isinstance(nodes, Mapping):
        if len(g.ntypes) > 1:
            raise DGLError("Must specify node type when the graph is not homogeneous.")
        return prepare_tensor(g, nodes, "nodes")
    if not nodes:
        raise ValueError(
            "Got an empty dictionary in the nodes argument. "
            "Please pass in a dictionary with empty tensors as values instead."
        )
    return prepare_tensor_dict(g, nodes, "nodes")


def edges_of(g: DGLGraph, edges: Any) -> torch.Tensor | dict[Any, torch.Tensor]:
    """Ids of edges as the caller gave them, None for no edge, as the core takes them."""
    if edges is None:
        return {}
    if isinstance(edges, Mapping):
        return prepare_tensor_dict(g, edges, "edges")
    if len(g.canonical_etypes) > 1:
        raise DGLError("Must specify etype when the graph is not homogeneous.")
    return prepare_tensor(g, edges, "edges")


def fanout_of(g: DGLGraph, fanout: Any) -> _C.Fanout:
    """A number for each relation, or one for all."""
    if not isinstance(fanout, Mapping):
        return _C.Fanout(int(fanout))
    if len(fanout) != len(g.canonical_etypes):
        raise DGLError("Fan-out must be specified for each edge type if a dict is provided.")
    return _C.Fanout([(etype, int(count)) for etype, count in fanout.items()])


def options_of(
    g: DGLGraph, edge_dir: str, prob: str | None, replace: bool
) -> _C.NeighborSamplerOptions:
    """How to pick; what `prob` names is a mask if it holds booleans or small integers."""
    frames = [g._edge_frame(i) for i in range(len(g.canonical_etypes))]
    is_mask = prob is not None and any(
        frame.schemes()[prob][1] in MASK_TYPES for frame in frames if prob in frame
    )
    return _C.NeighborSamplerOptions(
        edge_dir, prob=None if is_mask else prob, mask=prob if is_mask else None, replace=replace
    )


def sample_neighbors(
    g: DGLGraph,
    nodes: Any,
    fanout: int | Mapping[Any, int],
    edge_dir: str = "in",
    prob: str | None = None,
    replace: bool = False,
    copy_ndata: bool = True,
    copy_edata: bool = True,
    _dist_training: bool = False,
    exclude_edges: Any = None,
    output_device: Any = None,
) -> DGLGraph:
    """Picks edges of each node and returns the graph of these edges over all nodes.

    The edges of a node stand together, in the order of `nodes`; `edata[dgl.EID]` holds the ids they
    have in `g`. A node given twice picks twice.

    Arguments:
        nodes: ids `[n]`, or a dictionary of them by node type.
        fanout: how many edges a node picks of each relation, -1 for all; a dictionary names every
            relation.
        edge_dir: "in" or "out".
        prob: an edge feature `[num_edges]`, by which edges are picked: finite floats of 0 or more,
            or a mask; 0 is never picked. Relations without it are sampled uniformly.
        replace: exactly `fanout` picks, with repeats, for a node that has any candidate.
        copy_ndata, copy_edata: whether the result has the features of `g`; those of edges are
            gathered when read.
        exclude_edges: ids of edges `[m]`, or a dictionary of them, that are taken out of what was
            picked; none is picked in their place.
        output_device: where the result goes.

    Raises `DGLError` for ids that are not the graph's and for unfit probabilities, and `ValueError`
    for an empty dictionary. Source: dgl.sampling.sample_neighbors
    """
    picked = _C.sample_neighbors(
        g._graph,
        seeds_of(g, nodes),
        fanout_of(g, fanout),
        options_of(g, edge_dir, prob, replace),
        draw_key(),
    )
    if exclude_edges is not None:
        picked = _C.exclude_edges(picked, edges_of(g, exclude_edges))
    return finish(type(g)._wrap(picked, like=g), copy_ndata, copy_edata, output_device)


def sample_neighbors_fused(
    g: DGLGraph,
    nodes: Any,
    fanout: int | Mapping[Any, int],
    edge_dir: str = "in",
    prob: str | None = None,
    replace: bool = False,
    copy_ndata: bool = True,
    copy_edata: bool = True,
    exclude_edges: Any = None,
    mapping: dict | None = None,
) -> DGLGraph:
    """The same as a block, made in one pass: what `to_block` makes of `sample_neighbors`.

    With `edge_dir="out"` block edges lead from the neighbour to the node. `mapping` is not needed.
    Source: dgl.sampling.sample_neighbors_fused
    """
    sampler = _C.NeighborSampler([fanout_of(g, fanout)], options_of(g, edge_dir, prob, replace))
    _, _, blocks = sampler.sample(
        g._graph, seeds_of(g, nodes), edges_of(g, exclude_edges), draw_key()
    )
    return finish(type(g)._wrap(blocks[0], like=g), copy_ndata, copy_edata, None)


def finish(g: DGLGraph, copy_ndata: bool, copy_edata: bool, device: Any) -> DGLGraph:
    """Leaves out features that are not wanted, and moves the graph."""
    if not copy_ndata:
        for ntype in g.srctypes:
            _clear(g.srcnodes[ntype].data)
        for ntype in g.dsttypes:
            _clear(g.dstnodes[ntype].data)
    if not copy_edata:
        for etype in g.canonical_etypes:
            _clear(g.edges[etype].data)
    return g if device is None else g.to(device)


def _clear(features: Any) -> None:
    for name in list(features):
        del features[name]


def select_topk(
    g: DGLGraph,
    k: int | Mapping[Any, int],
    weight: str,
    nodes: Any = None,
    edge_dir: str = "in",
    ascending: bool = False,
    copy_ndata: bool = True,
    copy_edata: bool = True,
    output_device: Any = None,
) -> DGLGraph:
    """The graph, over all nodes, of the `k` edges of each node that have the largest weights.

    Arguments:
        k: -1 for all; a dictionary names every relation.
        weight: an edge feature `[num_edges]` of every relation.
        nodes: ids `[n]`, or a dictionary of them by node type; by default all.
        ascending: takes the smallest weights.

    Other arguments are those of `sample_neighbors`. Source: dgl.sampling.select_topk
    """
    if nodes is None:
        nodes = {ntype: g.nodes(ntype) for ntype in g.ntypes}
    if isinstance(k, Mapping) and len(k) != len(g.canonical_etypes):
        raise DGLError("K value must be specified for each edge type if a dict is provided.")
    for etype in g.canonical_etypes:
        if weight not in g.edges[etype].data:
            raise DGLError(f'Edge weights "{weight}" do not exist for relation graph "{etype}".')
    picked = _C.select_topk(
        g._graph, seeds_of(g, nodes), fanout_of(g, k), weight, edge_dir, bool(ascending)
    )
    return finish(type(g)._wrap(picked, like=g), copy_ndata, copy_edata, output_device)
