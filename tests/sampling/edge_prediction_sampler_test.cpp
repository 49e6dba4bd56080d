#include "grapevine/sampling/edge_prediction_sampler.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/isin.h>
#include <gtest/gtest.h>

#include "grapevine/sampling/neighbor_sampler.h"
#include "grapevine/sampling/shadow_khop_sampler.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using namespace testing_support;

const RandomKey kEdgeKey(3);

/// Expects the pair graph's edges to be `eids` of the parent, in order, and its nodes to be the
/// last block's destinations.
void expect_pairs(const EdgeMiniBatch& batch, const Graph& parent, const CanonicalEtype& etype,
                  const at::Tensor& eids) {
  const EdgeView edges = batch.pair_graph.edges(etype);
  EXPECT_TRUE(at::equal(edges.data[EID], eids));
  const EdgePair ends = parent.find_edges(eids, etype);
  const EdgePair uv = edges.uv();
  const at::Tensor src = batch.pair_graph.nodes(etype.src).data[NID];
  const at::Tensor dst = batch.pair_graph.nodes(etype.dst).data[NID];
  EXPECT_TRUE(at::equal(src.index_select(0, uv.src), ends.src));
  EXPECT_TRUE(at::equal(dst.index_select(0, uv.dst), ends.dst));
  const Graph& last = batch.blocks.back();
  if (last.is_block()) {
    EXPECT_TRUE(at::equal(last.dstnodes(etype.src).data[NID], src));
    EXPECT_TRUE(at::equal(last.dstnodes(etype.dst).data[NID], dst));
  }
}

TEST(EdgePredictionSampler, GivesTheEdgesAndTheBlocksOfTheirEnds) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph g = idtype == at::kInt ? random_graph(100, 500).to_int32() : random_graph(100, 500);
    const at::Tensor eids = ids({17, 3, 250, 3}).to(idtype);
    const EdgeMiniBatch batch =
        EdgePredictionSampler(NeighborSampler({3, 3})).sample(g, eids, kEdgeKey);
    EXPECT_FALSE(batch.negative_graph.has_value());
    ASSERT_EQ(batch.blocks.size(), 2U);
    expect_pairs(batch, g, g.canonical_etypes().front(), eids);
    expect_block_of(batch.blocks[0], g);
    expect_block_of(batch.blocks[1], g);
    EXPECT_TRUE(at::equal(batch.input_nodes, batch.blocks[0].srcdata()[NID]));
    EXPECT_TRUE(
        at::equal(batch.pair_graph.edata()["weight"], g.edata()["weight"]->index_select(0, eids)));
    EXPECT_EQ(batch.pair_graph.idtype(), idtype);
  }
}

TEST(EdgePredictionSampler, NegativePairsShareTheNodes) {
  const Graph g = random_graph(100, 500);
  const at::Tensor eids = ids({17, 3, 250});
  const auto negatives = std::make_shared<PerSourceUniform>(4);
  const EdgeMiniBatch batch =
      EdgePredictionSampler(NeighborSampler({3}), {.negative_sampler = negatives})
          .sample(g, eids, kEdgeKey);
  ASSERT_TRUE(batch.negative_graph.has_value());
  const Graph& negative = *batch.negative_graph;
  EXPECT_EQ(negative.num_edges(), 12);
  EXPECT_TRUE(at::equal(negative.ndata()[NID], batch.pair_graph.ndata()[NID]));
  EXPECT_FALSE(negative.edata().contains(EID));
  const at::Tensor nodes = negative.ndata()[NID];
  EXPECT_TRUE(at::equal(nodes.index_select(0, negative.edges().uv().src),
                        g.find_edges(eids).src.repeat_interleave(4)));
  expect_pairs(batch, g, g.canonical_etypes().front(), eids);
}

TEST(EdgePredictionSampler, WorksOnSeveralRelations) {
  const Graph g = typed_graph();
  const CanonicalEtype buys{"user", "buys", "item"};
  const auto negatives = std::make_shared<GlobalUniform>(2);
  const EdgeMiniBatch batch =
      EdgePredictionSampler(NeighborSampler({2, 2}), {.negative_sampler = negatives})
          .sample(g, EdgeIds{{"buys", ids({5, 6})}}, kEdgeKey);
  expect_pairs(batch, g, buys, ids({5, 6}));
  EXPECT_EQ(batch.pair_graph.canonical_etypes(), g.canonical_etypes());
  EXPECT_EQ(batch.pair_graph.num_edges("follows"), 0);
  EXPECT_EQ(batch.pair_graph.num_nodes("shop"), 0);
  EXPECT_EQ(batch.negative_graph->num_edges("buys"), 4);
  EXPECT_EQ(batch.negative_graph->num_edges("follows"), 0);
  EXPECT_EQ(batch.negative_graph->ntypes(), g.ntypes());
}

