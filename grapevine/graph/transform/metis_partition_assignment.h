#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// How METIS divides a graph: into all parts at once, or into two again and again.
enum class PartitionMode { kKWay, kRecursive };
/// What METIS makes small: the edges between parts, or for each node the other parts that its
/// neighbours are in (the communication volume).
enum class PartitionObjective { kCut, kVolume };

struct MetisPartitionOptions {
  /// A type for each node, `[num_nodes]` of integers: every part gets its share of each type.
  at::Tensor balance_ntypes = {};
  /// Parts have equally many in-edges, of each type if there are types, rather than nodes alone.
  bool balance_edges = false;
  PartitionMode mode = PartitionMode::kKWay;
  PartitionObjective objective = PartitionObjective::kCut;
};

/// The part, `0 .. k - 1`, of each node in a division into `k` parts of about equal size with few
/// edges between them: `[num_nodes]` in the graph's id type, on its device. Directions, self-loops
/// and parallel edges do not count. No part is empty. Equal arguments give equal parts.
///
///     at::Tensor part = metis_partition_assignment(g, 8);
///
/// Throws `Error` if the graph is not homogeneous, for `k` outside `1 .. num_nodes`, types of
/// another length or dtype, `kVolume` with `kRecursive`, and a graph whose nodes or edges in both
/// directions do not fit METIS's integers, often of 32 bits. Runs on the CPU, one call at a time,
/// with `std::rand` seeded anew, in about O(nodes + edges) (Karypis and Kumar, 1998). Source:
/// `dgl.metis_partition_assignment`, which takes int64 ids only.
[[nodiscard]] at::Tensor metis_partition_assignment(const Graph& graph, std::int64_t k,
                                                    const MetisPartitionOptions& options = {});

}  // namespace grapevine
