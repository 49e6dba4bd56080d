// What the machine can do at most: products of matrices, streams through memory, rows at random
// places.
#include <ATen/ops/arange.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/compare/stage.h"
#include "grapevine/util/random.h"

namespace grapevine::compare {
namespace {

constexpr double kMinMilliseconds = 50;  // of one measurement

/// Runs `body(thread, threads)` on `threads` threads at once.
template <typename Body>
void on_threads(int threads, const Body& body) {
  std::vector<std::jthread> others;
  for (int thread = 1; thread < threads; ++thread) {
    others.emplace_back([&body, thread] { body(thread); });
  }
  body(0);
}

/// How often a second `call` runs, over as many calls as take long enough.
template <typename Call>
double rate_of(const Call& call) {
  int calls = 0;
  double elapsed = 0;
  while (elapsed < kMinMilliseconds) {
    elapsed += milliseconds_of(call);
    ++calls;
  }
  return calls / (elapsed / 1000);
}

Step gemm(const Json& request) {
  const std::int64_t m = request.at("m");
  const std::int64_t k = request.at("k");
  const std::int64_t n = request.at("n");
  const auto dtype = request.at("precision") == "bfloat16" ? at::kBFloat16 : at::kFloat;
  const at::Tensor a = at::randn({m, k}).to(dtype);
  const at::Tensor b = at::randn({k, n}).to(dtype);
  at::Tensor c = at::mm(a, b);
  return [=]() mutable {
    const double calls = rate_of([&] { at::mm_out(c, a, b); });
    return Json{{"rate", calls * 2 * static_cast<double>(m * k * n)}};
  };
}

/// a = b + s c, as the STREAM benchmark counts it: 24 bytes an element.
Step triad(const Json& request) {
  constexpr std::int64_t kElements = std::int64_t{1} << 22;  // of each thread and array: 32 MiB
  const int threads = request.at("threads");
  std::vector<at::Tensor> arrays;  // three of each thread
  for (int array = 0; array < 3 * threads; ++array) {
    arrays.push_back(at::ones({kElements}, at::kDouble));
  }
  return [arrays, threads] {
    const double calls = rate_of([&] {
      on_threads(threads, [&](int thread) {
        const at::Tensor* of_thread = &arrays[3 * static_cast<std::size_t>(thread)];
        double* __restrict a = of_thread[0].mutable_data_ptr<double>();
        const double* __restrict b = of_thread[1].const_data_ptr<double>();
        const double* __restrict c = of_thread[2].const_data_ptr<double>();
        for (std::int64_t i = 0; i < kElements; ++i) {
          a[i] = b[i] + 0.5 * c[i];
        }
      });
    });
    return Json{{"rate", calls * threads * 24.0 * kElements}};
  };
}

/// 16 bytes, of which rows are made.
using Word = std::uint64_t __attribute__((vector_size(16), may_alias));

/// Adds up the rows `ids` of a table, with the next ones on their way.
Word sum_of_rows(const Word* table, std::int64_t words, const std::vector<std::int32_t>& ids) {
  constexpr std::size_t kAhead = 16;
  Word sums[4] = {};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const Word* next = table + ids[std::min(i + kAhead, ids.size() - 1)] * words;
    for (std::int64_t word = 0; word < words; word += 4) {
      __builtin_prefetch(next + word);
    }
    const Word* row = table + ids[i] * words;
    std::int64_t word = 0;
    for (; word + 4 <= words; word += 4) {
      for (int lane = 0; lane < 4; ++lane) {
        sums[lane] += row[word + lane];
      }
    }
    for (; word < words; ++word) {
      sums[0] += row[word];
    }
  }
  return sums[0] + sums[1] + sums[2] + sums[3];
}

/// Bytes a second of rows at random places of a table.
Step gather(const Json& request) {
  const int threads = request.at("threads");
  const std::int64_t table_rows = request.at("table_rows");
  const std::int64_t row_bytes = request.at("row_bytes");
  const auto rows_of_thread = (std::size_t{1} << 26) / static_cast<std::size_t>(row_bytes);
  const auto words = row_bytes / static_cast<std::int64_t>(sizeof(Word));
  // From the pool that programs use, whose pages are as large as the system has them.
  const at::Tensor table = at::arange(table_rows * row_bytes / 8, at::kLong);
  auto ids = std::make_shared<std::vector<std::vector<std::int32_t>>>();
  for (int thread = 0; thread < threads; ++thread) {
    RandomStream stream = RandomKey(0).stream(static_cast<std::uint64_t>(thread));
    std::vector<std::int32_t>& of_thread = ids->emplace_back(rows_of_thread);
    for (std::int32_t& id : of_thread) {
      id = static_cast<std::int32_t>(stream.below(static_cast<std::uint64_t>(table_rows)));
    }
  }
  return [=] {
    std::vector<std::uint64_t> results(static_cast<std::size_t>(threads));
    const double calls = rate_of([&] {
      on_threads(threads, [&](int thread) {
        const auto index = static_cast<std::size_t>(thread);
        const auto* rows = static_cast<const Word*>(table.const_data_ptr());
        const Word sum = sum_of_rows(rows, words, (*ids)[index]);
        results[index] += sum[0] + sum[1];
      });
    });
    // The sum is answered, too, so that no compiler can leave it out.
    return Json{{"rate", calls * threads * static_cast<double>(row_bytes) *
                             static_cast<double>(rows_of_thread)},
                {"sum", results.front()}};
  };
}

}  // namespace

Step limit_stage(const Json& request) {
  const std::string what = request.at("what");
  Step step = what == "gemm" ? gemm(request) : what == "triad" ? triad(request) : gather(request);
  step();
  return step;
}

}  // namespace grapevine::compare
