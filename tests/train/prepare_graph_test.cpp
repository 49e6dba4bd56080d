#include "grapevine/train/prepare_graph.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"

namespace grapevine::train {
namespace {

TEST(PrepareGraph, LeavesASymmetricGraphAlone) {
  const Graph symmetric = graph({0, 1, 1, 2, 2}, {1, 0, 2, 1, 2});
  EXPECT_TRUE(is_symmetric(symmetric));
  const PreparedGraph prepared = prepare_graph(symmetric);
  EXPECT_FALSE(prepared.added_reverse_edges);
  EXPECT_FALSE(prepared.added_self_loops);
  EXPECT_EQ(prepared.graph.num_edges(), 5);
}

TEST(PrepareGraph, AddsReverseEdgesWhenOneIsMissing) {
  const Graph directed = graph({0, 1, 1}, {1, 0, 2});
  directed.ndata()["x"] = at::ones({3, 2});
  EXPECT_FALSE(is_symmetric(directed));
  const PreparedGraph prepared = prepare_graph(directed);
  EXPECT_TRUE(prepared.added_reverse_edges);
  EXPECT_EQ(prepared.graph.num_edges(), 6);
  EXPECT_TRUE(is_symmetric(prepared.graph));
  EXPECT_TRUE(prepared.graph.ndata().contains("x"));
}

TEST(PrepareGraph, KeepsEdgeFeaturesIfAsked) {
  const Graph directed = graph({0, 1}, {1, 2});
  directed.edata()["w"] = at::tensor({5.0F, 7.0F});
  EXPECT_FALSE(prepare_graph(directed).graph.edata().contains("w"));
  const Graph prepared = prepare_graph(directed, {.self_loops = true, .edge_features = true}).graph;
  EXPECT_EQ(prepared.edata().keys(), std::vector<std::string>{"w"});
  EXPECT_TRUE(prepared.edata()["w"]->equal(at::tensor({5.0F, 7.0F, 5.0F, 7.0F, 1.0F, 1.0F, 1.0F})));
}

TEST(PrepareGraph, CountsParallelEdges) { EXPECT_FALSE(is_symmetric(graph({0, 0, 1}, {1, 1, 0}))); }

TEST(PrepareGraph, AddsExactlyOneSelfLoopPerNode) {
  const Graph looped = graph({0, 1, 1}, {1, 0, 1});
  const PreparedGraph prepared = prepare_graph(looped, {.self_loops = true});
  EXPECT_TRUE(prepared.added_self_loops);
  EXPECT_FALSE(prepared.added_reverse_edges);
  EXPECT_EQ(prepared.graph.num_edges(), 4);
}

TEST(PrepareGraph, WorksWithoutEdgesAndOnInt32Graphs) {
  EXPECT_TRUE(is_symmetric(graph(std::vector<std::int64_t>{}, {}, {.num_nodes = 3})));
  EXPECT_FALSE(is_symmetric(graph({0}, {1}).to_int32()));
  EXPECT_EQ(prepare_graph(graph({0}, {1}).to_int32()).graph.idtype(), at::kInt);
}

TEST(PrepareGraph, RejectsGraphsOfSeveralTypes) {
  const Graph typed =
      heterograph({{{"a", "to", "b"}, {at::ones({1}, at::kLong), at::ones({1}, at::kLong)}}});
  EXPECT_ERROR(prepare_graph(typed), "is_symmetric", "one node type");
}

}  // namespace
}  // namespace grapevine::train
