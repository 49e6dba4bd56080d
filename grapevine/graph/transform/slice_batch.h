#pragma once

#include <cstdint>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// One graph of a batch, as `unbatch` would give it; features are views of the batch's. With
/// `store_ids`, `NID` and `EID` hold the ids in the batch, in its id type.
///
/// Throws `Error` for a block, an `index` that is no graph of the batch, and an edge of that graph
/// that leaves it. O(batch_size + edges of the graph) once the batch has its COO. Source:
/// `dgl.slice_batch`.
[[nodiscard]] Graph slice_batch(const Graph& graph, std::int64_t index, bool store_ids = false);

}  // namespace grapevine
