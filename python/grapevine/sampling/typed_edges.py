"""Picking neighbours by types that are not the graph's own: of edges, or tags of nodes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import torch

from ..base import EID, DGLError
from ..convert import heterograph
from ..subgraph import edge_subgraph
from .neighbor import finish, sample_neighbors, seeds_of

if TYPE_CHECKING:
    from ..heterograph import DGLGraph

__all__ = ["sample_etype_neighbors", "sample_neighbors_biased"]

_WEIGHT = "__weight"


def sample_etype_neighbors(
    g: DGLGraph,
    nodes: Any,
    etype_offset: Sequence[int],
    fanout: torch.Tensor,
    edge_dir: str = "in",
    prob: str | Sequence[torch.Tensor | None] | None = None,
    replace: bool = False,
    copy_ndata: bool = True,
    copy_edata: bool = True,
    etype_sorted: bool = False,
    _dist_training: bool = False,
    output_device: Any = None,
) -> DGLGraph:
    """`sample_neighbors` on what `to_homogeneous` made, with a fanout for each edge type.

    Arguments:
        etype_offset: the edges of type i are those from `etype_offset[i]` to before
            `etype_offset[i + 1]`.
        fanout: how many edges of each type a node picks, `[num_types]`; -1 for all.
        prob: an edge feature of `g`, or one tensor for each type.
        etype_sorted: has no effect.

    Other arguments are those of `sample_neighbors`. O(edges). Source:
    dgl.sampling.sample_etype_neighbors
    """
    if not isinstance(fanout, torch.Tensor):
        raise DGLError("The fanout should be a tensor")
    g = g.formats(["coo", "csr", "csc"])
    src, dst = g.edges()
    ranges = list(pairwise(etype_offset))
    etypes = [("_N", f"{i:06}", "_N") for i in range(len(ranges))]
    typed = heterograph(
        {etype: (src[a:b], dst[a:b]) for etype, (a, b) in zip(etypes, ranges)},
        {"_N": g.num_nodes()},
    )
    if prob is not None:
        for i, (a, b) in enumerate(ranges):
            weights = g.edata[prob][a:b] if isinstance(prob, str) else prob[i]
            if weights is not None:
                typed.edges[etypes[i]].data[_WEIGHT] = weights
    if isinstance(nodes, dict):
        (nodes,) = nodes.values()
    picked = sample_neighbors(
        typed,
        {"_N": nodes},
        {etype: int(count) for etype, count in zip(etypes, fanout)},
        edge_dir,
        None if prob is None else _WEIGHT,
        replace,
    )
    eids = [picked.edges[etype].data[EID] + a for etype, (a, _) in zip(etypes, ranges)]
    result = edge_subgraph(g, torch.cat(eids), relabel_nodes=False)
    return finish(result, copy_ndata, copy_edata, output_device)


def sample_neighbors_biased(
    g: DGLGraph,
    nodes: Any,
    fanout: int,
    bias: Any,
    edge_dir: str = "in",
    tag_offset_name: str = "_TAG_OFFSET",
    replace: bool = False,
    copy_ndata: bool = True,
    copy_edata: bool = True,
    output_device: Any = None,
) -> DGLGraph:
    """`sample_neighbors` where the chance of a neighbour depends on its tag.

    Arguments:
        g: a graph of one relation that `sort_csc_by_tag` has sorted, or `sort_csr_by_tag` for
            `edge_dir="out"`.
        bias: the weight of each tag, `[num_tags]`.
        tag_offset_name: the node feature `[num_nodes, num_tags + 1]` that sorting has written.

    Other arguments are those of `sample_neighbors`. O(edges). Source:
    dgl.sampling.sample_neighbors_biased
    """
    if edge_dir not in ("in", "out"):
        raise DGLError("edge_dir can only be 'in' or 'out'")
    data = g.dstdata if edge_dir == "in" else g.srcdata
    per_tag = data[tag_offset_name].diff(dim=1)
    bias = torch.as_tensor(bias)
    _, _, eids = g.adj_tensors("csc" if edge_dir == "in" else "csr")
    weights = bias.repeat(len(per_tag)).repeat_interleave(per_tag.flatten())
    if len(eids) > 0:
        weights = torch.empty_like(weights).index_copy_(0, eids.long(), weights)
    src_type, _, dst_type = g.canonical_etypes[0]
    ntype = dst_type if edge_dir == "in" else src_type
    with g.local_scope():
        g.edata[_WEIGHT] = weights
        seeds = seeds_of(g, nodes if isinstance(nodes, dict) else {ntype: nodes})
        picked = sample_neighbors(g, seeds, fanout, edge_dir, _WEIGHT, replace)
    del picked.edata[_WEIGHT]
    return finish(picked, copy_ndata, copy_edata, output_device)
