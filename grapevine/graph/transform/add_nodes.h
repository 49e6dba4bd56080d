#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// The graph with `num` more nodes of a type (the only one if empty), numbered after the others.
/// `data` gives their features `[num, *shape]`; those it does not give are 0. A feature that only
/// `data` has is 0 for the old nodes. `Graph::add_nodes` does the same to a handle.
///
///     Graph h = add_nodes(g, 2, {{"h", torch::ones({2, 4})}}, "user");
///
/// Frames are the result's own, with the same tensors for types that do not grow; relations that
/// the type does not touch are shared. Batch information is dropped if nodes are added. Throws
/// `Error` for a block, an unknown type, a negative number, more nodes than ids of the graph's type
/// can name, and data with other rows, or of another shape, dtype or device than the feature has.
/// O(num_nodes of the type), times the width of its features; the edges of its relations are
/// shared, but CSR and CSC are made anew. Source: `dgl.add_nodes`.
[[nodiscard]] Graph add_nodes(const Graph& graph, std::int64_t num,
                              const std::map<std::string, at::Tensor>& data = {},
                              std::string_view ntype = {});

}  // namespace grapevine
