#pragma once

#include <ATen/core/Tensor.h>

#include <map>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// A homogeneous graph from out-edges grouped by source: those of node r have the destinations
/// `indices[indptr[r]]` to `indices[indptr[r + 1] - 1]`. `indptr` `[rows + 1]` is int64 or int32,
/// `indices` `[num_edges]` is int64 or int32 and the graph keeps its type. `edge_ids`
/// `[num_edges]`, of the same type, is the id of each position; without it (undefined or empty) the
/// edges are numbered as they stand. The tensors become the graph's CSR without a copy where they
/// can; no other format is made. Throws `Error` for offsets that do not start at 0, decrease or do
/// not end at the number of edges, ids out of range, edge ids that are not each of
/// `0 .. num_edges - 1` once, and `num_nodes` less than the rows or ids show. O(nodes + edges).
/// Source: `dgl.graph(('csr', (indptr, indices, edge_ids)))`.
[[nodiscard]] Graph graph_from_csr(const at::Tensor& indptr, const at::Tensor& indices,
                                   const at::Tensor& edge_ids = {},
                                   const GraphOptions& options = {});

/// The same from in-edges grouped by destination; `indices` are sources.
/// Source: `dgl.graph(('csc', (indptr, indices, edge_ids)))`.
[[nodiscard]] Graph graph_from_csc(const at::Tensor& indptr, const at::Tensor& indices,
                                   const at::Tensor& edge_ids = {},
                                   const GraphOptions& options = {});

/// A heterogeneous graph whose relations come in COO, CSR or CSC, or in several of them that hold
/// the same edges. Node counts and errors are those of `heterograph` and `graph_from_csr`.
///
///     heterograph_from_formats({{{"user", "buys", "item"}, {.csr = ops::Csr{indptr, indices,
///     {}}}},
///                               {{"user", "likes", "user"}, {.coo = ops::Coo{src, dst}}}});
///
/// Source: `dgl.heterograph({etype: ('csr', (indptr, indices, edge_ids))})`.
[[nodiscard]] Graph heterograph_from_formats(
    const std::map<CanonicalEtype, AdjacencyParts>& relations, const NodeCounts& num_nodes = {});

}  // namespace grapevine
