#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "grapevine/util/error.h"

namespace grapevine::serve {

/// How a request ended.
enum class Outcome {
  kDone,       ///< answered
  kFailed,     ///< what answers it threw
  kQueueFull,  ///< refused: as many wait as may
  kExpired,    ///< its deadline passed first
  kCancelled,  ///< its ticket was given up
  kStopped     ///< refused or dropped: the queue stops
};

struct RequestQueueOptions {
  std::size_t max_queued = 256;  ///< requests that may wait; one more is refused at once
  std::size_t max_batch = 1024;  ///< weight of the requests that are answered together
  /// How long a request may wait for others to be answered with, when a thread
  /// is free for it.
  std::chrono::microseconds max_delay{0};
  std::size_t threads = 1;  ///< batches that are answered at once
};

/// Answers requests of many threads in batches. What waits is bounded, each
/// request has a deadline, and answers must not depend on which requests are
/// answered together.
///
///     RequestQueue<Ids, Scores> queue(answer, {.max_queued = 100, .threads =
///     2}); auto ticket = queue.submit(ids, ids.size(),
///     std::chrono::steady_clock::now() + 100ms); auto [outcome, response,
///     error] = ticket.wait();
///
/// Any number of threads may call everything at once. Requests are taken in the
/// order in which they came. While all threads are busy, requests gather by
/// themselves, so `max_delay` may be 0.
template <typename Request, typename Response>
class RequestQueue {
 public:
  using Clock = std::chrono::steady_clock;
  /// Answers the requests of a batch, one response each, in their order. Called
  /// by `threads` threads at once. If it throws for several requests, it is
  /// called again with each alone, so that one which cannot be answered fails
  /// no other.
  using Answer = std::function<std::vector<Response>(const std::vector<Request>&)>;

  /// What became of a request.
  struct Result {
    Outcome outcome = Outcome::kStopped;
    std::optional<Response> response;  ///< if `kDone`
    std::exception_ptr error;          ///< if `kFailed`
  };

  class Ticket;

  /// Starts the threads. Throws `Error` unless `max_queued`, `max_batch` and
  /// `threads` are positive and `max_delay` is not negative.
  explicit RequestQueue(Answer answer, const RequestQueueOptions& options = {})
      : answer_(std::move(answer)), options_(options), core_(std::make_shared<Core>()) {
    check(options_.max_queued > 0, "max_queued: expected 1 or more, got 0");
    check(options_.max_batch > 0, "max_batch: expected 1 or more, got 0");
    check(options_.threads > 0, "threads: expected 1 or more, got 0");
    check(options_.max_delay.count() >= 0, "max_delay: expected 0 or more, got {} us",
          options_.max_delay.count());
    try {
      for (std::size_t i = 0; i < options_.threads; ++i) {
        threads_.emplace_back([this] { work(); });
      }
    } catch (...) {
      stop();
      throw;
    }
  }

  /// As `stop`.
  ~RequestQueue() { stop(); }
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

  /// Puts a request into the queue, or refuses it at once; `Ticket::wait`
  /// tells. `weight` is its part of `max_batch`; one that is heavier is
  /// answered alone.
  [[nodiscard]] Ticket submit(Request request, std::size_t weight, Clock::time_point deadline) {
    auto entry = std::make_shared<Entry>(std::move(request), weight, deadline);
    {
      const std::lock_guard lock(core_->mutex);
      if (core_->closed) {
        entry->finish({.outcome = Outcome::kStopped});
      } else if (core_->waiting.size() >= options_.max_queued) {
        entry->finish({.outcome = Outcome::kQueueFull});
      } else {
        entry->arrived = Clock::now();
        core_->waiting.push_back(entry);
        entry->place = std::prev(core_->waiting.end());
        entry->state = State::kWaiting;
        core_->weight += weight;
      }
    }
    core_->changed.notify_one();
    return Ticket(core_, std::move(entry));
  }

  /// Refuses new requests, answers those that wait, then ends the threads.
  void drain() {
    close(false);
    join();
  }

  /// Refuses new requests and those that wait, lets the threads finish what
  /// they are at, and ends them.
  void stop() {
    close(true);
    join();
  }

  /// Requests that wait, without those that are being answered.
  [[nodiscard]] std::size_t num_queued() const {
    const std::lock_guard lock(core_->mutex);
    return core_->waiting.size();
  }

 private:
  enum class State { kWaiting, kRunning, kFinished };

  struct Entry {
    Entry(Request its_request, std::size_t its_weight, Clock::time_point its_deadline)
        : request(std::move(its_request)), weight(its_weight), deadline(its_deadline) {}

    /// The first result counts.
    void finish(Result its_result) {
      if (state != State::kFinished) {
        result = std::move(its_result);
        state = State::kFinished;
        finished.notify_all();
      }
    }

    Request request;  // not touched under the lock; the thread that runs it takes it
    const std::size_t weight;
    const Clock::time_point deadline;
    Clock::time_point arrived{};
    typename std::list<std::shared_ptr<Entry>>::iterator place{};  // while it waits
    State state = State::kRunning;
    Result result;
    std::condition_variable finished;
  };

  /// What tickets, which may live longer than the queue, share with it.
  struct Core {
    /// Takes a request that waits out of the queue. Under the lock.
    void remove(const std::shared_ptr<Entry>& entry) {
      weight -= entry->weight;
      waiting.erase(entry->place);
    }

