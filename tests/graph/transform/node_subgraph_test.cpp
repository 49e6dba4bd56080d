#include "grapevine/graph/transform/node_subgraph.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

/// 0 -> 1, 0 -> 2, 2 -> 0, 2 -> 1, 1 -> 2, 3 -> 0.
Graph small(at::ScalarType idtype = at::kLong) {
  Graph g = graph(ids({0, 0, 2, 2, 1, 3}, idtype), ids({1, 2, 0, 1, 2, 0}, idtype));
  g.ndata()["h"] = at::arange(4);
  g.edata()["w"] = at::arange(6);
  return g;
}

TEST(NodeSubgraph, KeepsTheGivenOrderAndGroupsEdgesByIt) {
  const Graph sub = node_subgraph(small(), ids({2, 0, 1}));
  EXPECT_EQ(sub.num_nodes(), 3);
  EXPECT_EQ(list(sub.ndata()[NID]), (Ids{2, 0, 1}));
  EXPECT_EQ(list(sub.edata()[EID]), (Ids{2, 3, 0, 1, 4}));
  EXPECT_EQ(list(sub.edges().uv().src), (Ids{0, 0, 1, 1, 2}));
  EXPECT_EQ(list(sub.edges().uv().dst), (Ids{1, 2, 2, 0, 0}));
  EXPECT_EQ(list(sub.ndata()["h"]), (Ids{2, 0, 1}));
  EXPECT_EQ(list(sub.edata()["w"]), (Ids{2, 3, 0, 1, 4}));
}

TEST(NodeSubgraph, CarriesFeaturesLazily) {
  const Graph sub = node_subgraph(small(), ids({2, 0}));
  EXPECT_TRUE(sub.ndata().frame()->columns().at("h")->is_lazy());
  EXPECT_TRUE(sub.edata().frame()->columns().at("w")->is_lazy());
}

TEST(NodeSubgraph, TakesAMask) {
  const Graph sub = node_subgraph(small(), at::tensor({1, 0, 1, 1}).to(at::kBool));
  EXPECT_EQ(list(sub.ndata()[NID]), (Ids{0, 2, 3}));
  EXPECT_EQ(list(sub.edata()[EID]), (Ids{1, 2, 5}));
}

TEST(NodeSubgraph, KeepsAllNodesWithoutRelabelling) {
  const Graph sub = node_subgraph(small(), ids({2, 0}), {.relabel_nodes = false});
  EXPECT_EQ(sub.num_nodes(), 4);
  EXPECT_FALSE(sub.ndata().contains(NID));
  EXPECT_EQ(list(sub.edges().uv().src), (Ids{2, 0}));
  EXPECT_EQ(list(sub.edges().uv().dst), (Ids{0, 2}));
  EXPECT_EQ(list(sub.edata()[EID]), (Ids{2, 1}));
  EXPECT_EQ(list(sub.ndata()["h"]), (Ids{0, 1, 2, 3}));
}

TEST(NodeSubgraph, StoresNoIdsWhenToldSo) {
  const Graph sub = node_subgraph(small(), ids({2, 0}), {.store_ids = false});
  EXPECT_FALSE(sub.ndata().contains(NID));
  EXPECT_FALSE(sub.edata().contains(EID));
  EXPECT_TRUE(sub.ndata().contains("h"));
}

TEST(NodeSubgraph, GivesCopiesOfANodeItsOutEdgesAndTheFirstItsInEdges) {
  const Graph sub = node_subgraph(small(), ids({0, 2, 0}));
  EXPECT_EQ(list(sub.ndata()[NID]), (Ids{0, 2, 0}));
  EXPECT_EQ(list(sub.edges().uv().src), (Ids{0, 1, 2}));
  EXPECT_EQ(list(sub.edges().uv().dst), (Ids{1, 0, 1}));
}

TEST(NodeSubgraph, OverwritesTheIdsOfASubgraph) {
  const Graph once = node_subgraph(small(), ids({3, 2, 0}));
  const Graph twice = node_subgraph(once, ids({2, 1}));
  EXPECT_EQ(list(twice.ndata()[NID]), (Ids{2, 1}));
  EXPECT_EQ(list(twice.ndata()["h"]), (Ids{0, 2}));
}

