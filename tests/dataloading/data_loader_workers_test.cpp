// What concerns worker threads: the same results, exceptions, leaving early, and how far they run
// ahead.
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "grapevine/dataloading/data_loader.h"
#include "grapevine/graph/transform/to_block.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "tests/dataloading/collect.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::dataloading {
namespace {

using sampling::MiniBatch;
using sampling::NeighborSampler;
using testing_support::collect;
using testing_support::expect_same_batch;
using testing_support::list;
using testing_support::random_graph;
using testing_support::thread_counts;

/// A user's sampler: the seeds' in-edges from itself, counting the batches that were begun. Fails
/// for one seed.
class OneHop : public sampling::Sampler {
 public:
  explicit OneHop(std::int64_t bad_seed = -1, std::atomic<int>* begun = nullptr)
      : bad_seed_(bad_seed), begun_(begun) {}

  [[nodiscard]] MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                 const RandomKey& key) const override {
    if (begun_ != nullptr) {
      ++*begun_;
    }
    if (list(seeds)[0] == bad_seed_) {
      throw std::runtime_error("seed " + std::to_string(bad_seed_));
    }
    Graph block = to_block(sampling::sample_neighbors(graph, seeds, 2, {}, key), seeds);
    return {block.srcdata()[NID], seeds, {block}};
  }

 private:
  std::int64_t bad_seed_;
  std::atomic<int>* begun_;
};

TEST(DataLoaderWorkers, GivesTheSameBatchesForAnyNumberOfWorkersAndThreads) {
  const Graph g = random_graph(2000, 20000);
  const at::Tensor seeds = at::arange(1500, at::kLong);
  const int threads = at::get_num_threads();
  std::vector<MiniBatch> expected;
  for (const int num_threads : thread_counts()) {
    at::set_num_threads(num_threads);
    for (const int num_workers : {0, 1, 2, 4}) {
      DataLoader loader(
          g, seeds, NeighborSampler({5, 3}, {.prob = "weight"}),
          {.batch_size = 700, .shuffle = true, .num_workers = num_workers, .seed = 9});
      std::vector<MiniBatch> batches = collect(loader);
      for (MiniBatch& batch : collect(loader)) {
        batches.push_back(std::move(batch));
      }
      ASSERT_EQ(batches.size(), 6U);
      if (expected.empty()) {
        expected = batches;
      }
      for (std::size_t i = 0; i < batches.size(); ++i) {
        expect_same_batch(batches[i], expected[i]);
      }
    }
  }
  at::set_num_threads(threads);
}

TEST(DataLoaderWorkers, GathersInTheGradModeOfTheLoop) {
  const Graph g = random_graph(100, 1000);
  g.ndata()["x"] = at::ones({100, 2}).requires_grad_();
  DataLoader loader(g, at::arange(50, at::kLong), NeighborSampler({4}),
                    {.batch_size = 20, .num_workers = 2, .prefetch_node_feats = {"x"}});
  for (const MiniBatch& batch : loader) {
    EXPECT_TRUE(batch.blocks[0].srcdata()["x"]->requires_grad());
  }
  const c10::NoGradGuard no_grad;
  for (const MiniBatch& batch : loader) {
    EXPECT_FALSE(batch.blocks[0].srcdata()["x"]->requires_grad());
  }
}

TEST(DataLoaderWorkers, RunsAUsersSampler) {
  const Graph g = random_graph(100, 1000);
  std::vector<MiniBatch> expected;
  for (const int num_workers : {0, 3}) {
    DataLoader loader(g, at::arange(50, at::kLong), OneHop(),
                      {.batch_size = 8, .num_workers = num_workers});
    std::vector<MiniBatch> batches = collect(loader);
    ASSERT_EQ(batches.size(), 7U);
    if (expected.empty()) {
      expected = batches;
    }
    for (std::size_t i = 0; i < batches.size(); ++i) {
      expect_same_batch(batches[i], expected[i]);
    }
  }
}

