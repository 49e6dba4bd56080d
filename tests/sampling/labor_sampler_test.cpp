#include "grapevine/sampling/labor_sampler.h"

#include <ATen/ops/full.h>
#include <ATen/ops/isin.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "grapevine/sampling/neighbor_sampler.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using namespace testing_support;

const RandomKey kLaborKey(21);

TEST(SampleLabors, TakesAllOfAFewCandidates) {
  const Graph g = random_graph(60, 600);
  const at::Tensor nodes = at::arange(60, at::kLong);
  for (const std::int64_t fanout : {-1, 1000}) {
    const Graph all = sample_labors(g, nodes, fanout, {}, kLaborKey);
    EXPECT_TRUE(at::equal(all.in_degrees(), g.in_degrees()));
  }
  EXPECT_EQ(sample_labors(g, nodes, 0, {}, kLaborKey).num_edges(), 0);
  const Graph masked = sample_labors(g, nodes, -1, {.prob = "mask"}, kLaborKey);
  EXPECT_EQ(masked.num_edges(), g.edata()["mask"]->sum().item<std::int64_t>());
  EXPECT_FALSE(masked.edata().contains("edge_weights"));
}

TEST(SampleLabors, PicksTheFanoutOnAverage) {
  const Graph g = stars(400, 40);
  const at::Tensor centers = at::arange(40, 440, at::kLong);
  double picked = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const Graph frontier = sample_labors(g, centers, 5, {}, kLaborKey.fold_in(i));
    picked += static_cast<double>(frontier.num_edges());
    // All centers look at the same numbers, so they pick the same neighbours.
    EXPECT_EQ(frontier.num_edges() % 400, 0);
  }
  // 40 neighbours with a chance of 1/8 each, 50 times: 250 with a deviation of 14.8.
  EXPECT_NEAR(picked / 400, 250, 4 * 14.8);
}

TEST(SampleLabors, WeightsMakeUpForUnevenChances) {
  const Graph g = graph(at::arange(1, 101, at::kLong), at::zeros({100}, at::kLong));
  g.edata()["p"] = (at::arange(100, at::kFloat) + 1) / 10;
  double picked = 0;
  for (std::uint64_t i = 0; i < 50; ++i) {
    const Graph frontier = sample_labors(g, ids({0}), 10, {.prob = "p"}, kLaborKey.fold_in(i));
    picked += static_cast<double>(frontier.num_edges());
    EXPECT_NEAR(frontier.edata()["edge_weights"]->mean().item<double>(), 1, 1e-5);
  }
  EXPECT_GT(picked / 50, 5);
  EXPECT_LT(picked / 50, 20);
}

TEST(SampleLabors, NeverPicksAZero) {
  const Graph g = random_graph(60, 600);
  const Graph frontier =
      sample_labors(g, at::arange(60, at::kLong), 3, {.prob = "weight"}, kLaborKey);
  EXPECT_GT(frontier.num_edges(), 0);
  EXPECT_TRUE(frontier.edata()["weight"]->gt(0).all().item<bool>());
}

TEST(LaborSampler, GivesBlocks) {
  const Graph base = random_graph(200, 3000);
  for (const Graph& g : {base, base.to_int32()}) {
    const at::Tensor seeds = ids({5, 17, 3, 199}).to(g.idtype());
    const MiniBatch batch = expect_same_for_threads(LaborSampler({4, 3}), g, seeds, kLaborKey);
    ASSERT_EQ(batch.blocks.size(), 2U);
    for (const Graph& block : batch.blocks) {
      expect_block_of(block, g);
    }
    EXPECT_TRUE(at::equal(batch.blocks[1].dstdata()[NID], seeds));
    EXPECT_TRUE(at::equal(batch.blocks[0].srcdata()[NID], batch.input_nodes));
    EXPECT_TRUE(at::equal(batch.blocks[0].srcdata()["x"],
                          g.ndata()["x"]->index_select(0, batch.input_nodes)));
  }
}

TEST(LaborSampler, WorksOnSeveralTypes) {
  const Graph g = typed_graph();
  const NodeIds seeds = {{"user", ids({1, 2, 3})}, {"item", ids({4})}};
  const MiniBatch batch = LaborSampler({2, Fanout{{"follows", 1}, {"buys", 2}, {"liked-by", -1}}})
                              .sample(g, seeds, kLaborKey);
  for (const Graph& block : batch.blocks) {
    expect_block_of(block, g);
  }
  EXPECT_TRUE(at::equal(batch.blocks[0].srcnodes("user").data[NID], batch.input_nodes["user"]));
}

TEST(LaborSampler, NeedsFewerNodesThanIndependentPicks) {
  const Graph g = random_graph(500, 50000);
  const at::Tensor seeds = at::arange(50, at::kLong);
  EXPECT_LT(LaborSampler({5}).sample(g, seeds, kLaborKey).input_nodes.num_ids(),
            NeighborSampler({5}).sample(g, seeds, kLaborKey).input_nodes.num_ids());
}

TEST(LaborSampler, MayDrawOneNumberForAllLayers) {
  const Graph g = random_graph(200, 8000);
  const at::Tensor seeds = at::arange(100, at::kLong);
  const MiniBatch batch =
      LaborSampler({4, 4}, {.layer_dependency = true}).sample(g, seeds, kLaborKey);
  const at::Tensor second = batch.blocks[1].edata()[EID];
  EXPECT_TRUE(at::isin(second, batch.blocks[0].edata()[EID].tensor()).all().item<bool>());
}

TEST(LaborSampler, LeavesOutExcludedEdges) {
  const Graph g = random_graph(100, 900);
  const at::Tensor excluded = at::arange(0, 900, 2, at::kLong);
  const MiniBatch batch =
      LaborSampler({-1, -1}).sample_excluding(g, ids({5, 17}), excluded, kLaborKey);
  for (const Graph& block : batch.blocks) {
    expect_block_of(block, g);
    EXPECT_FALSE(at::isin(block.edata()[EID].tensor(), excluded).any().item<bool>());
  }
}

TEST(LaborSampler, PicksOutEdges) {
  const Graph g = graph({0, 0, 1}, {1, 2, 0});
  const MiniBatch batch =
      LaborSampler({-1}, {.edge_dir = EdgeDirection::kOut}).sample(g, ids({0}), kLaborKey);
  EXPECT_EQ(list(batch.blocks[0].edata()[EID]), (std::vector<std::int64_t>{0, 1}));
  EXPECT_EQ(list(batch.input_nodes), (std::vector<std::int64_t>{0, 1, 2}));
}

TEST(LaborSampler, RefusesBadArguments) {
  const Graph g = random_graph(10, 20);
  EXPECT_ERROR(LaborSampler(std::vector<Fanout>{}), "fanouts");
  EXPECT_ERROR(sample_labors(g, ids({10}), 1, {}, kLaborKey), "10");
  EXPECT_ERROR(sample_labors(g, ids({1}), 1, {.prob = "none"}, kLaborKey), "none");
  g.edata()["bad"] = at::full({20}, -1.0);
  EXPECT_ERROR(sample_labors(g, at::arange(10, at::kLong), 1, {.prob = "bad"}, kLaborKey), "bad",
               "-1");
}

}  // namespace
}  // namespace grapevine::sampling