TEST(NodeSubgraph, TakesNodesByType) {
  const Graph sub = node_subgraph(social(), {{"user", ids({1, 0})}, {"item", ids({2, 0})}});
  EXPECT_EQ(sub.num_nodes("user"), 2);
  EXPECT_EQ(list(sub.edges("follows").uv().src), (Ids{1}));
  EXPECT_EQ(list(sub.edges("follows").uv().dst), (Ids{0}));
  EXPECT_EQ(list(sub.edges("likes").data[EID]), (Ids{1, 2, 0}));
  EXPECT_EQ(list(sub.edges("likes").uv().dst), (Ids{1, 0, 1}));
  const Graph users = node_subgraph(social(), {{"user", ids({3})}});
  EXPECT_EQ(users.num_nodes("item"), 0);
  EXPECT_EQ(users.num_edges("follows"), 1);
  EXPECT_EQ(users.num_edges("likes"), 0);
}

TEST(NodeSubgraph, KeepsInt32) {
  const Graph sub = node_subgraph(small(at::kInt), ids({2, 0, 1}, at::kInt));
  EXPECT_EQ(sub.idtype(), at::kInt);
  EXPECT_EQ(sub.ndata()[NID]->scalar_type(), at::kInt);
  EXPECT_EQ(sub.edata()[EID]->scalar_type(), at::kInt);
  EXPECT_EQ(sub.edges().uv().src.scalar_type(), at::kInt);
  EXPECT_EQ(list(sub.edata()[EID]), (Ids{2, 3, 0, 1, 4}));
}

TEST(NodeSubgraph, TakesNoNodesAndGraphsWithoutEdges) {
  EXPECT_EQ(node_subgraph(small(), ids({})).num_nodes(), 0);
  EXPECT_EQ(node_subgraph(graph({}, {}, {.num_nodes = 3}), ids({1})).num_edges(), 0);
}

TEST(NodeSubgraph, KeepsExactlyTheEdgesBetweenTheNodes) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Graph g = random_graph(seed, 12, 60);
    const Ids nodes = {7, 3, static_cast<std::int64_t>(seed % 3), 11, 5};
    const Graph sub = node_subgraph(g, ids(nodes));
    const Ids src = list(g.edges().uv().src);
    const Ids dst = list(g.edges().uv().dst);
    Ids expected;
    for (const std::int64_t node : nodes) {
      for (std::size_t edge = 0; edge < src.size(); ++edge) {
        if (src[edge] == node && std::count(nodes.begin(), nodes.end(), dst[edge]) > 0) {
          expected.push_back(static_cast<std::int64_t>(edge));
        }
      }
    }
    EXPECT_EQ(list(sub.edata()[EID]), expected);
    const EdgePair ends = g.find_edges(sub.edata()[EID]);
    EXPECT_TRUE(sub.ndata()[NID]->index_select(0, sub.edges().uv().src).equal(ends.src));
    EXPECT_TRUE(sub.ndata()[NID]->index_select(0, sub.edges().uv().dst).equal(ends.dst));
  }
}

TEST(NodeSubgraph, RefusesBadNodes) {
  EXPECT_ERROR(node_subgraph(small(), ids({4})), "node_subgraph: nodes", "4", "out of range");
  EXPECT_ERROR(node_subgraph(small(), ids({-1})), "node_subgraph: nodes", "-1");
  EXPECT_ERROR(node_subgraph(small(), ids({1}, at::kInt)), "node_subgraph: nodes", "Long");
  EXPECT_ERROR(node_subgraph(small(), at::tensor({1, 0}).to(at::kBool)), "node_subgraph: nodes",
               "mask", "[2]");
  EXPECT_ERROR(node_subgraph(small(), at::Tensor()), "node_subgraph: nodes", "undefined");
  EXPECT_ERROR(node_subgraph(social(), ids({1})), "must be named");
  EXPECT_ERROR(node_subgraph(social(), {{"shop", ids({1})}}), "\"shop\"");
  EXPECT_ERROR(node_subgraph(tiny_block(), ids({0})), "node_subgraph", "block");
}

}  // namespace
}  // namespace grapevine
