#pragma once

#include <cstdint>

#include "grapevine/ops/edge_index.h"

namespace grapevine::nn::detail {

/// Whether it is less work to multiply the sources' features by a matrix from `in` to `out` values
/// and then aggregate, than to aggregate and then multiply: on a whole graph if that makes them
/// narrower; in a block, with many sources to a destination, seldom even then.
[[nodiscard]] inline bool multiply_first(const ops::EdgeIndex& edges, std::int64_t in,
                                         std::int64_t out) {
  // To add a value that lies somewhere in memory takes about as long as ten multiplications.
  constexpr double kAddition = 10;
  const auto cost = [&](std::int64_t nodes, std::int64_t width) {
    return static_cast<double>(nodes) * static_cast<double>(in * out) +
           kAddition * static_cast<double>(edges.num_edges()) * static_cast<double>(width);
  };
  return cost(edges.num_src(), out) < cost(edges.num_dst(), in);
}

}  // namespace grapevine::nn::detail
