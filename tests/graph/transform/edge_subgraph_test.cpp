#include "grapevine/graph/transform/edge_subgraph.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

/// 5 -> 3, 1 -> 2, 4 -> 5, 0 -> 4, 2 -> 2.
Graph scattered() {
  Graph g = graph({5, 1, 4, 0, 2}, {3, 2, 5, 4, 2});
  g.ndata()["h"] = at::arange(6);
  g.edata()["w"] = at::arange(5);
  return g;
}

TEST(EdgeSubgraph, NumbersNodesByFirstAppearanceInSourcesThenDestinations) {
  const Graph sub = edge_subgraph(scattered(), ids({0, 1, 2, 3}));
  EXPECT_EQ(list(sub.ndata()[NID]), (Ids{5, 1, 4, 0, 3, 2}));
  EXPECT_EQ(list(sub.edges().uv().src), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(list(sub.edges().uv().dst), (Ids{4, 5, 0, 2}));
}

TEST(EdgeSubgraph, KeepsTheGivenOrderAndDropsOtherNodes) {
  const Graph sub = edge_subgraph(scattered(), ids({3, 1}));
  EXPECT_EQ(list(sub.edata()[EID]), (Ids{3, 1}));
  EXPECT_EQ(list(sub.ndata()[NID]), (Ids{0, 1, 4, 2}));
  EXPECT_EQ(list(sub.ndata()["h"]), (Ids{0, 1, 4, 2}));
  EXPECT_EQ(list(sub.edata()["w"]), (Ids{3, 1}));
}

TEST(EdgeSubgraph, CarriesFeaturesLazily) {
  const Graph sub = edge_subgraph(scattered(), ids({3, 1}));
  EXPECT_TRUE(sub.ndata().frame()->columns().at("h")->is_lazy());
  EXPECT_TRUE(sub.edata().frame()->columns().at("w")->is_lazy());
}

TEST(EdgeSubgraph, TakesAMaskAndRepeatedEdges) {
  const Graph masked = edge_subgraph(scattered(), at::tensor({0, 1, 0, 0, 1}).to(at::kBool));
  EXPECT_EQ(list(masked.edata()[EID]), (Ids{1, 4}));
  EXPECT_EQ(list(edge_subgraph(scattered(), ids({4, 4})).edges().uv().src), (Ids{0, 0}));
}

TEST(EdgeSubgraph, KeepsAllNodesWithoutRelabelling) {
  const Graph sub = edge_subgraph(scattered(), ids({3, 1}), {.relabel_nodes = false});
  EXPECT_EQ(sub.num_nodes(), 6);
  EXPECT_FALSE(sub.ndata().contains(NID));
  EXPECT_EQ(list(sub.edges().uv().src), (Ids{0, 1}));
  EXPECT_EQ(list(sub.edata()[EID]), (Ids{3, 1}));
  EXPECT_FALSE(edge_subgraph(scattered(), ids({3}), {.store_ids = false}).edata().contains(EID));
}

TEST(EdgeSubgraph, TakesEdgesByRelation) {
  const Graph sub = edge_subgraph(
      social(), {{"likes", ids({3})}, {CanonicalEtype{"user", "follows", "user"}, ids({1})}});
  EXPECT_EQ(list(sub.nodes("user").data[NID]), (Ids{1, 2, 3}));
  EXPECT_EQ(list(sub.nodes("item").data[NID]), (Ids{2}));
  EXPECT_EQ(list(sub.edges("likes").uv().src), (Ids{2}));
  EXPECT_EQ(edge_subgraph(social(), {{"likes", ids({3})}}).num_edges("follows"), 0);
}

TEST(EdgeSubgraph, KeepsInt32) {
  const Graph sub = edge_subgraph(scattered().to_int32(), ids({3, 1}, at::kInt));
  EXPECT_EQ(sub.ndata()[NID]->scalar_type(), at::kInt);
  EXPECT_EQ(sub.edges().uv().dst.scalar_type(), at::kInt);
  EXPECT_EQ(list(sub.ndata()[NID]), (Ids{0, 1, 4, 2}));
}

TEST(EdgeSubgraph, KeepsTheEndpointsOfEveryEdge) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Graph g = random_graph(seed, 15, 40);
    const at::Tensor edges = random_edges(seed + 100, {40, 40, 12})->coo().src;
    const Graph sub = edge_subgraph(g, edges);
    const EdgePair ends = g.find_edges(edges);
    const at::Tensor nodes = sub.ndata()[NID];
    EXPECT_TRUE(nodes.index_select(0, sub.edges().uv().src).equal(ends.src));
    EXPECT_TRUE(nodes.index_select(0, sub.edges().uv().dst).equal(ends.dst));
    Ids expected;
    for (const at::Tensor& side : {ends.src, ends.dst}) {
      for (const std::int64_t node : list(side)) {
        if (std::count(expected.begin(), expected.end(), node) == 0) {
          expected.push_back(node);
        }
      }
    }
    EXPECT_EQ(list(nodes), expected);
  }
}

TEST(EdgeSubgraph, RefusesBadEdges) {
  EXPECT_ERROR(edge_subgraph(scattered(), ids({5})), "edge_subgraph: edges", "5", "out of range");
  EXPECT_ERROR(edge_subgraph(scattered(), at::tensor({1}).to(at::kBool)), "edge_subgraph: edges",
               "mask");
  EXPECT_ERROR(edge_subgraph(social(), ids({0})), "must be named");
  EXPECT_ERROR(edge_subgraph(social(), {{"buys", ids({0})}}), "buys");
  EXPECT_ERROR(edge_subgraph(social(), {{"likes", ids({0})},
                                        {CanonicalEtype{"user", "likes", "item"}, ids({1})}}),
               "edge_subgraph: edges", "twice");
  EXPECT_ERROR(edge_subgraph(tiny_block(), ids({0})), "edge_subgraph", "block");
}

}  // namespace
}  // namespace grapevine
