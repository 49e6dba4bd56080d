#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

// Graph::add_nodes, add_edges, remove_nodes and remove_edges; tests/graph/transform has what they
// do to the graph.
namespace grapevine {
namespace {

using namespace testing_support;

TEST(GraphChange, TheHandleNamesTheChangedGraphAndCopiesKeepTheOldOne) {
  Graph g = graph({0, 1}, {1, 2});
  g.ndata()["h"] = at::arange(3);
  const Graph before = g;
  const EdgeView edges = g.edges();
  const FrameView features = g.ndata();

  g.add_nodes(1);
  g.add_edges({3, 0}, {0, 4});
  EXPECT_EQ(g.num_nodes(), 5);
  EXPECT_EQ(g.num_edges(), 4);
  EXPECT_EQ(list(g.ndata()["h"]), (Ids{0, 1, 2, 0, 0}));

  EXPECT_EQ(before.num_nodes(), 3);
  EXPECT_EQ(before.num_edges(), 2);
  EXPECT_EQ(list(edges.uv().src), (Ids{0, 1}));
  EXPECT_EQ(list(features["h"]), (Ids{0, 1, 2}));
  g.edata()["w"] = at::ones({4});
  EXPECT_TRUE(before.edata().empty());

  g.remove_edges(3);
  g.remove_nodes({4, 3});
  EXPECT_EQ(list(g.edges().uv().src), list(before.edges().uv().src));
  EXPECT_EQ(list(g.edges().uv().dst), list(before.edges().uv().dst));
  EXPECT_EQ(list(g.ndata()["h"]), (Ids{0, 1, 2}));
}

TEST(GraphChange, TakesTypesDataAndStoreIds) {
  Graph g = social(at::kInt);
  g.add_nodes(1, {{"h", ids({7})}}, "item");
  g.add_edges({0, 1}, 3, {{"w", ids({8, 9})}}, "likes");
  g.remove_edges({0, 1}, "likes", /*store_ids=*/true);
  EXPECT_EQ(list(g.edges("likes").data["w"]), (Ids{2, 3, 8, 9}));
  EXPECT_EQ(list(g.edges("likes").data[EID]), (Ids{2, 3, 4, 5}));
  g.remove_nodes(1, "user", /*store_ids=*/true);
  EXPECT_EQ(list(g.nodes("user").data[NID]), (Ids{0, 2, 3}));
  EXPECT_EQ(list(g.edges("likes").data["w"]), (Ids{3, 8}));
  EXPECT_EQ(list(g.edges("likes").data[EID]), (Ids{1, 2}));
  EXPECT_EQ(list(g.nodes("item").data["h"]), (Ids{0, 1, 2, 7}));
  EXPECT_EQ(g.idtype(), at::kInt);
}

TEST(GraphChange, AnErrorLeavesTheHandleAsItIs) {
  Graph g = social();
  const GraphData* data = &g.graph_data();
  EXPECT_ERROR(g.add_nodes(-1, {}, "user"), "add_nodes");
  EXPECT_ERROR(g.add_edges(9, 9, {{"w", at::ones({1})}}, "likes"), "add_edges");
  EXPECT_ERROR(g.remove_nodes(9, "user"), "remove_nodes");
  EXPECT_ERROR(g.remove_edges(9, "likes"), "remove_edges");
  EXPECT_EQ(&g.graph_data(), data);
  EXPECT_EQ(g.num_nodes(), 7);
}

TEST(GraphChange, ALocalScopeOfTheOldGraphDoesNotReachTheNewOne) {
  Graph g = graph({0, 1}, {1, 2});
  {
    const LocalScope scope = g.local_scope();
    g.ndata()["h"] = at::arange(3);
    g.add_nodes(1);
  }
  EXPECT_EQ(list(g.ndata()["h"]), (Ids{0, 1, 2, 0}));
}

TEST(GraphChange, AGraphCanBeMadeEdgeByEdge) {
  Graph path;
  for (std::int64_t node = 0; node < 50; ++node) {
    path.add_edges(node, node + 1);
  }
  EXPECT_EQ(path.num_nodes(), 51);
  EXPECT_EQ(path.num_edges(), 50);
  EXPECT_EQ(list(path.successors(20)), (Ids{21}));
  EXPECT_EQ(list(path.predecessors(20)), (Ids{19}));
}

}  // namespace
}  // namespace grapevine
