#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/graph/graph.h"

namespace grapevine::detail {

/// The batch information of a graph; for a single graph, that of a batch of one.
[[nodiscard]] GraphData::Batch batch_of(const Graph& graph);

/// The parts of `graph` as a batch.
[[nodiscard]] Graph with_batch(const Graph& graph, GraphData::Batch batch);

/// `to`, which has the nodes and relations of `from` but only the edges `kept` (int64, ascending)
/// of `relation`, as a batch of the same graphs; `to` itself if `from` is a single graph.
[[nodiscard]] Graph keep_batch(const Graph& from, const Graph& to, const CanonicalEtype& relation,
                               const at::Tensor& kept);

}  // namespace grapevine::detail
