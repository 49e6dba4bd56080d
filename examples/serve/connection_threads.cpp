#include "connection_threads.h"

#include <system_error>

namespace serving {

ConnectionThreads::Enqueued ConnectionThreads::enqueue(std::function<void()> task) {
  if (!give_to_thread(task)) {
    task();
  }
  return static_cast<Enqueued>(true);
}

bool ConnectionThreads::give_to_thread(std::function<void()>& task) {
  const std::lock_guard lock(mutex_);
  if (num_free_ == tasks_.size()) {  // those that are free have a task each
    if (threads_.size() == max_threads_) {
      return false;
    }
    try {
      threads_.emplace_back([this] { work(); });
      ++num_free_;
    } catch (const std::system_error&) {
      return false;
    }
  }
  tasks_.push_back(std::move(task));
  changed_.notify_one();
  return true;
}

void ConnectionThreads::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return closed_ || !tasks_.empty(); });
    if (tasks_.empty()) {
      return;
    }
    const std::function<void()> task = std::move(tasks_.front());
    tasks_.pop_front();
    --num_free_;
    lock.unlock();
    task();
    lock.lock();
    ++num_free_;
  }
}

void ConnectionThreads::shutdown() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

}  // namespace serving
