#pragma once

#include <ATen/ThreadLocalState.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "grapevine/dataloading/detail/ordered_prefetcher.h"
#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"

namespace grapevine::dataloading::detail {

/// How many batches may be unread: `prefetch`, or as many as so many workers can build at once.
/// Workers beyond the cores would take memory and gain nothing.
inline int batches_ahead(int num_workers, int prefetch) {
  const auto cores = static_cast<int>(std::max(std::thread::hardware_concurrency(), 1U));
  return std::max(prefetch, std::min(num_workers, cores));
}

/// The batches of one epoch, built by threads ahead of the reader or, without threads, when they
/// are read.
template <typename Batch>
class OrderedBatches {
 public:
  using Build = std::function<Batch(std::int64_t)>;

  struct Options {
    std::int64_t count;
    int num_workers;
    int prefetch;                         ///< batches that may be unread
    std::function<void()> while_waiting;  ///< may be empty
  };

  OrderedBatches(Options options, Build build)
      : options_(std::move(options)), build_(std::move(build)) {
    if (options_.num_workers == 0 || options_.count == 0) {
      return;
    }
    const int ahead = batches_ahead(options_.num_workers, options_.prefetch);
    // Grad mode and the like are the loop's, as they would be without workers.
    const at::ThreadLocalState state;
    prefetcher_.emplace(
        typename OrderedPrefetcher<Batch>::Options{
            .count = options_.count,
            .num_workers = std::min(options_.num_workers, ahead),
            .capacity = std::min<std::int64_t>(ahead, options_.count),
            .worker =
                [state](const std::function<void()>& body) {
                  const at::ThreadLocalStateGuard guard(state);
                  const SerialRegion serial;
                  body();
                },
            .while_waiting = options_.while_waiting},
        build_);
  }

  /// The next batch; nothing at the end, and after an exception.
  std::optional<Batch> next() {
    if (next_ >= options_.count) {
      prefetcher_.reset();
      return std::nullopt;
    }
    const std::int64_t index = std::exchange(next_, options_.count);
    Batch batch = prefetcher_ ? prefetcher_->next() : build_(index);
    next_ = index + 1;
    return batch;
  }

 private:
  Options options_;
  Build build_;
  std::int64_t next_ = 0;
  // Last, so that the workers end before what they use.
  std::optional<OrderedPrefetcher<Batch>> prefetcher_;
};

/// How many batches there are of `count` items.
inline std::int64_t count_batches(std::int64_t count, std::int64_t batch_size, bool drop_last) {
  return count / batch_size + (!drop_last && count % batch_size != 0 ? 1 : 0);
}

/// Throws `Error` for options, of any loader, that are out of range.
template <typename LoaderOptions>
void check_batching(const LoaderOptions& options) {
  check(options.batch_size >= 1, "batch_size: expected 1 or more, got {}", options.batch_size);
  check(options.num_workers >= 0, "num_workers: expected 0 or more, got {}", options.num_workers);
  check(options.prefetch >= 0, "prefetch: expected 0 or more, got {}", options.prefetch);
}

/// Adds the time that it lives to a sum.
class Stopwatch {
 public:
  explicit Stopwatch(std::atomic<double>& seconds) : seconds_(seconds) {}
  ~Stopwatch() {
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start_;
    seconds_.store(seconds_.load() + passed.count());
  }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  std::atomic<double>& seconds_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace grapevine::dataloading::detail
