// Reading and writing of a feature table as large as an eighth of ogbn-arxiv's (21,168 x 128).
#include <ATen/ops/rand.h>
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "grapevine/datasets/arxiv_like.h"
#include "grapevine/io/csv.h"
#include "grapevine/io/file.h"
#include "grapevine/io/npy.h"

namespace grapevine {
namespace {

constexpr std::int64_t kRows = 21168;
constexpr std::int64_t kColumns = 128;

/// A table in a file that goes with the object.
class TableFile {
 public:
  explicit TableFile(const std::string& ending)
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("grapevine-bench-{}{}", ::getpid(), ending)) {
    const at::Tensor table = at::rand({kRows, kColumns});
    ending == ".npy" ? io::write_npy(path_, table) : io::write_csv(path_, table);
  }
  ~TableFile() {
    std::error_code error;
    std::filesystem::remove(path_, error);
  }
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void count(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * kRows * kColumns);
}

void bench_read_csv(benchmark::State& state, const std::string& ending) {
  const TableFile file(ending);
  for (auto _ : state) {
    benchmark::DoNotOptimize(io::read_csv(file.path()));
  }
  count(state);
}
BENCHMARK_CAPTURE(bench_read_csv, plain, ".csv")->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_read_csv, gzip, ".csv.gz")->UseRealTime()->Unit(benchmark::kMillisecond);

void bench_read_npy(benchmark::State& state, bool memory_map) {
  const TableFile file(".npy");
  for (auto _ : state) {
    benchmark::DoNotOptimize(io::read_npy(file.path(), {.memory_map = memory_map}).sum());
  }
  count(state);
}
BENCHMARK_CAPTURE(bench_read_npy, in_memory, false)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(bench_read_npy, mapped, true)->UseRealTime()->Unit(benchmark::kMillisecond);

void bench_arxiv_like(benchmark::State& state) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(datasets::arxiv_like());
  }
}
BENCHMARK(bench_arxiv_like)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace grapevine
