#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "grapevine/util/error.h"

namespace grapevine::dataloading::detail {

/// Builds items 0 to `count - 1` on threads of its own and hands them out in order. At most
/// `capacity` items, done or under way, are ahead of the reader. An exception of `build(i)` comes
/// out of the `next` that would return item i, after which there are no more. The destructor waits
/// for the items under way.
template <typename Item>
class OrderedPrefetcher {
 public:
  using Build = std::function<Item(std::int64_t)>;

  /// Each thread runs `worker(body)`, which must call `body` once: for what a thread sets up.
  struct Options {
    std::int64_t count = 0;
    int num_workers = 1;
    std::int64_t capacity = 1;
    std::function<void(const std::function<void()>&)> worker;
    /// Called by `next` every tenth of a second that it waits; what it throws, `next` throws.
    std::function<void()> while_waiting = {};
  };

  OrderedPrefetcher(Options options, Build build)
      : options_(std::move(options)),
        build_(std::move(build)),
        slots_(static_cast<std::size_t>(options_.capacity)),
        end_(options_.count) {
    const std::int64_t num_workers = std::min<std::int64_t>(options_.num_workers, options_.count);
    try {
      for (std::int64_t i = 0; i < num_workers; ++i) {
        threads_.emplace_back([this] { options_.worker([this] { work(); }); });
      }
    } catch (const std::system_error& error) {
      stop();
      fail("num_workers: could not start {} threads: {}", num_workers, error.what());
    }
  }

  ~OrderedPrefetcher() { stop(); }
  OrderedPrefetcher(const OrderedPrefetcher&) = delete;
  OrderedPrefetcher& operator=(const OrderedPrefetcher&) = delete;

  /// The next item; waits for it. Must be called at most `count` times, and not after it has
  /// thrown.
  Item next() {
    std::unique_lock lock(mutex_);
    Slot& slot = slot_of(read_);
    wait_for(slot, lock);
    Slot done = std::exchange(slot, Slot{});
    ++read_;
    lock.unlock();
    slot_free_.notify_one();
    if (done.exception) {
      std::rethrow_exception(done.exception);
    }
    return std::move(*done.item);
  }

 private:
  struct Slot {
    bool is_done = false;
    std::optional<Item> item;
    std::exception_ptr exception;
  };

  Slot& slot_of(std::int64_t index) {
    return slots_[static_cast<std::size_t>(index % options_.capacity)];
  }

  void wait_for(const Slot& slot, std::unique_lock<std::mutex>& lock) {
    const auto is_done = [&] { return slot.is_done; };
    if (!options_.while_waiting) {
      item_done_.wait(lock, is_done);
      return;
    }
    while (!item_done_.wait_for(lock, std::chrono::milliseconds(100), is_done)) {
      lock.unlock();
      options_.while_waiting();
      lock.lock();
    }
  }

  void work() {
    while (const std::optional<std::int64_t> index = claim()) {
      Slot done{.is_done = true};
      try {
        done.item.emplace(build_(*index));
      } catch (...) {
        done.exception = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      if (done.exception) {
        end_ = std::min(end_, *index + 1);
        slot_free_.notify_all();
      }
      slot_of(*index) = std::move(done);
      item_done_.notify_one();
    }
  }

  /// The next item to build, once there is room for it; nothing at the end.
  std::optional<std::int64_t> claim() {
    std::unique_lock lock(mutex_);
    slot_free_.wait(lock, [&] {
      return is_stopped_ || claimed_ >= end_ || claimed_ < read_ + options_.capacity;
    });
    if (is_stopped_ || claimed_ >= end_) {
      return std::nullopt;
    }
    return claimed_++;
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      is_stopped_ = true;
    }
    slot_free_.notify_all();
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
  }

  Options options_;
  Build build_;
  std::mutex mutex_;
  std::condition_variable item_done_;
  std::condition_variable slot_free_;
  std::vector<Slot> slots_;  // item i stands in slot i modulo the capacity
  std::int64_t end_;         // items from here on are not built
  std::int64_t claimed_ = 0;
  std::int64_t read_ = 0;
  bool is_stopped_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace grapevine::dataloading::detail
