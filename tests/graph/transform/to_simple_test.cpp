#include "grapevine/graph/transform/to_simple.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <map>

#include "grapevine/graph/transform/to_bidirected.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

/// 2 -> 1, 0 -> 1, 2 -> 1, 0 -> 0, 2 -> 1.
Graph parallel(at::ScalarType idtype = at::kLong) {
  Graph g = graph(ids({2, 0, 2, 0, 2}, idtype), ids({1, 1, 1, 0, 1}, idtype));
  g.ndata()["h"] = at::arange(3);
  g.edata()["w"] = at::arange(5).to(at::kFloat);
  return g;
}

TEST(ToSimple, SortsEdgesAndCountsParallelOnes) {
  const auto [simple, maps] = to_simple_with_mapping(parallel());
  EXPECT_EQ(list(simple.edges().uv().src), (Ids{0, 0, 2}));
  EXPECT_EQ(list(simple.edges().uv().dst), (Ids{0, 1, 1}));
  EXPECT_EQ(list(simple.edata()["count"]), (Ids{1, 1, 3}));
  EXPECT_EQ(list(maps.begin()->second), (Ids{2, 1, 2, 0, 2}));
  EXPECT_TRUE(simple.ndata().contains("h"));
  EXPECT_FALSE(simple.edata().contains("w"));
}

TEST(ToSimple, NamesTheCountsAsToldOrLeavesThemOut) {
  EXPECT_TRUE(to_simple(parallel(), {.return_counts = "n"}).edata().contains("n"));
  const Graph bare = to_simple(parallel(), {.return_counts = std::nullopt, .copy_ndata = false});
  EXPECT_TRUE(bare.edata().empty());
  EXPECT_TRUE(bare.ndata().empty());
}

TEST(ToSimple, AggregatesEdgeFeatures) {
  const Graph first = to_simple(parallel(), {.copy_edata = true});
  EXPECT_EQ(list(first.edata()["w"]), (Ids{3, 1, 0}));
  const Graph sum = to_simple(parallel(), {.copy_edata = true, .aggregator = EdgeAggregator::kSum});
  EXPECT_EQ(list(sum.edata()["w"]), (Ids{3, 1, 6}));
  const Graph mean =
      to_simple(parallel(), {.copy_edata = true, .aggregator = EdgeAggregator::kMean});
  EXPECT_EQ(list(mean.edata()["w"]), (Ids{3, 1, 2}));
}

TEST(ToSimple, AveragesRowsOfAnyShapeAndPassesGradients) {
  const Graph g = parallel();
  const at::Tensor feature = at::ones({5, 2, 3}).requires_grad_();
  g.edata()["w"] = feature;
  const Graph mean = to_simple(g, {.copy_edata = true, .aggregator = EdgeAggregator::kMean});
  const at::Tensor result = mean.edata()["w"];
  EXPECT_EQ(result.sizes(), (std::vector<std::int64_t>{3, 2, 3}));
  result.sum().backward();
  EXPECT_FLOAT_EQ(feature.grad()[0][0][0].item<float>(), 1.0F / 3.0F);
  EXPECT_FLOAT_EQ(feature.grad()[1][0][0].item<float>(), 1.0F);
}

TEST(ToSimple, KeepsInt32AndEveryRelation) {
  const auto [simple, maps] = to_simple_with_mapping(social(at::kInt));
  EXPECT_EQ(simple.idtype(), at::kInt);
  EXPECT_EQ(maps.size(), 2);
  EXPECT_EQ(maps.at({"user", "likes", "item"}).scalar_type(), at::kInt);
  EXPECT_EQ(simple.edges("likes").data["count"]->scalar_type(), at::kInt);
  EXPECT_EQ(simple.num_edges("follows"), 4);
}

TEST(ToSimple, AgreesWithAMapOfPairs) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Graph g = random_graph(seed, 5, static_cast<std::int64_t>(seed) * 3);
    std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> counts;
    const Ids src = list(g.edges().uv().src);
    const Ids dst = list(g.edges().uv().dst);
    for (std::size_t edge = 0; edge < src.size(); ++edge) {
      ++counts[{src[edge], dst[edge]}];
    }
    const auto [simple, maps] = to_simple_with_mapping(g);
    Ids expected_src;
    Ids expected_dst;
    Ids expected_counts;
    for (const auto& [ends, count] : counts) {
      expected_src.push_back(ends.first);
      expected_dst.push_back(ends.second);
      expected_counts.push_back(count);
    }
    EXPECT_EQ(list(simple.edges().uv().src), expected_src);
    EXPECT_EQ(list(simple.edges().uv().dst), expected_dst);
    EXPECT_EQ(list(simple.edata()["count"]), expected_counts);
    const EdgePair ends = simple.find_edges(maps.begin()->second);
    EXPECT_TRUE(ends.src.equal(g.edges().uv().src));
    EXPECT_TRUE(ends.dst.equal(g.edges().uv().dst));
  }
}

TEST(ToSimple, RefusesFeaturesWithoutSumOrMean) {
  const Graph g = parallel();
  g.edata()["w"] = at::arange(5);
  EXPECT_ERROR(to_simple(g, {.copy_edata = true, .aggregator = EdgeAggregator::kMean}), "to_simple",
               "\"w\"", "Long");
  g.edata()["w"] = at::arange(5).to(at::kBool);
  EXPECT_ERROR(to_simple(g, {.copy_edata = true, .aggregator = EdgeAggregator::kSum}), "to_simple",
               "\"w\"", "Bool");
  EXPECT_ERROR(to_simple(tiny_block()), "to_simple", "block");
}

TEST(ToBidirected, HasBothDirectionsOfEveryEdgeOnce) {
  const Graph both = to_bidirected(parallel());
  EXPECT_EQ(list(both.edges().uv().src), (Ids{0, 0, 1, 1, 2}));
  EXPECT_EQ(list(both.edges().uv().dst), (Ids{0, 1, 0, 2, 1}));
  EXPECT_TRUE(both.edata().empty());
  EXPECT_TRUE(both.ndata().empty());
  EXPECT_TRUE(to_bidirected(parallel(), {.copy_ndata = true}).ndata().contains("h"));
  EXPECT_EQ(to_bidirected(parallel(at::kInt)).idtype(), at::kInt);
}

TEST(ToBidirected, RefusesRelationsBetweenTypesAndBlocks) {
  EXPECT_ERROR(to_bidirected(social()), "to_bidirected", "('user', 'likes', 'item')");
  EXPECT_ERROR(to_bidirected(tiny_block()), "to_bidirected", "block");
}

}  // namespace
}  // namespace grapevine
