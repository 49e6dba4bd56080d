// Runs the benchmarks as the command line runs training: with the buffer pool. --system_allocator
// leaves it out.
#include <benchmark/benchmark.h>

#include <string_view>

#include "grapevine/util/buffer_pool.h"

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (argc == 2 && std::string_view(argv[1]) == "--system_allocator") {
    --argc;
  } else {
    grapevine::use_buffer_pool();
  }
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
