#include "grapevine/dataloading/edge_data_loader.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/isin.h>
#include <ATen/ops/sort.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "grapevine/sampling/neighbor_sampler.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::dataloading {
namespace {

using namespace testing_support;
using sampling::EdgeMiniBatch;
using sampling::EdgePredictionOptions;
using sampling::EdgePredictionSampler;
using sampling::Exclude;
using sampling::NeighborSampler;
using sampling::PerSourceUniform;

EdgePredictionSampler link_sampler() {
  return EdgePredictionSampler(
      NeighborSampler({3, 3}),
      {.exclude = Exclude::kSelf, .negative_sampler = std::make_shared<PerSourceUniform>(2)});
}

std::vector<EdgeMiniBatch> read(EdgeDataLoader& loader) {
  std::vector<EdgeMiniBatch> batches;
  for (EdgeMiniBatch& batch : loader) {
    batches.push_back(batch);
  }
  return batches;
}

void expect_same(const EdgeMiniBatch& left, const EdgeMiniBatch& right) {
  expect_same_ids(left.input_nodes, right.input_nodes);
  expect_same_block(left.pair_graph, right.pair_graph);
  ASSERT_EQ(left.negative_graph.has_value(), right.negative_graph.has_value());
  if (left.negative_graph) {
    expect_same_block(*left.negative_graph, *right.negative_graph);
  }
  ASSERT_EQ(left.blocks.size(), right.blocks.size());
  for (std::size_t i = 0; i < left.blocks.size(); ++i) {
    expect_same_block(left.blocks[i], right.blocks[i]);
  }
}

TEST(EdgeDataLoader, GivesTheEdgesInBatches) {
  const Graph g = random_graph(100, 500);
  const at::Tensor eids = at::arange(0, 50, 2, at::kLong);
  EdgeDataLoader loader(
      g, eids, link_sampler(),
      {.batch_size = 10, .prefetch_node_feats = {"x"}, .prefetch_labels = {"weight"}});
  EXPECT_EQ(loader.size(), 3);
  const std::vector<EdgeMiniBatch> batches = read(loader);
  ASSERT_EQ(batches.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    const at::Tensor expected =
        eids.slice(0, static_cast<std::int64_t>(i) * 10, static_cast<std::int64_t>(i) * 10 + 10);
    EXPECT_TRUE(at::equal(batches[i].pair_graph.edata()[EID], expected));
    EXPECT_EQ(batches[i].negative_graph->num_edges(), 2 * expected.numel());
    for (const Graph& block : batches[i].blocks) {
      EXPECT_FALSE(at::isin(block.edata()[EID].tensor(), expected).any().item<bool>());
    }
    const Frame& input = *batches[i].blocks.front().srcdata().frame();
    EXPECT_FALSE(input.columns().at("x")->is_lazy());
    EXPECT_FALSE(batches[i].pair_graph.edata().frame()->columns().at("weight")->is_lazy());
  }
}

TEST(EdgeDataLoader, IsTheSameForAnyNumberOfWorkers) {
  const Graph g = typed_graph();
  const EdgeIds eids = {{"buys", at::arange(100, at::kLong)}, {"follows", ids({3, 1, 4, 1, 5})}};
  std::vector<std::vector<EdgeMiniBatch>> runs;
  for (const int num_workers : {0, 1, 3}) {
    EdgeDataLoader loader(g, eids, link_sampler(),
                          {.batch_size = 16, .shuffle = true, .num_workers = num_workers});
    static_cast<void>(read(loader));
    runs.push_back(read(loader));
  }
  for (const std::vector<EdgeMiniBatch>& run : runs) {
    ASSERT_EQ(run.size(), 7U);
    for (std::size_t i = 0; i < run.size(); ++i) {
      expect_same(runs.front()[i], run[i]);
    }
  }
}

TEST(EdgeDataLoader, ShufflesOverAllRelations) {
  const Graph g = typed_graph();
  const EdgeIds eids = {{"buys", at::arange(50, at::kLong)},
                        {"follows", at::arange(50, at::kLong)}};
  EdgeDataLoader loader(g, eids, EdgePredictionSampler(NeighborSampler({1})),
                        {.batch_size = 10, .shuffle = true});
  std::map<std::string, std::vector<at::Tensor>> seen;
  for (const EdgeMiniBatch& batch : read(loader)) {
    EXPECT_EQ(batch.pair_graph.num_edges(), 10);
    for (const std::string etype : {"buys", "follows"}) {
      seen[etype].push_back(batch.pair_graph.edges(etype).data[EID]);
    }
  }
  for (const auto& [etype, parts] : seen) {
    const at::Tensor all = at::cat(parts);
    EXPECT_FALSE(at::equal(all, at::arange(50, at::kLong)));
    EXPECT_TRUE(at::equal(std::get<0>(all.sort()), at::arange(50, at::kLong)));
  }
}

TEST(EdgeDataLoader, ReadsPositionsInTheirOrder) {
  const Graph g = random_graph(100, 500);
  EdgeDataLoader loader(g, ids({50, 60, 70}), EdgePredictionSampler(NeighborSampler({1})),
                        {.batch_size = 2, .positions = ids({2, 0, 0})});
  const std::vector<EdgeMiniBatch> batches = read(loader);
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(list(batches[0].pair_graph.edata()[EID]), (std::vector<std::int64_t>{70, 50}));
  EXPECT_EQ(list(batches[1].pair_graph.edata()[EID]), (std::vector<std::int64_t>{50}));
}

TEST(EdgeDataLoader, GivesAWorkersExceptionInItsPlace) {
  class Refusing : public sampling::NegativeSampler {
   public:
    [[nodiscard]] sampling::PairsByRelation sample(const Graph& /*graph*/,
                                                   const sampling::EdgesByRelation& edges,
                                                   const RandomKey& /*key*/) const override {
      if (edges.begin()->second[0].item<std::int64_t>() >= 20) {
        throw std::runtime_error("no negatives");
      }
      return {};
    }
  };
  for (const int num_workers : {0, 2}) {
    EdgeDataLoader loader(random_graph(100, 500), at::arange(40, at::kLong),
                          EdgePredictionSampler(NeighborSampler({1}),
                                                {.negative_sampler = std::make_shared<Refusing>()}),
                          {.batch_size = 10, .num_workers = num_workers});
    int count = 0;
    EXPECT_THROW(
        {
          for (EdgeMiniBatch& batch : loader) {
            count += static_cast<int>(batch.blocks.size());
          }
        },
        std::runtime_error);
    EXPECT_EQ(count, 2);
  }
}

TEST(EdgeDataLoader, RefusesBadArguments) {
  const Graph g = typed_graph();
  const auto make = [&](const EdgeIds& eids, const DataLoaderOptions& options = {}) {
    const EdgeDataLoader loader(g, eids, EdgePredictionSampler(NeighborSampler({1})), options);
  };
  EXPECT_ERROR(make(EdgeIds{{"buys", ids({200})}}), "200");
  EXPECT_ERROR(make(EdgeIds{{"sells", ids({1})}}), "sells");
  EXPECT_ERROR(make(EdgeIds{{"buys", ids({1}).to(at::kInt)}}), "Int");
  EXPECT_ERROR(
      make(EdgeIds{{"buys", ids({1})}, {CanonicalEtype{"user", "buys", "item"}, ids({1})}}),
      "twice");
  EXPECT_ERROR(make(EdgeIds{{"buys", ids({1})}}, {.batch_size = 0}), "batch_size");
  EXPECT_ERROR(make(EdgeIds{{"buys", ids({1})}}, {.positions = ids({1})}), "positions", "1");
  EdgeDataLoader loader(g, EdgeIds{{"buys", ids({1})}}, link_sampler(),
                        {.prefetch_labels = {"nothing"}});
  EXPECT_ERROR(static_cast<void>(loader.begin()), "prefetch_labels", "nothing");
}

}  // namespace
}  // namespace grapevine::dataloading