TEST(DataLoaderWorkers, ThrowsWhatAWorkerThrowsInThatBatchsPlace) {
  const Graph g = random_graph(100, 1000);
  for (const int num_workers : {0, 1, 2, 4}) {
    for (const std::int64_t bad_batch : {0, 3, 9}) {
      DataLoader loader(g, at::arange(50, at::kLong), OneHop(5 * bad_batch),
                        {.batch_size = 5, .num_workers = num_workers});
      for (int epoch = 0; epoch < 2; ++epoch) {
        std::int64_t batches = 0;
        try {
          for ([[maybe_unused]] const MiniBatch& batch : loader) {
            ++batches;
          }
          ADD_FAILURE() << "nothing was thrown";
        } catch (const std::runtime_error& error) {
          EXPECT_EQ(error.what(), "seed " + std::to_string(5 * bad_batch));
        }
        EXPECT_EQ(batches, bad_batch);
      }
    }
  }
}

TEST(DataLoaderWorkers, EndsTheEpochAfterAnException) {
  const Graph g = random_graph(100, 1000);
  DataLoader loader(g, at::arange(50, at::kLong), OneHop(10), {.batch_size = 5, .num_workers = 2});
  DataLoader::Iterator iterator = loader.begin();
  ++iterator;
  EXPECT_THROW(++iterator, std::runtime_error);
  EXPECT_TRUE(iterator == loader.end());
  EXPECT_ERROR(++iterator, "loader", "at its end");
  EXPECT_ERROR(*iterator, "loader", "at its end");
}

TEST(DataLoaderWorkers, CanBeLeftEarly) {
  const Graph g = random_graph(100, 1000);
  for (const int num_workers : {0, 1, 4}) {
    DataLoader loader(g, at::arange(100, at::kLong), NeighborSampler({4, 4}),
                      {.batch_size = 3, .num_workers = num_workers});
    for (int stop = 0; stop < 4; ++stop) {
      int batches = 0;
      for ([[maybe_unused]] const MiniBatch& batch : loader) {
        if (batches++ == stop) {
          break;
        }
      }
    }
    const auto leave_by_exception = [&] {
      for ([[maybe_unused]] const MiniBatch& batch : loader) {
        throw std::logic_error("the loop's own");
      }
    };
    EXPECT_THROW(leave_by_exception(), std::logic_error);
    EXPECT_EQ(collect(loader).size(), 34U);
  }
}

TEST(DataLoaderWorkers, MayGoBeforeItsIterator) {
  DataLoader::Iterator iterator;
  {
    DataLoader loader(random_graph(100, 1000), at::arange(40, at::kLong), NeighborSampler({4}),
                      {.batch_size = 8, .num_workers = 2});
    iterator = loader.begin();
  }
  std::int64_t seeds = 0;
  for (; iterator != DataLoader::Iterator(); ++iterator) {
    seeds += iterator->output_nodes.num_ids();
  }
  EXPECT_EQ(seeds, 40);
}

TEST(DataLoaderWorkers, RunsTwoEpochsAtOnce) {
  const Graph g = random_graph(100, 1000);
  DataLoader loader(g, at::arange(40, at::kLong), NeighborSampler({4}),
                    {.batch_size = 8, .num_workers = 2});
  DataLoader::Iterator outer = loader.begin();
  EXPECT_EQ(collect(loader).size(), 5U);
  EXPECT_EQ(list(outer->output_nodes), list(at::arange(8, at::kLong)));
}

TEST(DataLoaderWorkers, IsNotFarAheadOfItsReader) {
  const Graph g = random_graph(100, 1000);
  std::atomic<int> begun{0};
  DataLoader loader(g, at::arange(100, at::kLong), OneHop(-1, &begun),
                    {.batch_size = 2, .num_workers = 4, .prefetch = 6});
  int read = 0;
  for ([[maybe_unused]] const MiniBatch& batch : loader) {
    ++read;
    EXPECT_LE(begun, read + 6);
  }
  EXPECT_EQ(begun, 50);
}

