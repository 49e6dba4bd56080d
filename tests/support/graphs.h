#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "grapevine/graph/adjacency.h"
#include "grapevine/ops/edge_index.h"

namespace grapevine::testing_support {

/// A relation from lists of endpoints.
[[nodiscard]] AdjacencyPtr make_edges(std::int64_t num_src, std::int64_t num_dst,
                                      const std::vector<std::int64_t>& src,
                                      const std::vector<std::int64_t>& dst,
                                      at::ScalarType idtype = at::kLong);

/// How many nodes and edges a random relation has.
struct RandomEdges {
  std::int64_t num_src = 0;
  std::int64_t num_dst = 0;
  std::int64_t num_edges = 0;
};

/// A relation with uniformly random endpoints, in random order: parallel edges, self-loops and,
/// with few edges, isolated nodes come by themselves.
[[nodiscard]] AdjacencyPtr random_edges(std::uint64_t seed, const RandomEdges& size,
                                        at::ScalarType idtype = at::kLong);

struct NamedEdges {
  std::string name;
  AdjacencyPtr edges;
};

/// The shapes of relation that an operator must be right on: without edges, one node with a
/// self-loop, isolated nodes, parallel edges, a row too long for one chunk of a kernel.
[[nodiscard]] std::vector<NamedEdges> edge_cases(at::ScalarType idtype);

/// Random values in `[0.5, 1.5)` of either sign, so that dividing by them is harmless.
[[nodiscard]] at::Tensor random_values(std::uint64_t seed, std::vector<std::int64_t> shape,
                                       at::ScalarType dtype);

}  // namespace grapevine::testing_support
