#include "grapevine/graph/transform/to_block.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/ids.h"

namespace grapevine {
namespace {

using testing_support::ids;
using testing_support::list;

using List = std::vector<std::int64_t>;

/// In-edges at 3 (from 7, 1 and 7 again) and at 1 (from 3).
Graph small_graph() {
  Graph g = graph({7, 1, 3, 7}, {3, 3, 1, 3}, {.num_nodes = 9});
  g.ndata()["x"] = at::arange(9, at::kFloat);
  g.edata()["w"] = at::arange(4, at::kFloat) * 2;
  return g;
}

Graph graph_of_two_types() {
  return heterograph({{{"user", "buys", "item"}, {ids({5, 2}), ids({1, 0})}},
                      {{"user", "follows", "user"}, {ids({4, 5}), ids({2, 4})}}},
                     {{"user", 6}, {"item", 3}});
}

TEST(ToBlock, StartsWithTheNodesWithInEdges) {
  const Graph block = to_block(small_graph());
  EXPECT_TRUE(block.is_block());
  EXPECT_EQ(list(block.dstdata()[NID]), (List{1, 3}));
  EXPECT_EQ(list(block.srcdata()[NID]), (List{1, 3, 7}));
  EXPECT_EQ(list(block.edata()[EID]), (List{0, 1, 2, 3}));
  EXPECT_EQ(list(block.edges().uv().src), (List{2, 0, 1, 2}));
  EXPECT_EQ(list(block.edges().uv().dst), (List{1, 1, 0, 1}));
}

TEST(ToBlock, KeepsTheOrderOfTheDestinations) {
  const Graph block = to_block(small_graph(), ids({3, 8, 1}));
  EXPECT_EQ(list(block.dstdata()[NID]), (List{3, 8, 1}));
  EXPECT_EQ(list(block.srcdata()[NID]), (List{3, 8, 1, 7}));
  EXPECT_EQ(list(block.in_degrees()), (List{3, 0, 1}));
}

TEST(ToBlock, CarriesTheFeatures) {
  const Graph block = to_block(small_graph(), ids({3, 8, 1}));
  EXPECT_TRUE(block.srcdata().frame()->columns().at("x")->is_lazy());
  EXPECT_EQ(list(block.srcdata()["x"]), (List{3, 8, 1, 7}));
  EXPECT_EQ(list(block.dstdata()["x"]), (List{3, 8, 1}));
  EXPECT_EQ(list(block.edata()["w"]), (List{0, 2, 4, 6}));
}

TEST(ToBlock, MayLeaveTheDestinationsOutOfTheSources) {
  const Graph block = to_block(small_graph(), ids({3, 8, 1}), {.include_dst_in_src = false});
  EXPECT_EQ(list(block.srcdata()[NID]), (List{7, 1, 3}));
  EXPECT_EQ(list(block.edges().uv().src), (List{0, 1, 2, 0}));
}

TEST(ToBlock, SendsTheEdgesOfADuplicateToTheFirst) {
  const Graph block = to_block(small_graph(), ids({3, 1, 3}));
  EXPECT_EQ(block.num_dst_nodes(), 3);
  EXPECT_EQ(list(block.in_degrees()), (List{3, 1, 0}));
  EXPECT_EQ(list(block.srcdata()[NID]), (List{3, 1, 3, 7}));
}

TEST(ToBlock, KeepsInt32) {
  const Graph block = to_block(small_graph().to_int32(), ids({3, 1}).to(at::kInt));
  EXPECT_EQ(block.idtype(), at::kInt);
  EXPECT_EQ(block.srcdata()[NID]->scalar_type(), at::kInt);
  EXPECT_EQ(block.edata()[EID]->scalar_type(), at::kInt);
  EXPECT_EQ(list(block.srcdata()[NID]), (List{3, 1, 7}));
}

TEST(ToBlock, TakesSeveralTypes) {
  const Graph block =
      to_block(graph_of_two_types(), NodeIds{{"user", ids({4, 2})}, {"item", ids({0, 1})}});
  EXPECT_EQ(block.srctypes(), (std::vector<std::string>{"item", "user"}));
  EXPECT_EQ(list(block.srcnodes("user").data[NID]), (List{4, 2, 5}));
  EXPECT_EQ(list(block.srcnodes("item").data[NID]), (List{0, 1}));
  EXPECT_EQ(list(block.edges("buys").uv().src), (List{2, 1}));
  EXPECT_EQ(list(block.edges("follows").uv().dst), (List{1, 0}));
}

TEST(ToBlock, LeavesOutEdgesIntoTypesThatAreNotGiven) {
  const Graph block = to_block(graph_of_two_types(), NodeIds{{"item", ids({0, 1})}});
  EXPECT_EQ(block.num_edges("buys"), 2);
  EXPECT_EQ(block.num_edges("follows"), 0);
  EXPECT_EQ(block.num_dst_nodes("user"), 0);
  EXPECT_EQ(list(block.srcnodes("user").data[NID]), (List{5, 2}));
}

TEST(ToBlock, MayHaveNoEdges) {
  const Graph g = graph(std::vector<std::int64_t>{}, {}, {.num_nodes = 3});
  EXPECT_EQ(to_block(g).num_dst_nodes(), 0);
  EXPECT_EQ(list(to_block(g, ids({2, 0})).srcdata()[NID]), (List{2, 0}));
}

TEST(ToBlock, NamesBadDestinations) {
  const Graph g = small_graph();
  EXPECT_ERROR(to_block(g, ids({3})), "dst_nodes", "lacks node 1", "in-edges");
  EXPECT_ERROR(to_block(g, ids({3, 9})), "dst_nodes", "9", "8");
  EXPECT_ERROR(to_block(g, ids({3, -4})), "dst_nodes", "-4");
  EXPECT_ERROR(to_block(g, ids({3, 1}).to(at::kInt)), "dst_nodes", "Int");
  EXPECT_ERROR(to_block(g, NodeIds{{"paper", ids({3})}}), "paper");
  EXPECT_ERROR(to_block(graph_of_two_types(), NodeIds{{"item", ids({0})}}), "lacks node 1", "item");
  EXPECT_ERROR(to_block(to_block(g)), "to_block", "block");
}

}  // namespace
}  // namespace grapevine
