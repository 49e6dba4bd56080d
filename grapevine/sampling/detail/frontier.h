#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "grapevine/sampling/detail/candidates.h"
#include "grapevine/sampling/detail/pick_neighbors.h"
#include "grapevine/sampling/sample_neighbors.h"

namespace grapevine::sampling::detail {

/// The graph of picked edges over all nodes of `graph`, with all its features, those of edges
/// lazily, and `EID`. `nodes` are those that picked, by type; `picks` is by relation, from
/// `candidates` of direction `edge_dir`.
[[nodiscard]] Graph make_frontier(const Graph& graph, const std::vector<Candidates>& candidates,
                                  const std::vector<at::Tensor>& nodes,
                                  const std::vector<Picks>& picks, EdgeDirection edge_dir);

}  // namespace grapevine::sampling::detail
