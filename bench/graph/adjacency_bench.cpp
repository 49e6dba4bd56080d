#include "grapevine/graph/adjacency.h"

#include <ATen/ops/empty.h>
#include <benchmark/benchmark.h>

#include "grapevine/util/random.h"

namespace grapevine {
namespace {

constexpr std::int64_t kNumNodes = 169'343;
constexpr std::int64_t kNumEdges = 2 * 1'166'243;

at::Tensor random_ids(std::uint64_t id) {
  at::Tensor ids = at::empty({kNumEdges}, at::kLong);
  RandomStream stream = RandomKey(0).stream(id);
  auto* values = ids.data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < kNumEdges; ++i) {
    values[i] = static_cast<std::int64_t>(stream.below(kNumNodes));
  }
  return ids;
}

/// In-edges of a graph of ogbn-arxiv's size with reverse edges, from endpoints in random order.
void make_csc(benchmark::State& state) {
  const at::Tensor src = random_ids(0);
  const at::Tensor dst = random_ids(1);
  for (auto _ : state) {
    const AdjacencyPtr relation = Adjacency::from_coo(kNumNodes, kNumNodes, src, dst);
    benchmark::DoNotOptimize(relation->csc().indices.data_ptr());
  }
  state.counters["edges/s"] = benchmark::Counter(static_cast<double>(kNumEdges),
                                                 benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(make_csc)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace grapevine
