#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>

#include <cstdint>
#include <vector>

#include "grapevine/graph/graph.h"
#include "tests/support/graphs.h"
#include "tests/support/ids.h"

// Small graphs for tests of graphs and transforms.
namespace grapevine::testing_support {

using Ids = std::vector<std::int64_t>;

/// A random homogeneous graph with features "h" on nodes and "w" on edges that equal the ids.
inline Graph random_graph(std::uint64_t seed, std::int64_t num_nodes, std::int64_t num_edges,
                          at::ScalarType idtype = at::kLong) {
  const AdjacencyPtr edges = random_edges(seed, {num_nodes, num_nodes, num_edges}, idtype);
  Graph g = graph(edges->coo().src, edges->coo().dst, {.num_nodes = num_nodes});
  g.ndata()["h"] = at::arange(num_nodes);
  g.edata()["w"] = at::arange(num_edges);
  return g;
}

/// Four users that follow each other and like three items; feature "h" of nodes and "w" of edges
/// equal the ids.
///
/// follows: 0 -> 1, 1 -> 2, 2 -> 0, 3 -> 3. likes: 0 -> 0, 1 -> 0, 1 -> 2, 3 -> 2.
inline Graph social(at::ScalarType idtype = at::kLong) {
  Graph g = heterograph(
      {{{"user", "follows", "user"}, {ids({0, 1, 2, 3}, idtype), ids({1, 2, 0, 3}, idtype)}},
       {{"user", "likes", "item"}, {ids({0, 1, 1, 3}, idtype), ids({0, 0, 2, 2}, idtype)}}});
  g.nodes("user").data["h"] = at::arange(4);
  g.nodes("item").data["h"] = at::arange(3);
  g.edges("follows").data["w"] = at::arange(4);
  g.edges("likes").data["w"] = at::arange(4);
  return g;
}

/// 0 -> 1 twice, 2 -> 1, 1 -> 1, 3 -> 0; node 4 alone.
inline Graph multigraph() { return graph({0, 2, 0, 1, 3}, {1, 1, 1, 1, 0}, {.num_nodes = 5}); }

/// A block of one edge.
inline Graph tiny_block() { return create_block(ids({0}), ids({0}), 1, 1); }

}  // namespace grapevine::testing_support