TEST(DataLoaderWorkers, IsNoFartherAheadWithMoreWorkersThanCores) {
  const int cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  const Graph g = random_graph(100, 1000);
  std::atomic<int> begun{0};
  DataLoader loader(g, at::arange(100, at::kLong), OneHop(-1, &begun),
                    {.batch_size = 1, .num_workers = 4 * cores, .prefetch = 1});
  int read = 0;
  for ([[maybe_unused]] const MiniBatch& batch : loader) {
    ++read;
    EXPECT_LE(begun, read + cores);
  }
  EXPECT_EQ(begun, 100);
}

TEST(DataLoaderWorkers, WorksWithoutPrefetching) {
  const Graph g = random_graph(100, 1000);
  DataLoader loader(g, at::arange(100, at::kLong), OneHop(),
                    {.batch_size = 7, .num_workers = 3, .prefetch = 0});
  EXPECT_EQ(collect(loader).size(), 15U);
}

TEST(DataLoaderWorkers, LetsTheLoopSetFeatures) {
  const Graph g = random_graph(100, 1000);
  const at::Tensor before = g.ndata()["x"];
  DataLoader loader(g, at::arange(100, at::kLong), NeighborSampler({4}),
                    {.batch_size = 10, .num_workers = 2, .prefetch_node_feats = {"x"}});
  for (const MiniBatch& batch : loader) {
    EXPECT_TRUE(
        at::equal(batch.blocks[0].srcdata()["x"], before.index_select(0, batch.input_nodes)));
    g.ndata()["x"] = at::zeros({100, 2});
    g.ndata()["new"] = at::zeros({100});
  }
  for (const MiniBatch& batch : loader) {
    EXPECT_EQ(batch.blocks[0].srcdata()["x"]->abs().sum().item<float>(), 0);
    EXPECT_TRUE(batch.blocks[0].srcdata().contains("new"));
  }
}

TEST(DataLoaderWorkers, GivesBatchesToTheLoop) {
  const Graph g = random_graph(100, 1000);
  DataLoader loader(g, at::arange(100, at::kLong), NeighborSampler({4}),
                    {.batch_size = 10, .num_workers = 2});
  std::vector<MiniBatch> kept;
  for (MiniBatch& batch : loader) {
    batch.blocks[0].srcdata()["h"] = at::zeros({batch.blocks[0].num_src_nodes()});
    kept.push_back(std::move(batch));
  }
  EXPECT_EQ(kept.size(), 10U);
  EXPECT_FALSE(g.ndata().contains("h"));
}

TEST(DataLoaderWorkers, MayHaveMoreWorkersThanBatches) {
  const Graph g = random_graph(100, 1000);
  DataLoader loader(g, at::arange(10, at::kLong), NeighborSampler({4}),
                    {.batch_size = 8, .num_workers = 100000});
  EXPECT_EQ(collect(loader).size(), 2U);
}

TEST(DataLoaderWorkers, CallsTheLoopWhileItWaits) {
  class Slow : public sampling::Sampler {
   public:
    [[nodiscard]] MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                   const RandomKey& key) const override {
      std::this_thread::sleep_for(std::chrono::milliseconds(250));
      return NeighborSampler({2}).sample(graph, seeds, key);
    }
  };
  int calls = 0;
  DataLoader loader(random_graph(50, 100), at::arange(2, at::kLong), Slow(),
                    {.num_workers = 1, .while_waiting = [&] { ++calls; }});
  EXPECT_EQ(collect(loader).size(), 2U);
  EXPECT_GE(calls, 2);
  DataLoader stopped(random_graph(50, 100), at::arange(2, at::kLong), Slow(),
                     {.num_workers = 1, .while_waiting = [] { throw std::runtime_error("stop"); }});
  EXPECT_THROW(static_cast<void>(stopped.begin()), std::runtime_error);
}

}  // namespace
}  // namespace grapevine::dataloading
