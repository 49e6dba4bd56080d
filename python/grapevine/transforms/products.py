"""Graphs made by products of adjacency matrices, and other orders of nodes and edges."""

from __future__ import annotations

from typing import Any

import torch

from .. import _C
from ..base import DGLError
from ..convert import heterograph
from ..heterograph import DGLGraph
from ..metagraph import EtypeArg
from ..utils.checks import as_tensor

__all__ = [
    "adj_product_graph", "adj_sum_graph", "khop_adj", "khop_graph", "laplacian_lambda_max",
    "metapath_reachable_graph", "metis_partition_assignment", "reorder_graph", "sort_csc_by_tag",
    "sort_csr_by_tag", "to_bfloat16", "to_double", "to_float", "to_half",
]  # fmt: skip


def _power(g: DGLGraph, k: int) -> Any:
    """The adjacency matrix to the power of k, a scipy matrix of integers in COO."""
    from scipy import sparse

    assert g.is_homogeneous, "only homogeneous graph is supported"
    power = sparse.identity(g.num_nodes(), dtype="int64", format="csr")
    adjacency = g.adj_external(scipy_fmt="csr").astype("int64")
    for _ in range(k):
        power = power @ adjacency
    power.sort_indices()
    return power.tocoo()


def khop_adj(g: DGLGraph, k: int) -> torch.Tensor:
    """How many walks of k steps lead from row to column: `[num_nodes, num_nodes]` float32.

    Source: `dgl.khop_adj`.
    """
    return torch.as_tensor(_power(g, k).toarray()).float().to(g.device)


def khop_graph(g: DGLGraph, k: int, copy_ndata: bool = True) -> DGLGraph:
    """The graph with an edge for each walk of k steps, by (source, destination).

    Source: `dgl.khop_graph`.
    """
    power = _power(g, k)
    walks = torch.as_tensor(power.data)
    ends = tuple(
        torch.as_tensor(ids).repeat_interleave(walks).to(g.device, g.idtype)
        for ids in (power.row, power.col)
    )
    etype = g.canonical_etypes[0]
    counts = {etype[0]: g.num_nodes()}
    result = heterograph({etype: ends}, counts, device=g.device)
    if copy_ndata:
        result._node_frame(0).share_columns(g._node_frame(0))
    return result


