#include "grapevine/dataloading/data_loader.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include "grapevine/sampling/neighbor_sampler.h"
#include "tests/dataloading/collect.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::dataloading {
namespace {

using sampling::MiniBatch;
using sampling::NeighborSampler;
using testing_support::collect;
using testing_support::ids;
using testing_support::list;
using testing_support::random_graph;
using testing_support::typed_graph;

std::vector<std::int64_t> seeds_of(DataLoader& loader) {
  std::vector<std::int64_t> seeds;
  for (const MiniBatch& batch : loader) {
    const std::vector<std::int64_t> some = list(batch.output_nodes);
    seeds.insert(seeds.end(), some.begin(), some.end());
  }
  return seeds;
}

TEST(DataLoader, CoversTheIdsInOrder) {
  const Graph g = random_graph(100, 1000);
  DataLoader loader(g, at::arange(10, 33, at::kLong), NeighborSampler({4, 4}), {.batch_size = 5});
  EXPECT_EQ(loader.size(), 5);
  std::vector<std::size_t> sizes;
  for (auto& [input_nodes, output_nodes, blocks] : loader) {
    ASSERT_EQ(blocks.size(), 2U);
    EXPECT_TRUE(at::equal(blocks[1].dstdata()[NID], output_nodes));
    EXPECT_TRUE(at::equal(blocks[0].srcdata()[NID], input_nodes));
    sizes.push_back(list(output_nodes).size());
  }
  EXPECT_EQ(sizes, (std::vector<std::size_t>{5, 5, 5, 5, 3}));
  EXPECT_EQ(seeds_of(loader), list(at::arange(10, 33, at::kLong)));
}

TEST(DataLoader, DropsTheLastBatchIfItIsNotFull) {
  const Graph g = random_graph(100, 1000);
  DataLoader loader(g, at::arange(23, at::kLong), NeighborSampler({4}),
                    {.batch_size = 5, .drop_last = true});
  EXPECT_EQ(loader.size(), 4);
  EXPECT_EQ(seeds_of(loader), list(at::arange(20, at::kLong)));
  DataLoader full(g, at::arange(20, at::kLong), NeighborSampler({4}),
                  {.batch_size = 5, .drop_last = true});
  EXPECT_EQ(full.size(), 4);
  DataLoader none(g, at::arange(3, at::kLong), NeighborSampler({4}),
                  {.batch_size = 5, .drop_last = true});
  EXPECT_EQ(collect(none).size(), 0U);
}

TEST(DataLoader, ShufflesAnewEveryEpochAndRepeatsWithTheSeed) {
  const Graph g = random_graph(100, 1000);
  const at::Tensor all = at::arange(100, at::kLong);
  DataLoader loader(g, all, NeighborSampler({4}), {.batch_size = 7, .shuffle = true});
  std::vector<std::int64_t> first = seeds_of(loader);
  std::vector<std::int64_t> second = seeds_of(loader);
  EXPECT_NE(first, second);
  loader.set_epoch(0);
  EXPECT_EQ(seeds_of(loader), first);
  EXPECT_EQ(seeds_of(loader), second);
  DataLoader other(g, all, NeighborSampler({4}), {.batch_size = 7, .shuffle = true, .seed = 1});
  EXPECT_NE(seeds_of(other), first);
  EXPECT_NE(first, list(all));
  std::sort(first.begin(), first.end());
  EXPECT_EQ(first, list(all));
}

TEST(DataLoader, BatchesIdsOfSeveralTypes) {
  const Graph g = typed_graph();
  const NodeIds seeds = {{"item", at::arange(10, at::kLong)},
                         {"user", at::arange(20, 32, at::kLong)}};
  for (const int num_workers : {0, 2}) {
    DataLoader loader(g, seeds, NeighborSampler({2, 2}),
                      {.batch_size = 8, .num_workers = num_workers});
    const std::vector<MiniBatch> batches = collect(loader);
    ASSERT_EQ(batches.size(), 3U);
    EXPECT_FALSE(batches[0].output_nodes.contains("user"));
    EXPECT_EQ(list(batches[1].output_nodes["item"]), (std::vector<std::int64_t>{8, 9}));
    EXPECT_EQ(list(batches[1].output_nodes["user"]), list(at::arange(20, 26, at::kLong)));
    EXPECT_FALSE(batches[2].output_nodes.contains("item"));
  }
  DataLoader shuffled(g, seeds, NeighborSampler({2}), {.batch_size = 8, .shuffle = true});
  std::map<std::string, std::set<std::int64_t>> seen;
  for (const MiniBatch& batch : shuffled) {
    EXPECT_EQ(batch.output_nodes.num_ids(), seen["item"].size() + seen["user"].size() < 16 ? 8 : 6);
    for (const auto& [type, some] : batch.output_nodes.map()) {
      for (const std::int64_t id : list(some)) {
        EXPECT_TRUE(seen[type].insert(id).second);
      }
    }
  }
  EXPECT_EQ(seen["item"].size(), 10U);
  EXPECT_EQ(seen["user"].size(), 12U);
}

TEST(DataLoader, KeepsInt32) {
  const Graph g = random_graph(100, 1000).to_int32();
  DataLoader loader(g, at::arange(50, at::kInt), NeighborSampler({4}),
                    {.batch_size = 20, .shuffle = true});
  for (const MiniBatch& batch : loader) {
    EXPECT_EQ(batch.output_nodes.tensor().scalar_type(), at::kInt);
    EXPECT_EQ(batch.blocks[0].idtype(), at::kInt);
  }
}

TEST(DataLoader, PrefetchesFeaturesAndLabels) {
  const Graph g = random_graph(100, 1000);
  for (const int num_workers : {0, 2}) {
    DataLoader loader(g, at::arange(50, at::kLong), NeighborSampler({4, 4}),
                      {.batch_size = 20,
                       .num_workers = num_workers,
                       .prefetch_node_feats = {"x"},
                       .prefetch_labels = {"label"}});
    for (const auto& [input_nodes, output_nodes, blocks] : loader) {
      EXPECT_FALSE(blocks.front().srcdata().frame()->columns().at("x")->is_lazy());
      EXPECT_FALSE(blocks.back().dstdata().frame()->columns().at("label")->is_lazy());
      EXPECT_TRUE(blocks.front().srcdata().frame()->columns().at("label")->is_lazy());
      EXPECT_TRUE(
          at::equal(blocks.front().srcdata()["x"], g.ndata()["x"]->index_select(0, input_nodes)));
      EXPECT_TRUE(at::equal(blocks.back().dstdata()["label"], output_nodes.tensor() * 7));
    }
  }
}

TEST(DataLoader, PrefetchesWhereATypeHasTheFeature) {
  const Graph g = typed_graph();
  DataLoader loader(g, {{"item", at::arange(30, at::kLong)}}, NeighborSampler({2, 2}),
                    {.batch_size = 20,
                     .num_workers = 1,
                     .prefetch_node_feats = {"x"},
                     .prefetch_labels = {"label"}});
  for (const MiniBatch& batch : loader) {
    EXPECT_FALSE(batch.blocks[0].srcnodes("user").data.frame()->columns().at("x")->is_lazy());
    EXPECT_FALSE(batch.blocks[1].dstnodes("item").data.frame()->columns().at("label")->is_lazy());
  }
}

TEST(DataLoader, MovesBatchesToTheDevice) {
  const Graph g = random_graph(100, 1000);
  DataLoader loader(g, at::arange(50, at::kLong), NeighborSampler({4}),
                    {.batch_size = 20, .device = at::kCPU});
  for (const MiniBatch& batch : loader) {
    EXPECT_TRUE(batch.blocks[0].device().is_cpu());
    EXPECT_TRUE(batch.input_nodes.tensor().device().is_cpu());
  }
}

TEST(DataLoader, SharesASampler) {
  const Graph g = random_graph(100, 1000);
  const auto sampler = std::make_shared<NeighborSampler>(std::vector<std::int64_t>{4, 4});
  DataLoader loader(g, at::arange(50, at::kLong), sampler, {.batch_size = 20});
  EXPECT_EQ(collect(loader).size(), 3U);
}

TEST(DataLoader, MeasuresHowLongTheLoopWaits) {
  const Graph g = random_graph(100, 1000);
  DataLoader loader(g, at::arange(100, at::kLong), NeighborSampler({4}), {.batch_size = 10});
  EXPECT_EQ(loader.wait_seconds(), 0);
  EXPECT_EQ(collect(loader).size(), 10U);
  EXPECT_GT(loader.wait_seconds(), 0);
}

TEST(DataLoader, HasNoBatchesWithoutIds) {
  const Graph g = random_graph(100, 1000);
  for (const int num_workers : {0, 2}) {
    for (const NodeIds& none : {NodeIds(ids({})), NodeIds(NodeIds::Map{})}) {
      DataLoader loader(g, none, NeighborSampler({4}),
                        {.shuffle = true, .num_workers = num_workers});
      EXPECT_EQ(loader.size(), 0);
      EXPECT_EQ(collect(loader).size(), 0U);
    }
  }
}

TEST(DataLoader, CanBeMoved) {
  DataLoader loader(random_graph(100, 1000), at::arange(10, at::kLong), NeighborSampler({4}),
                    {.batch_size = 8});
  DataLoader moved = std::move(loader);
  EXPECT_EQ(collect(moved).size(), 2U);
}

TEST(DataLoader, NamesBadArguments) {
  const Graph g = random_graph(100, 1000);
  const at::Tensor good = ids({1, 2});
  const NeighborSampler sampler({4});
  EXPECT_ERROR(DataLoader(g, good, sampler, {.batch_size = 0}), "batch_size", "0");
  EXPECT_ERROR(DataLoader(g, good, sampler, {.batch_size = -8}), "batch_size", "-8");
  EXPECT_ERROR(DataLoader(g, good, sampler, {.num_workers = -1}), "num_workers", "-1");
  EXPECT_ERROR(DataLoader(g, good, sampler, {.prefetch = -2}), "prefetch", "-2");
  EXPECT_ERROR(DataLoader(g, good, std::shared_ptr<const sampling::Sampler>()), "sampler", "null");
  EXPECT_ERROR(DataLoader(g, ids({1, 100}), sampler), "ids", "100", "99");
  EXPECT_ERROR(DataLoader(g, ids({-1}), sampler), "ids", "-1");
  EXPECT_ERROR(DataLoader(g, good.to(at::kInt), sampler), "ids", "Int", "Long");
  EXPECT_ERROR(DataLoader(g, at::ones({100}, at::kBool), sampler), "ids", "Bool");
  EXPECT_ERROR(DataLoader(g, at::Tensor(), sampler), "ids", "undefined");
  EXPECT_ERROR(DataLoader(g, {{"paper", good}}, sampler), "paper");
  EXPECT_ERROR(DataLoader(typed_graph(), good, sampler), "type", "user");
}

TEST(DataLoader, NamesUnknownFeaturesWhenTheEpochBegins) {
  const Graph g = random_graph(100, 1000);
  DataLoader features(g, ids({1, 2}), NeighborSampler({4}), {.prefetch_node_feats = {"y"}});
  EXPECT_ERROR(features.begin(), "prefetch_node_feats", "\"y\"");
  DataLoader labels(g, ids({1, 2}), NeighborSampler({4}),
                    {.num_workers = 1, .prefetch_labels = {"z"}});
  EXPECT_ERROR(labels.begin(), "prefetch_labels", "\"z\"");
  DataLoader weights(g, ids({1, 2}), NeighborSampler({4}, {.prob = "p"}), {.num_workers = 1});
  EXPECT_ERROR(weights.begin(), "prob \"p\"");
}

TEST(DataLoader, ReadsPositionsInTheirOrder) {
  const Graph g = typed_graph();
  const NodeIds seeds = {{"item", ids({30, 31})}, {"user", ids({50, 51, 52})}};
  DataLoader loader(g, seeds, NeighborSampler({1}),
                    {.batch_size = 3, .positions = ids({4, 0, 2, 0})});
  const std::vector<MiniBatch> batches = collect(loader);
  ASSERT_EQ(batches.size(), 2U);
  EXPECT_EQ(list(batches[0].output_nodes["user"]), (std::vector<std::int64_t>{52, 50}));
  EXPECT_EQ(list(batches[0].output_nodes["item"]), (std::vector<std::int64_t>{30}));
  EXPECT_EQ(list(batches[1].output_nodes["item"]), (std::vector<std::int64_t>{30}));
  EXPECT_EQ(loader.size(), 2);
  EXPECT_ERROR(DataLoader(g, seeds, NeighborSampler({1}), {.positions = ids({5})}), "positions",
               "5");
}

TEST(DataLoader, SeesProbabilitiesThatWereWrittenToBetweenEpochs) {
  const Graph g = random_graph(100, 2000);
  const at::Tensor weight = g.edata()["weight"];
  DataLoader loader(g, at::arange(99, at::kLong), NeighborSampler({2}, {.prob = "weight"}),
                    {.batch_size = 99});
  EXPECT_LT(collect(loader).front().blocks[0].edata()["weight"]->max().item<float>(), 4);
  EXPECT_LT(collect(loader).front().blocks[0].edata()["weight"]->max().item<float>(), 4);
  // Behind torch's back, as NumPy does it.
  float* values = weight.mutable_data_ptr<float>();
  std::transform(values, values + 2000, values, [](float value) { return value > 2 ? 7 : 0; });
  const Graph block = collect(loader).front().blocks[0];
  EXPECT_GT(block.num_edges(), 99);
  EXPECT_EQ(block.edata()["weight"]->min().item<float>(), 7);
}

TEST(DataLoader, GathersEdgeFeaturesOfEveryBlock) {
  DataLoader loader(random_graph(100, 500), ids({1, 2, 3}), NeighborSampler({2, 2}),
                    {.batch_size = 3, .prefetch_edge_feats = {"weight"}});
  const std::vector<MiniBatch> batches = collect(loader);
  for (const Graph& block : batches.front().blocks) {
    EXPECT_FALSE(block.edata().frame()->columns().at("weight")->is_lazy());
    EXPECT_TRUE(block.edata().frame()->columns().at("mask")->is_lazy());
  }
  DataLoader unknown(random_graph(100, 500), ids({1}), NeighborSampler({2}),
                     {.prefetch_edge_feats = {"nothing"}});
  EXPECT_ERROR(static_cast<void>(unknown.begin()), "prefetch_edge_feats", "nothing");
}

}  // namespace
}  // namespace grapevine::dataloading
