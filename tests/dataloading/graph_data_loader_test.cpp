#include "grapevine/dataloading/graph_data_loader.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "grapevine/graph/transform/unbatch.h"
#include "tests/support/expect_error.h"
#include "tests/support/ids.h"

namespace grapevine::dataloading {
namespace {

using testing_support::list;
using Ids = std::vector<std::int64_t>;

struct Dataset {
  std::vector<Graph> graphs;
  at::Tensor labels;
};

/// Graph i is a path of i + 1 nodes with "x" i, and its label is i.
Dataset paths(std::int64_t count, at::ScalarType idtype = at::kLong) {
  Dataset dataset{{}, at::arange(count)};
  for (std::int64_t i = 0; i < count; ++i) {
    Graph g = graph(at::arange(i, idtype), at::arange(1, i + 1, idtype), {.num_nodes = i + 1});
    g.ndata()["x"] = at::full({i + 1, 2}, static_cast<float>(i));
    g.edata()["w"] = at::ones({i});
    dataset.graphs.push_back(g);
  }
  return dataset;
}

/// The labels of each batch, after checking that graphs and labels belong together.
std::vector<Ids> epoch(GraphDataLoader& loader) {
  std::vector<Ids> batches;
  for (auto& [graph, labels] : loader) {
    const std::vector<Graph> parts = unbatch(graph);
    EXPECT_EQ(static_cast<std::int64_t>(parts.size()), labels.numel());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const auto label = labels[static_cast<std::int64_t>(i)].item<std::int64_t>();
      EXPECT_EQ(parts[i].num_nodes(), label + 1);
      EXPECT_EQ(parts[i].num_edges(), label);
      EXPECT_TRUE(parts[i].ndata()["x"]->eq(static_cast<double>(label)).all().item<bool>());
    }
    batches.push_back(list(labels));
  }
  return batches;
}

TEST(GraphDataLoader, BatchesGraphsInOrder) {
  GraphDataLoader loader(paths(5), {.batch_size = 2});
  EXPECT_EQ(loader.size(), 3);
  EXPECT_EQ(epoch(loader), (std::vector<Ids>{{0, 1}, {2, 3}, {4}}));
  EXPECT_EQ(epoch(loader), (std::vector<Ids>{{0, 1}, {2, 3}, {4}}));
  GraphDataLoader full(paths(5), {.batch_size = 2, .drop_last = true});
  EXPECT_EQ(full.size(), 2);
  EXPECT_EQ(epoch(full), (std::vector<Ids>{{0, 1}, {2, 3}}));
}

TEST(GraphDataLoader, KeepsInt32Ids) {
  GraphDataLoader loader(paths(3, at::kInt), {.batch_size = 3});
  EXPECT_EQ(loader.begin()->graph.idtype(), at::kInt);
  EXPECT_EQ(epoch(loader), (std::vector<Ids>{{0, 1, 2}}));
}

TEST(GraphDataLoader, ShufflesDifferentlyInEachEpochAndEquallyForASeed) {
  const Dataset dataset = paths(20);
  GraphDataLoader loader(dataset, {.batch_size = 20, .shuffle = true, .seed = 3});
  const std::vector<Ids> first = epoch(loader);
  const std::vector<Ids> second = epoch(loader);
  EXPECT_NE(first, second);
  Ids sorted = first[0];
  std::sort(sorted.begin(), sorted.end());
  Ids all(20);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(sorted, all);
  loader.set_epoch(0);
  EXPECT_EQ(epoch(loader), first);
  GraphDataLoader same(dataset, {.batch_size = 20, .shuffle = true, .seed = 3});
  EXPECT_EQ(epoch(same), first);
  GraphDataLoader other(dataset, {.batch_size = 20, .shuffle = true, .seed = 4});
  EXPECT_NE(epoch(other), first);
}

TEST(GraphDataLoader, GivesTheSameBatchesForAnyNumberOfWorkers) {
  const Dataset dataset = paths(23);
  std::vector<Ids> expected;
  for (const int num_workers : {0, 1, 2, 4}) {
    GraphDataLoader loader(
        dataset, {.batch_size = 4, .shuffle = true, .num_workers = num_workers, .seed = 9});
    std::vector<Ids> batches = epoch(loader);
    const std::vector<Ids> second = epoch(loader);
    batches.insert(batches.end(), second.begin(), second.end());
    EXPECT_EQ(batches.size(), 12U);
    expected = expected.empty() ? batches : expected;
    EXPECT_EQ(batches, expected);
    EXPECT_GE(loader.wait_seconds(), 0);
  }
}

TEST(GraphDataLoader, ReadsTheGraphsAtIndices) {
  GraphDataLoader loader(paths(6), {.batch_size = 2, .indices = at::tensor({5L, 1L, 1L})});
  EXPECT_EQ(epoch(loader), (std::vector<Ids>{{5, 1}, {1}}));
  GraphDataLoader none(paths(6), {.indices = at::zeros({0}, at::kLong)});
  EXPECT_EQ(none.size(), 0);
  EXPECT_TRUE(epoch(none).empty());
  GraphDataLoader empty(std::vector<Graph>{}, at::zeros({0}, at::kLong));
  EXPECT_TRUE(epoch(empty).empty());
}

TEST(GraphDataLoader, TakesFeaturesThatAreNamed) {
  GraphDataLoader loader(paths(3), {.batch_size = 3, .edata = std::vector<std::string>{}});
  const Graph all = loader.begin()->graph;
  EXPECT_TRUE(all.ndata().contains("x"));
  EXPECT_FALSE(all.edata().contains("w"));
  GraphDataLoader unknown(paths(3), {.ndata = std::vector<std::string>{"y"}});
  EXPECT_ERROR(unknown.begin(), "no feature \"y\"", "x");
}

TEST(GraphDataLoader, GivesLabelsOfAnyShape) {
  const Dataset dataset = paths(3);
  const at::Tensor targets = at::randn({3, 4});
  GraphDataLoader loader(dataset.graphs, targets, {.batch_size = 2});
  EXPECT_TRUE(loader.begin()->labels.equal(targets.narrow(0, 0, 2)));
}

TEST(GraphDataLoader, SeesFeaturesAsTheyWereWhenTheEpochBegan) {
  const Dataset dataset = paths(3);
  for (const int num_workers : {0, 2}) {
    GraphDataLoader loader(dataset, {.num_workers = num_workers});
    for (auto& [graph, labels] : loader) {
      EXPECT_EQ(graph.ndata()["x"]->scalar_type(), at::kFloat);
      for (const Graph& g : dataset.graphs) {
        g.ndata()["x"] = g.ndata()["x"]->to(at::kDouble);
      }
    }
    for (const Graph& g : dataset.graphs) {
      g.ndata()["x"] = g.ndata()["x"]->to(at::kFloat);
    }
  }
}

TEST(GraphDataLoader, ThrowsWhatAWorkerThrowsInThatBatchsPlace) {
  Dataset dataset = paths(6);
  dataset.graphs[5].ndata()["x"] = at::zeros({6, 3});  // does not fit that of graph 4
  for (const int num_workers : {0, 1, 3}) {
    GraphDataLoader loader(dataset, {.batch_size = 2, .num_workers = num_workers});
    std::int64_t batches = 0;
    EXPECT_ERROR(
        [&] {
          for (auto& batch : loader) {
            static_cast<void>(batch);
            ++batches;
          }
        }(),
        "batch", "'x': [3]");
    EXPECT_EQ(batches, 2);
  }
}

TEST(GraphDataLoader, IsAtItsEndAfterTheLastBatch) {
  GraphDataLoader loader(paths(2), {.num_workers = 2});
  GraphDataLoader::Iterator iterator = loader.begin();
  EXPECT_FALSE(iterator == loader.end());
  ++iterator;
  ++iterator;
  EXPECT_TRUE(iterator == loader.end());
  EXPECT_ERROR(++iterator, "loader", "at its end");
  EXPECT_ERROR(*iterator, "loader", "at its end");
}

TEST(GraphDataLoader, StopsItsWorkersWhenTheLoopIsLeft) {
  GraphDataLoader loader(paths(40), {.num_workers = 3});
  for (auto& batch : loader) {
    if (batch.labels.item<std::int64_t>() == 2) {
      break;
    }
  }
  EXPECT_EQ(epoch(loader).size(), 40U);
}

TEST(GraphDataLoader, RejectsBadArguments) {
  const Dataset dataset = paths(3);
  EXPECT_ERROR(GraphDataLoader(dataset, {.batch_size = 0}), "batch_size", "0");
  EXPECT_ERROR(GraphDataLoader(dataset, {.num_workers = -1}), "num_workers", "-1");
  EXPECT_ERROR(GraphDataLoader(dataset, {.prefetch = -1}), "prefetch", "-1");
  EXPECT_ERROR(GraphDataLoader(dataset.graphs, at::zeros({2})), "labels", "3 rows", "[2]");
  EXPECT_ERROR(GraphDataLoader(dataset.graphs, at::Tensor()), "labels", "undefined");
  EXPECT_ERROR(GraphDataLoader(dataset, {.indices = at::tensor({0L, 3L})}), "indices", "3");
  EXPECT_ERROR(GraphDataLoader(dataset, {.indices = at::zeros({2})}), "indices");
}

}  // namespace
}  // namespace grapevine::dataloading