def _pairs(g: DGLGraph, heads: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """For each node of `heads` and each edge that leaves it: position in `heads`, and edge id."""
    _, _, eids = g._graph.out_edges(heads.to(g.idtype))
    degrees = g._graph.out_degrees(heads.to(g.idtype))
    positions = torch.arange(len(heads), device=heads.device)
    return positions.repeat_interleave(degrees.long()), eids.long()


def _combined(
    src: torch.Tensor, dst: torch.Tensor, weight: torch.Tensor, num_dst: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One edge for each (source, destination), in that order, with the sum of the weights."""
    keys, inverse = torch.unique(src.long() * max(num_dst, 1) + dst.long(), return_inverse=True)
    total = weight.new_zeros((len(keys), *weight.shape[1:])).index_add(0, inverse, weight)
    return keys // max(num_dst, 1), keys % max(num_dst, 1), total


def adj_product_graph(A: DGLGraph, B: DGLGraph, weight_name: str, etype: str = "_E") -> DGLGraph:
    """The graph whose weighted adjacency matrix is the product of those of A and B.

    `weight_name` is the edge feature `[num_edges]` of A, B and the result. Differentiable. Raises
    `DGLError` if the destinations of A are not the sources of B. Source: `dgl.adj_product_graph`.
    """
    srctype, middle = A.canonical_etypes[0][0], A.canonical_etypes[0][2]
    dsttype = B.canonical_etypes[0][2]
    if A.num_nodes(middle) != B.num_nodes(B.canonical_etypes[0][0]):
        raise DGLError("Expect as many destination nodes of A as there are source nodes of B.")
    a_src, a_dst = A.edges()
    position, b_edge = _pairs(B, a_dst)
    _, b_dst = B.edges()
    weight = A.edata[weight_name][position] * B.edata[weight_name][b_edge]
    num_dst = B.num_nodes(dsttype)
    src, dst, weight = _combined(a_src[position], b_dst[b_edge], weight, num_dst)
    counts = {srctype: A.num_nodes(srctype), dsttype: num_dst}
    ends = (src.to(A.idtype), dst.to(A.idtype))
    result = heterograph({(srctype, etype, dsttype): ends}, counts)
    result.edata[weight_name] = weight
    return result


def adj_sum_graph(graphs: list[DGLGraph], weight_name: str) -> DGLGraph:
    """The graph whose weighted adjacency matrix is the sum of those of `graphs`.

    Differentiable in the edge feature `weight_name` `[num_edges]`. Source: `dgl.adj_sum_graph`.
    """
    if len(graphs) == 0:
        raise ValueError("The list of graphs must not be empty.")
    first = graphs[0]
    etype = first.canonical_etypes[0]
    src, dst = (torch.cat(ends) for ends in zip(*(g.edges() for g in graphs)))
    weight = torch.cat([g.edata[weight_name] for g in graphs])
    src, dst, weight = _combined(src, dst, weight, first.num_nodes(etype[2]))
    counts = {ntype: first.num_nodes(ntype) for ntype in first.ntypes}
    result = heterograph({etype: (src.to(first.idtype), dst.to(first.idtype))}, counts)
    result.edata[weight_name] = weight
    return result


def metapath_reachable_graph(g: DGLGraph, metapath: list[EtypeArg]) -> DGLGraph:
    """The graph with an edge from u to v wherever a path along the relations leads from u to v.

    Source: `dgl.metapath_reachable_graph`.
    """
    relations = [g._meta.relation(etype) for etype in metapath]
    return DGLGraph._wrap(_C.metapath_reachable_graph(g._graph, relations))


def laplacian_lambda_max(g: DGLGraph) -> list[float]:
    """The largest eigenvalue of the normalised Laplacian of each graph of a batch.

    Source: `dgl.laplacian_lambda_max`.
    """
    return _C.laplacian_lambda_max(g._graph).tolist()


# ---- orders
def _sorted_by_tag(g: DGLGraph, tag: torch.Tensor, csr: bool, name: str, tag_type: str) -> DGLGraph:
    if len(g.etypes) > 1:
        raise DGLError("Only support homograph and bipartite graph")
    assert tag_type in ("node", "edge"), "tag_type should be either 'node' or 'edge'."
    return DGLGraph._wrap(_C.sort_by_tag(g._graph, tag, csr, name, tag_type), like=g)


def sort_csr_by_tag(
    g: DGLGraph, tag: torch.Tensor, tag_offset_name: str = "_TAG_OFFSET", tag_type: str = "node"
) -> DGLGraph:
    """The graph with the out-edges of each node grouped by the tag of their destination.

    `tag` is `[num_dst_nodes]`, or `[num_edges]` with `tag_type="edge"`. The source feature
    `tag_offset_name`, `[num_src_nodes, num_tags + 1]`, tells the groups.
    Source: `dgl.sort_csr_by_tag`.
    """
    return _sorted_by_tag(g, tag, True, tag_offset_name, tag_type)


def sort_csc_by_tag(
    g: DGLGraph, tag: torch.Tensor, tag_offset_name: str = "_TAG_OFFSET", tag_type: str = "node"
) -> DGLGraph:
    """The same for in-edges, by the tag of their source. Source: `dgl.sort_csc_by_tag`."""
    return _sorted_by_tag(g, tag, False, tag_offset_name, tag_type)


def reorder_graph(
    g: DGLGraph,
    node_permute_algo: str | None = None,
    edge_permute_algo: str = "src",
    store_ids: bool = True,
    permute_config: dict[str, Any] | None = None,
) -> DGLGraph:
    """The same graph with nodes and edges in another order, which may make message passing faster.

    Nodes: None, "rcmk" (reverse Cuthill-McKee), "metis" (with "k" in `permute_config`) or "custom"
    ("nodes_perm" `[num_nodes]`: old ids by new ones); edges: "src", "dst" or "custom"
    ("edges_perm"). `NID` and `EID` hold the old ids. Source: `dgl.reorder_graph`.
    """
    if not g.is_homogeneous:
        raise DGLError("Only homogeneous graphs are supported.")
    for what, algorithm, known in (
        ("node", node_permute_algo, [None, "rcmk", "metis", "custom"]),
        ("edge", edge_permute_algo, ["src", "dst", "custom"]),
    ):
        if algorithm not in known:
            raise DGLError(
                f"Unexpected {what}_permute_algo is specified: {algorithm}. Expected algos: "
                f"{[name for name in known if name]}"
            )
    config = permute_config or {}
    for algorithm, chosen, key in (
        (node_permute_algo, "metis", "k"),
        (node_permute_algo, "custom", "nodes_perm"),
        (edge_permute_algo, "custom", "edges_perm"),
    ):
        if algorithm == chosen and key not in config:
            raise DGLError(f"'{key}' is needed in permute_config for the order \"{chosen}\".")
    perms = [
        as_tensor(config[key]).to(g.device, g.idtype) if key in config else None
        for key in ("nodes_perm", "edges_perm")
    ]
    c_graph = _C.reorder_graph(
        g._graph, node_permute_algo or "none", edge_permute_algo, store_ids, *perms,
        int(config.get("k", 0)),
    )  # fmt: skip
    result = DGLGraph._wrap(c_graph, like=g)
    if store_ids and node_permute_algo is None:
        result.ndata["_ID"] = result.nodes()
    return result


def metis_partition_assignment(
    g: DGLGraph,
    k: int,
    balance_ntypes: Any = None,
    balance_edges: bool = False,
    mode: str = "k-way",
    objtype: str = "cut",
) -> torch.Tensor:
    """The part, 0 to k - 1, of each node in a division with few edges between parts.

    Source: `dgl.metis_partition_assignment`; Karypis and Kumar, 1998.
    """
    types = None if balance_ntypes is None else as_tensor(balance_ntypes)
    args = (g._graph, k, types, balance_edges, mode, objtype)
    return _C.metis_partition_assignment(*args)


# ---- dtypes of features
def _cast(g: DGLGraph, dtype: torch.dtype) -> DGLGraph:
    result = g.clone()
    for frame in result._graph.frames():
        for name in frame.names():
            column = frame.get(name)
            if column.is_floating_point():
                frame.set(name, column.to(dtype))
    return result


def to_bfloat16(g: DGLGraph) -> DGLGraph:
    """The graph with floating features in bfloat16. Source: `dgl.to_bfloat16`."""
    return _cast(g, torch.bfloat16)


def to_half(g: DGLGraph) -> DGLGraph:
    """The graph with floating features in float16. Source: `dgl.to_half`."""
    return _cast(g, torch.float16)


def to_float(g: DGLGraph) -> DGLGraph:
    """The graph with floating features in float32. Source: `dgl.to_float`."""
    return _cast(g, torch.float32)


def to_double(g: DGLGraph) -> DGLGraph:
    """The graph with floating features in float64. Source: `dgl.to_double`."""
    return _cast(g, torch.float64)


DGLGraph.reorder_graph = reorder_graph