TEST(EdgePredictionSampler, ExcludesTheEdgesOfTheBatch) {
  const Graph g = random_graph(60, 900);
  const at::Tensor eids = at::arange(0, 300, at::kLong);
  for (const bool shadow : {false, true}) {
    const std::shared_ptr<const Sampler> inner =
        shadow ? std::shared_ptr<const Sampler>(
                     std::make_shared<ShaDowKHopSampler>(std::vector<Fanout>{-1}))
               : std::make_shared<NeighborSampler>(std::vector<Fanout>{-1, -1});
    const EdgeMiniBatch seen = EdgePredictionSampler(inner).sample(g, eids, kEdgeKey);
    const EdgeMiniBatch unseen =
        EdgePredictionSampler(inner, {.exclude = Exclude::kSelf}).sample(g, eids, kEdgeKey);
    EXPECT_TRUE(at::isin(seen.blocks.back().edata()[EID].tensor(), eids).any().item<bool>());
    for (const Graph& block : unseen.blocks) {
      EXPECT_FALSE(at::isin(block.edata()[EID].tensor(), eids).any().item<bool>());
      EXPECT_GT(block.num_edges(), 0);
    }
  }
}

TEST(FindExcludeEids, AddsReverses) {
  const Graph g = graph({0, 1, 2, 3, 1, 2, 3, 4}, {1, 2, 3, 4, 0, 1, 2, 3});
  const CanonicalEtype etype = g.canonical_etypes().front();
  const at::Tensor reverse = at::cat({at::arange(4, 8, at::kLong), at::arange(4, at::kLong)});
  const auto find = [&](const EdgePredictionOptions& options) {
    return find_exclude_eids(g, {{etype, ids({1, 6})}}, options);
  };
  EXPECT_TRUE(find({}).entries().empty());
  EXPECT_EQ(list(find({.exclude = Exclude::kSelf}).entries().front().second),
            (std::vector<std::int64_t>{1, 6}));
  EXPECT_EQ(
      list(
          find({.exclude = Exclude::kReverseId, .reverse_eids = reverse}).entries().front().second),
      (std::vector<std::int64_t>{1, 6, 5, 2}));
  EXPECT_ERROR(find({.exclude = Exclude::kReverseId}), "reverse_eids");
  EXPECT_ERROR(find({.exclude = Exclude::kReverseId, .reverse_eids = ids({1, 2})}), "reverse_eids",
               "6");
}

TEST(FindExcludeEids, AddsTheSameIdsOfReverseRelations) {
  const Graph g = typed_graph();
  const CanonicalEtype buys{"user", "buys", "item"};
  const CanonicalEtype liked{"item", "liked-by", "user"};
  const EdgeIds found = find_exclude_eids(
      g, {{buys, ids({1})}, {liked, ids({7})}},
      {.exclude = Exclude::kReverseTypes,
       .reverse_etypes = {{"buys", "liked-by"}, {"liked-by", "buys"}, {"follows", "follows"}}});
  ASSERT_EQ(found.entries().size(), 2U);
  EXPECT_EQ(*found.entries()[0].first.canonical(), liked);
  EXPECT_EQ(list(found.entries()[0].second), (std::vector<std::int64_t>{7, 1}));
  EXPECT_EQ(list(found.entries()[1].second), (std::vector<std::int64_t>{1, 7}));
  EXPECT_ERROR(
      find_exclude_eids(g, {{buys, ids({1})}},
                        {.exclude = Exclude::kReverseTypes, .reverse_etypes = {{"buys", "sells"}}}),
      "sells");
}

TEST(EdgePredictionSampler, RefusesBadSeeds) {
  const Graph g = random_graph(10, 20);
  const EdgePredictionSampler sampler(NeighborSampler({2}));
  EXPECT_ERROR(sampler.sample(g, ids({20}), kEdgeKey), "20");
  EXPECT_ERROR(sampler.sample(g, ids({1}).to(at::kInt), kEdgeKey), "Int");
  EXPECT_ERROR(sampler.sample(g, EdgeIds{{"likes", ids({1})}}, kEdgeKey), "likes");
  EXPECT_ERROR(sampler.sample(g, EdgeIds{{"_E", ids({1})}, {{}, ids({1})}}, kEdgeKey), "twice");
  EXPECT_ERROR(EdgePredictionSampler(std::shared_ptr<const Sampler>()), "sampler");
}

}  // namespace
}  // namespace grapevine::sampling
