#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/graph/graph_types.h"

namespace grapevine::detail {

/// Edges with the same endpoints put together; groups are in the order of (source, destination).
struct ParallelEdges {
  at::Tensor group;   ///< `[num_edges]` int64, the group of each edge
  at::Tensor first;   ///< `[num_groups]` int64, the first edge of each group
  at::Tensor counts;  ///< `[num_groups]` int64
};

/// Finds the parallel edges among any columns of endpoints. O(n log n).
[[nodiscard]] ParallelEdges group_parallel_edges(const EdgePair& edges);

}  // namespace grapevine::detail
