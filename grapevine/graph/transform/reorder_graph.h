#pragma once

#include <cstdint>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// The new order of nodes: as they are, reverse Cuthill-McKee, part after part of a METIS
/// partition, or the caller's.
enum class NodePermutation { kNone, kRcmk, kMetis, kCustom };
/// The new order of edges: as they are, by source, by destination, or the caller's. Edges that tie
/// keep their order.
enum class EdgePermutation { kNone, kSrc, kDst, kCustom };

struct ReorderGraphOptions {
  NodePermutation node_permute = NodePermutation::kNone;
  EdgePermutation edge_permute = EdgePermutation::kSrc;
  bool store_ids =
      true;  ///< `NID` and `EID` hold the old ids of nodes and edges that were permuted
  at::Tensor nodes_perm;  ///< for `kCustom`: old node ids by new ones, `[num_nodes]`
  at::Tensor edges_perm;  ///< for `kCustom`: old edge ids by new ones, `[num_edges]`
  std::int64_t k = 0;     ///< for `kMetis`: the number of parts, which must be given
};

/// The same graph with its nodes and edges in another order, which may make message passing faster.
/// Edges are sorted by the new node ids; `NID` and `EID` refer to `graph`. Features follow,
/// gathered when read.
///
///     Graph near = reorder_graph(g, {.node_permute = NodePermutation::kRcmk});
///
/// Throws `Error` if the graph is not homogeneous, for a permutation that is missing, of another
/// length, type or device, or that lacks an id, and for `k` as `metis_partition_assignment` does.
/// O(n log n). Deviates from DGL, whose `edges_perm` and stored edge ids count the edges after the
/// permutation of nodes. Source: `dgl.reorder_graph`.
[[nodiscard]] Graph reorder_graph(const Graph& graph, const ReorderGraphOptions& options = {});

}  // namespace grapevine
