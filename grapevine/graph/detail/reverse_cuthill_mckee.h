#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/graph/graph.h"

namespace grapevine::detail {

/// An order of the nodes of a homogeneous graph that brings neighbours near each other:
/// `[num_nodes]` int64 on the CPU, old ids by new ones. Directions do not matter. Searches breadth
/// first from a node of smallest degree in each component, visits neighbours by ascending degree
/// and then id, and turns the whole round (Cuthill and McKee 1969, George 1971). O(num_edges log
/// num_edges).
[[nodiscard]] at::Tensor reverse_cuthill_mckee(const Graph& graph);

}  // namespace grapevine::detail
