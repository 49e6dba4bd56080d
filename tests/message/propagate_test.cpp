#include "grapevine/message/propagate.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace grapevine {
namespace {

/// 0 -> 1 -> {2, 3}, 2 -> {3, 4}, 3 -> 5.
Graph dag() {
  const Graph g = graph({0, 1, 1, 2, 2, 3}, {1, 2, 3, 3, 4, 5});
  g.ndata()["h"] = at::ones({6}, at::kFloat);
  return g;
}

TEST(Propagate, TopologicalOrderCountsPathsAndZeroesTheRoots) {
  const Graph g = dag();
  prop_nodes_topo(g, {function::copy_u("h", "m"), function::sum("m", "h")});
  EXPECT_TRUE(at::equal(g.ndata()["h"], at::tensor({0.0, 0.0, 0.0, 0.0, 0.0, 0.0}, at::kFloat)));
  const Graph counted = dag();
  prop_nodes_topo(counted, {function::copy_u("h", "m"), function::sum("m", "h"),
                            [](const NodeBatch& nodes) -> FeatureMap {
                              return {{"h", nodes.data["h"] + 1}};
                            }});
  EXPECT_TRUE(
      at::equal(counted.ndata()["h"], at::tensor({1.0, 2.0, 3.0, 6.0, 4.0, 7.0}, at::kFloat)));
}

TEST(Propagate, ATreesLeavesReachItsRootThroughACallersReducer) {
  const Graph tree = graph({3, 4, 1, 2}, {1, 1, 0, 0});
  tree.ndata()["h"] = at::tensor({0.0, 0.0, 5.0, 2.0, 3.0}, at::kFloat);
  prop_nodes_topo(tree,
                  {function::copy_u("h", "m"),
                   [](const NodeBatch& nodes) -> FeatureMap {
                     return {{"total", nodes.mailbox["m"].sum(1)}};
                   },
                   [](const NodeBatch& nodes) -> FeatureMap {
                     const bool leaf = !nodes.data.contains("total");
                     return {{"h", leaf ? nodes.data["h"] : nodes.data["h"] + nodes.data["total"]}};
                   }});
  EXPECT_TRUE(at::equal(tree.ndata()["h"], at::tensor({10.0, 5.0, 5.0, 2.0, 3.0}, at::kFloat)));
}

TEST(Propagate, BreadthFirstFromASource) {
  const Graph g = dag();
  prop_nodes_bfs(g, at::tensor({2}, at::kLong),
                 {function::copy_u("h", "m"), function::sum("m", "h")});
  EXPECT_TRUE(at::equal(g.ndata()["h"], at::tensor({1.0, 1.0, 1.0, 2.0, 1.0, 2.0}, at::kFloat)));
}

TEST(Propagate, DepthFirstAlongTreeEdges) {
  const Graph g = dag();
  prop_edges_dfs(g, at::tensor({0}, at::kLong),
                 {function::copy_u("h", "m"), function::sum("m", "h"),
                  [](const NodeBatch& nodes) -> FeatureMap {
                    return {{"h", nodes.data["h"] + 1}};
                  }});
  EXPECT_TRUE(at::equal(g.ndata()["h"], at::tensor({1.0, 2.0, 3.0, 4.0, 4.0, 5.0}, at::kFloat)));
}

TEST(Propagate, ACycleIsRefused) {
  const Graph g = graph({0, 1}, {1, 0});
  g.ndata()["h"] = at::ones({2}, at::kFloat);
  EXPECT_ERROR(prop_nodes_topo(g, {function::copy_u("h", "m"), function::sum("m", "h")}), "cycles");
}

}  // namespace
}  // namespace grapevine
