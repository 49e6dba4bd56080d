#pragma once

#include <ATen/ops/empty.h>

#include <cmath>
#include <cstdint>

#include "grapevine/graph/graph.h"
#include "grapevine/util/random.h"

namespace grapevine::bench {

/// A random graph as large as ogbn-arxiv with reverse edges: 169,343 nodes, 2,332,486 edges, and
/// in-degrees with a long tail, as both ends of an edge lean towards low ids. Edge feature "weight"
/// `[e]`.
inline const Graph& arxiv_sized_graph() {
  static const Graph g = [] {
    constexpr std::int64_t kNodes = 169343;
    constexpr std::int64_t kEdges = 2332486;
    RandomStream stream = RandomKey(0).stream(0);
    at::Tensor src = at::empty({kEdges}, at::kLong);
    at::Tensor dst = at::empty({kEdges}, at::kLong);
    at::Tensor weight = at::empty({kEdges}, at::kFloat);
    for (std::int64_t edge = 0; edge < kEdges; ++edge) {
      const double leaning = std::pow(stream.uniform(), 2.0);
      src.mutable_data_ptr<std::int64_t>()[edge] = static_cast<std::int64_t>(stream.below(kNodes));
      dst.mutable_data_ptr<std::int64_t>()[edge] = static_cast<std::int64_t>(leaning * kNodes);
      weight.mutable_data_ptr<float>()[edge] = static_cast<float>(stream.uniform());
    }
    Graph result = graph(src, dst, {.num_nodes = kNodes});
    result.edata()["weight"] = weight;
    result.create_formats_();
    return result;
  }();
  return g;
}

}  // namespace grapevine::bench
