#pragma once

#include <httplib.h>

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace serving {

/// httplib's threads, one for each open connection. They are started when they
/// are needed; when as many as may be are busy, a connection is handled on the
/// thread that accepts them, where the server refuses it.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  ConnectionThreads(std::size_t max_threads, std::function<void()> idle)
      : max_threads_(max_threads), idle_(std::move(idle)) {}

  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(nullptr));  // void or bool

  Enqueued enqueue(std::function<void()> task) override;
  void shutdown() override;
  void on_idle() override { idle_(); }

 private:
  void work();
  [[nodiscard]] bool give_to_thread(std::function<void()>& task);

  const std::size_t max_threads_;
  const std::function<void()> idle_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<std::function<void()>> tasks_;
  std::vector<std::thread> threads_;
  std::size_t num_free_ = 0;
  bool closed_ = false;
};

}  // namespace serving
