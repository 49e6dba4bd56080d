// A graph of ogbn-arxiv's size with reverse edges, all formats and 128 float features: writing it,
// and loading it into memory or mapped.
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "grapevine/io/graph_file.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

constexpr std::int64_t kNumNodes = 169'343;
constexpr std::int64_t kNumEdges = 2 * 1'166'243;

/// A graph file that goes with the object.
class SavedGraph {
 public:
  SavedGraph()
      : path(std::filesystem::temp_directory_path() /
             fmt::format("grapevine-bench-{}.gv", ::getpid())),
        graph(grapevine::graph(at::randint(kNumNodes, {kNumEdges}, at::kLong),
                               at::randint(kNumNodes, {kNumEdges}, at::kLong),
                               {.num_nodes = kNumNodes})) {
    graph.ndata()["feat"] = at::rand({kNumNodes, 128});
    graph.create_formats_();
    io::save_graphs(path, {graph});
  }
  ~SavedGraph() {
    std::error_code error;
    std::filesystem::remove(path, error);
  }
  SavedGraph(const SavedGraph&) = delete;
  SavedGraph& operator=(const SavedGraph&) = delete;

  std::filesystem::path path;
  Graph graph;
};

void count_bytes(benchmark::State& state, const SavedGraph& saved) {
  state.SetBytesProcessed(state.iterations() *
                          static_cast<std::int64_t>(std::filesystem::file_size(saved.path)));
}

void bench_save_graphs(benchmark::State& state) {
  const SavedGraph saved;
  for (auto _ : state) {
    io::save_graphs(saved.path, {saved.graph});
  }
  count_bytes(state, saved);
}
BENCHMARK(bench_save_graphs)->UseRealTime()->Unit(benchmark::kMillisecond);

void bench_load_graphs(benchmark::State& state, bool memory_map) {
  const SavedGraph saved;
  for (auto _ : state) {
    benchmark::DoNotOptimize(io::load_graphs(saved.path, {}, {.memory_map = memory_map}));
  }
  count_bytes(state, saved);
}
BENCHMARK_CAPTURE(bench_load_graphs, in_memory, false)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_load_graphs, mapped, true)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace grapevine
