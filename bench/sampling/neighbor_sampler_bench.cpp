#include "grapevine/sampling/neighbor_sampler.h"

#include <ATen/ops/empty.h>
#include <benchmark/benchmark.h>

#include <vector>

#include "bench/sampling/random_graph.h"
#include "grapevine/graph/transform/to_block.h"

namespace grapevine {
namespace {

using sampling::MiniBatch;
using sampling::NeighborSampler;
using sampling::NeighborSamplerOptions;

at::Tensor random_seeds(std::int64_t count, std::uint64_t number) {
  RandomStream stream = RandomKey(1).stream(number);
  const auto num_nodes = static_cast<std::uint64_t>(bench::arxiv_sized_graph().num_nodes());
  at::Tensor seeds = at::empty({count}, at::kLong);
  for (std::int64_t i = 0; i < count; ++i) {
    seeds.mutable_data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(stream.below(num_nodes));
  }
  return seeds;
}

/// Batches of 1024 seeds; counts sampled edges a second.
void sample_batches(benchmark::State& state, const NeighborSampler& sampler) {
  const Graph& g = bench::arxiv_sized_graph();
  sampler.prepare(g);
  std::uint64_t number = 0;
  std::int64_t edges = 0;
  for ([[maybe_unused]] const auto iteration : state) {
    const MiniBatch batch = sampler.sample(g, random_seeds(1024, number), RandomKey(number));
    ++number;
    for (const Graph& block : batch.blocks) {
      edges += block.num_edges();
    }
  }
  state.counters["edges"] =
      benchmark::Counter(static_cast<double>(edges), benchmark::Counter::kIsRate);
}

void bench_neighbor_sampler(benchmark::State& state, const std::vector<std::int64_t>& fanouts,
                            const NeighborSamplerOptions& options) {
  sample_batches(state, NeighborSampler(fanouts, options));
}

/// The seeds, fanouts and calls of DGL's own benchmark of `sample_neighbors`.
void bench_sample_neighbors(benchmark::State& state) {
  const Graph& g = bench::arxiv_sized_graph();
  const at::Tensor seeds = random_seeds(state.range(0), 0);
  std::uint64_t number = 0;
  for ([[maybe_unused]] const auto iteration : state) {
    benchmark::DoNotOptimize(
        sampling::sample_neighbors(g, seeds, state.range(1), {}, RandomKey(number++)));
  }
}

void bench_to_block(benchmark::State& state) {
  const Graph& g = bench::arxiv_sized_graph();
  const Graph frontier =
      sampling::sample_neighbors(g, random_seeds(state.range(0), 0), 10, {}, RandomKey(0));
  for ([[maybe_unused]] const auto iteration : state) {
    benchmark::DoNotOptimize(to_block(frontier));
  }
}

BENCHMARK_CAPTURE(bench_neighbor_sampler, fanout_4_4, std::vector<std::int64_t>{4, 4},
                  NeighborSamplerOptions{})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(bench_neighbor_sampler, fanout_15_10_5, std::vector<std::int64_t>{15, 10, 5},
                  NeighborSamplerOptions{})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(bench_neighbor_sampler, fanout_10_10_by_prob, std::vector<std::int64_t>{10, 10},
                  NeighborSamplerOptions{.prob = "weight"})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(bench_neighbor_sampler, fanout_10_10_with_replacement,
                  std::vector<std::int64_t>{10, 10}, NeighborSamplerOptions{.replace = true})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK(bench_sample_neighbors)
    ->ArgsProduct({{200, 5000, 20000}, {5, 20, 40}})
    ->ArgNames({"seeds", "fanout"})
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK(bench_to_block)
    ->Arg(5000)
    ->ArgName("seeds")
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
}  // namespace grapevine
