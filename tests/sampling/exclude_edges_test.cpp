#include "grapevine/sampling/exclude_edges.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/isin.h>
#include <gtest/gtest.h>

#include "grapevine/graph/transform/to_block.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "grapevine/sampling/sample_neighbors.h"
#include "grapevine/sampling/shadow_khop_sampler.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using namespace testing_support;

const RandomKey kExcludeKey(7);

/// Ids of `etype`'s edges that are left when `excluded` are taken out of a frontier.
std::vector<std::int64_t> left_of(const Graph& frontier, const at::Tensor& excluded,
                                  const EtypeKey& etype = {}) {
  const at::Tensor picked = frontier.edges(etype).data[EID];
  return list(picked.masked_select(at::isin(picked, excluded).logical_not()));
}

TEST(ExcludeEdges, TakesTheEdgesOutAndKeepsTheRest) {
  const Graph g = random_graph(100, 900);
  const Graph frontier = sample_neighbors(g, at::arange(100, at::kLong), 5, {}, kExcludeKey);
  const at::Tensor excluded = at::arange(0, 900, 3, at::kLong);
  const Graph rest = exclude_edges(frontier, excluded);
  EXPECT_EQ(rest.num_nodes(), 100);
  EXPECT_EQ(list(rest.edata()[EID]), left_of(frontier, excluded));
  EXPECT_LT(rest.num_edges(), frontier.num_edges());
  EXPECT_GT(rest.num_edges(), 0);
  const EdgePair ends = rest.edges().uv();
  const EdgePair expected = g.find_edges(rest.edata()[EID]);
  EXPECT_TRUE(at::equal(ends.src, expected.src));
  EXPECT_TRUE(at::equal(ends.dst, expected.dst));
  EXPECT_TRUE(
      at::equal(rest.edata()["weight"], g.edata()["weight"]->index_select(0, rest.edata()[EID])));
  EXPECT_TRUE(at::equal(rest.ndata()["x"], g.ndata()["x"]));
  EXPECT_FALSE(rest.ndata().contains(NID));
}

TEST(ExcludeEdges, KeepsRelationsApart) {
  const Graph g = typed_graph().to_int32();
  const NodeIds all = {{"user", at::arange(60, at::kInt)}, {"item", at::arange(40, at::kInt)}};
  const Graph frontier = sample_neighbors(g, all, -1, {}, kExcludeKey);
  const at::Tensor excluded = at::arange(0, 200, 2, at::kInt);
  const Graph rest = exclude_edges(frontier, EdgeIds{{"buys", excluded}});
  EXPECT_EQ(list(rest.edges("buys").data[EID]), left_of(frontier, excluded, "buys"));
  EXPECT_EQ(rest.num_edges("buys"), 100);
  EXPECT_EQ(rest.num_edges("follows"), frontier.num_edges("follows"));
  EXPECT_EQ(rest.idtype(), at::kInt);
}

TEST(ExcludeEdges, IgnoresIdsOfNoEdge) {
  const Graph g = graph({0, 1, 2}, {1, 2, 0});
  const Graph frontier = sample_neighbors(g, ids({0, 1, 2}), -1, {}, kExcludeKey);
  EXPECT_EQ(exclude_edges(frontier, ids({17, -3})).num_edges(), 3);
  EXPECT_EQ(exclude_edges(frontier, ids({})).num_edges(), 3);
  EXPECT_EQ(exclude_edges(frontier, EdgeIds{}).num_edges(), 3);
  EXPECT_EQ(exclude_edges(frontier, ids({0, 1, 2, 2})).num_edges(), 0);
}

TEST(ExcludeEdges, RefusesWhatItCannotRead) {
  const Graph g = graph({0, 1, 2}, {1, 2, 0});
  const Graph frontier = sample_neighbors(g, ids({0}), -1, {}, kExcludeKey);
  EXPECT_ERROR(exclude_edges(frontier, ids({0}).to(at::kInt)), "excluded", "Int");
  EXPECT_ERROR(exclude_edges(frontier, EdgeIds{{"likes", ids({0})}}), "likes");
  EXPECT_ERROR(exclude_edges(g, ids({0})), "EID");
}

TEST(NeighborSampler, LeavesOutExcludedEdgesInEveryLayer) {
  const Graph g = random_graph(100, 900);
  const at::Tensor seeds = ids({5, 17, 3, 99, 60});
  const at::Tensor excluded = at::arange(0, 900, 2, at::kLong);
  const NeighborSampler sampler({4, 3});
  const MiniBatch batch = sampler.sample_excluding(g, seeds, excluded, kExcludeKey);
  at::Tensor nodes = seeds;
  for (std::size_t hop = 0; hop < 2; ++hop) {
    const Graph frontier =
        sample_neighbors(g, nodes, hop == 0 ? 3 : 4, {}, kExcludeKey.fold_in(hop));
    const Graph& block = batch.blocks[1 - hop];
    expect_block_of(block, g);
    EXPECT_EQ(list(block.edata()[EID]), left_of(frontier, excluded));
    nodes = block.srcdata()[NID];
  }
  EXPECT_TRUE(at::equal(nodes, batch.input_nodes));
  expect_same_batch(sampler.sample_excluding(g, seeds, EdgeIds{}, kExcludeKey),
                    sampler.sample(g, seeds, kExcludeKey));
}

TEST(NeighborSampler, LeavesOutExcludedEdgesOfOneRelation) {
  const Graph g = typed_graph();
  const NodeIds seeds = {{"user", ids({1, 2, 3})}, {"item", ids({4, 5})}};
  const at::Tensor all = at::arange(300, at::kLong);
  const MiniBatch batch =
      NeighborSampler({-1, -1}).sample_excluding(g, seeds, EdgeIds{{"follows", all}}, kExcludeKey);
  for (const Graph& block : batch.blocks) {
    expect_block_of(block, g);
    EXPECT_EQ(block.num_edges("follows"), 0);
    EXPECT_GT(block.num_edges("liked-by"), 0);
  }
}

TEST(ShaDowKHopSampler, LeavesExcludedEdgesOutOfTheSubgraph) {
  // 0 and 1 send to 2, and to each other.
  const Graph g = graph({0, 1, 0, 1}, {2, 2, 1, 0});
  const MiniBatch batch =
      ShaDowKHopSampler({-1}).sample_excluding(g, ids({2}), ids({1, 2}), kExcludeKey);
  EXPECT_EQ(list(batch.input_nodes), (std::vector<std::int64_t>{2, 0}));
  EXPECT_EQ(list(batch.blocks[0].edata()[EID]), (std::vector<std::int64_t>{0}));
  const MiniBatch pair =
      ShaDowKHopSampler({-1}).sample_excluding(g, ids({2}), ids({2}), kExcludeKey);
  EXPECT_EQ(pair.blocks[0].num_edges(), 3);
  EXPECT_TRUE(at::equal(pair.blocks[0].ndata()[NID], pair.input_nodes));
}

TEST(Sampler, CannotLeaveOutEdgesUnlessItSaysHow) {
  class AllSampler : public Sampler {
   public:
    [[nodiscard]] MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                   const RandomKey& /*key*/) const override {
      return {.input_nodes = seeds, .output_nodes = seeds, .blocks = {to_block(graph)}};
    }
  };
  EXPECT_ERROR(AllSampler().sample_excluding(random_graph(4, 4), ids({0}), ids({0}), kExcludeKey),
               "sample_excluding");
}

}  // namespace
}  // namespace grapevine::sampling