    /// Ends a request that nobody waits for any more. Under the lock.
    void give_up(const std::shared_ptr<Entry>& entry, Outcome outcome) {
      if (entry->state == State::kWaiting) {
        remove(entry);
      }
      entry->finish({.outcome = outcome});
    }

    std::mutex mutex;
    std::condition_variable changed;
    std::list<std::shared_ptr<Entry>> waiting;
    std::size_t weight = 0;  // of those
    bool closed = false;
  };

  using Entries = std::vector<std::shared_ptr<Entry>>;

  void close(bool drop) {
    {
      const std::lock_guard lock(core_->mutex);
      core_->closed = true;
      while (drop && !core_->waiting.empty()) {
        core_->give_up(std::shared_ptr(core_->waiting.front()), Outcome::kStopped);
      }
    }
    core_->changed.notify_all();
  }

  void join() {
    const std::lock_guard lock(joining_);
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
  }

  void work() {
    for (Entries batch = take(); !batch.empty(); batch = take()) {
      answer(batch);
    }
  }

  /// The next batch; none when the queue is closed and empty.
  Entries take() {
    std::unique_lock lock(core_->mutex);
    Entries batch;
    while (batch.empty()) {
      core_->changed.wait(lock, [&] { return core_->closed || !core_->waiting.empty(); });
      if (core_->waiting.empty()) {
        return batch;
      }
      gather(lock);
      fill(batch);
    }
    if (!core_->waiting.empty()) {
      core_->changed.notify_one();  // the rest is for another thread
    }
    return batch;
  }

  /// Waits until the requests fill a batch or the first has waited long enough.
  void gather(std::unique_lock<std::mutex>& lock) {
    while (!core_->closed && !core_->waiting.empty() && core_->weight < options_.max_batch) {
      const auto until = core_->waiting.front()->arrived + options_.max_delay;
      if (Clock::now() >= until) {
        return;
      }
      core_->changed.wait_until(lock, until);
    }
  }

  void fill(Entries& batch) {
    std::size_t weight = 0;
    const auto now = Clock::now();
    while (!core_->waiting.empty()) {
      const std::shared_ptr<Entry> entry = core_->waiting.front();
      if (entry->deadline <= now) {
        core_->give_up(entry, Outcome::kExpired);
        continue;
      }
      if (!batch.empty() && weight + entry->weight > options_.max_batch) {
        return;
      }
      core_->remove(entry);
      entry->state = State::kRunning;
      weight += entry->weight;
      batch.push_back(entry);
    }
  }

  void answer(const Entries& batch) {
    std::vector<Request> requests;
    for (const std::shared_ptr<Entry>& entry : batch) {
      requests.push_back(std::move(entry->request));
    }
    if (!answer_together(batch, requests) && batch.size() > 1) {
      for (std::size_t i = 0; i < batch.size(); ++i) {
        std::vector<Request> alone;
        alone.push_back(std::move(requests[i]));
        answer_together({batch[i]}, alone);
      }
    }
  }

  /// False if that failed and the requests are to be tried one by one.
  bool answer_together(const Entries& batch, const std::vector<Request>& requests) {
    std::vector<Response> responses;
    std::exception_ptr error;
    try {
      responses = answer_(requests);
      check(responses.size() == batch.size(), "RequestQueue: {} requests got {} responses",
            batch.size(), responses.size());
    } catch (...) {
      if (batch.size() > 1) {
        return false;
      }
      error = std::current_exception();
    }
    const std::lock_guard lock(core_->mutex);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (error) {  // of a batch of one
        batch[i]->finish({.outcome = Outcome::kFailed, .error = std::move(error)});
      } else {
        batch[i]->finish({.outcome = Outcome::kDone, .response = std::move(responses[i])});
      }
    }
    return true;
  }

  Answer answer_;
  RequestQueueOptions options_;
  std::shared_ptr<Core> core_;
  std::mutex joining_;
  std::vector<std::thread> threads_;
};

/// A request that was submitted. Owned by one thread; may live longer than the
/// queue.
template <typename Request, typename Response>
class RequestQueue<Request, Response>::Ticket {
 public:
  /// Gives the request up if it has not ended.
  ~Ticket() {
    if (entry_) {
      cancel();
    }
  }
  Ticket(Ticket&&) noexcept = default;
  Ticket& operator=(Ticket&& other) noexcept {
    std::swap(core_, other.core_);
    std::swap(entry_, other.entry_);
    return *this;
  }

  /// Waits until the request has ended, at the longest until its deadline. To
  /// be called once.
  [[nodiscard]] Result wait() {
    std::unique_lock lock(core_->mutex);
    entry_->finished.wait_until(lock, entry_->deadline,
                                [&] { return entry_->state == State::kFinished; });
    core_->give_up(entry_, Outcome::kExpired);
    return std::move(entry_->result);
  }

  /// Gives the request up: if it waits, it is not answered any more, and makes
  /// room for another; if it is being answered, the answer is dropped.
  void cancel() {
    const std::lock_guard lock(core_->mutex);
    core_->give_up(entry_, Outcome::kCancelled);
  }

 private:
  friend class RequestQueue;
  Ticket(std::shared_ptr<Core> core, std::shared_ptr<Entry> entry)
      : core_(std::move(core)), entry_(std::move(entry)) {}

  std::shared_ptr<Core> core_;
  std::shared_ptr<Entry> entry_;
};

}  // namespace grapevine::serve
