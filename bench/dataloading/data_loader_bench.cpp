#include "grapevine/dataloading/data_loader.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <benchmark/benchmark.h>

#include "bench/sampling/random_graph.h"
#include "grapevine/sampling/neighbor_sampler.h"

namespace grapevine {
namespace {

/// An epoch of 89 batches of 1024, as on ogbn-arxiv, with its features of 128 floats; counts
/// batches a second.
void bench_epoch(benchmark::State& state, const std::vector<std::int64_t>& fanouts) {
  const Graph g = bench::arxiv_sized_graph().clone();
  g.ndata()["feat"] = at::ones({g.num_nodes(), 128});
  g.ndata()["label"] = at::ones({g.num_nodes()}, at::kLong);
  dataloading::DataLoader loader(g, at::arange(90941, at::kLong),
                                 sampling::NeighborSampler(fanouts),
                                 {.batch_size = 1024,
                                  .shuffle = true,
                                  .num_workers = static_cast<int>(state.range(0)),
                                  .prefetch_node_feats = {"feat"},
                                  .prefetch_labels = {"label"}});
  std::int64_t batches = 0;
  for ([[maybe_unused]] const auto iteration : state) {
    for ([[maybe_unused]] const sampling::MiniBatch& batch : loader) {
      ++batches;
    }
  }
  state.counters["batches"] =
      benchmark::Counter(static_cast<double>(batches), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(bench_epoch, fanout_4_4, std::vector<std::int64_t>{4, 4})
    ->ArgName("workers")
    ->Arg(0)
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(bench_epoch, fanout_15_10_5, std::vector<std::int64_t>{15, 10, 5})
    ->ArgName("workers")
    ->Arg(0)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

}  // namespace
}  // namespace grapevine
