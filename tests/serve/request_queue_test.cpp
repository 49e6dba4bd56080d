#include "grapevine/serve/request_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/support/expect_error.h"

namespace grapevine::serve {
namespace {

using namespace std::chrono_literals;
using Queue = RequestQueue<int, int>;

std::vector<int> doubled(const std::vector<int>& requests) {
  std::vector<int> responses;
  for (const int request : requests) {
    responses.push_back(2 * request);
  }
  return responses;
}

Queue::Clock::time_point far_away() { return Queue::Clock::now() + 60s; }

/// Answers that wait for a sign, and remember what they were asked.
class Gate {
 public:
  ~Gate() { open(); }

  [[nodiscard]] Queue::Answer answer() {
    return [this](const std::vector<int>& requests) {
      std::unique_lock lock(mutex_);
      batches_.push_back(requests);
      changed_.notify_all();
      changed_.wait(lock, [&] { return open_; });
      return doubled(requests);
    };
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void wait_for_batches(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return batches_.size() >= count; });
  }
  [[nodiscard]] std::vector<std::vector<int>> batches() {
    const std::lock_guard lock(mutex_);
    return batches_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  std::vector<std::vector<int>> batches_;
};

TEST(RequestQueue, AnswersEachOfManyCallersWithItsOwn) {
  Queue queue(doubled, {.max_queued = 1000, .max_batch = 7, .max_delay = 100us, .threads = 3});
  std::atomic<int> wrong = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 8; ++caller) {
    callers.emplace_back([&, caller] {
      for (int i = 0; i < 200; ++i) {
        const int request = 1000 * caller + i;
        const auto result = queue.submit(request, 1, far_away()).wait();
        wrong += result.outcome != Outcome::kDone || result.response != 2 * request;
      }
    });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(queue.num_queued(), 0U);
}

TEST(RequestQueue, PutsWhatWaitsIntoBatchesInOrderUpToTheirWeight) {
  Gate gate;
  Queue queue(gate.answer(), {.max_batch = 5});
  std::vector<Queue::Ticket> tickets;
  tickets.push_back(queue.submit(0, 1, far_away()));
  gate.wait_for_batches(1);
  for (const int weight : {2, 3, 1, 9, 1}) {
    tickets.push_back(queue.submit(weight, static_cast<std::size_t>(weight), far_away()));
  }
  EXPECT_EQ(queue.num_queued(), 5U);
  gate.open();
  for (Queue::Ticket& ticket : tickets) {
    EXPECT_EQ(ticket.wait().outcome, Outcome::kDone);
  }
  EXPECT_EQ(gate.batches(), (std::vector<std::vector<int>>{{0}, {2, 3}, {1}, {9}, {1}}));
}

TEST(RequestQueue, AFreeThreadWaitsForABatchToFill) {
  Gate gate;
  gate.open();
  Queue queue(gate.answer(), {.max_batch = 3, .max_delay = 1min});
  std::vector<Queue::Ticket> tickets;
  for (const int request : {1, 2, 3}) {
    tickets.push_back(queue.submit(request, 1, far_away()));
  }
  for (Queue::Ticket& ticket : tickets) {
    EXPECT_EQ(ticket.wait().outcome, Outcome::kDone);
  }
  EXPECT_EQ(gate.batches(), (std::vector<std::vector<int>>{{1, 2, 3}}));
}

TEST(RequestQueue, RefusesAtOnceWhenFull) {
  Gate gate;
  Queue queue(gate.answer(), {.max_queued = 2});
  Queue::Ticket running = queue.submit(0, 1, far_away());
  gate.wait_for_batches(1);
  Queue::Ticket first = queue.submit(1, 1, far_away());
  Queue::Ticket second = queue.submit(2, 1, far_away());
  EXPECT_EQ(queue.submit(3, 1, far_away()).wait().outcome, Outcome::kQueueFull)
      << "although nothing is answered yet";
  gate.open();
  EXPECT_EQ(running.wait().response, 0);
  EXPECT_EQ(first.wait().response, 2);
  EXPECT_EQ(second.wait().response, 4);
}

TEST(RequestQueue, AnswersNobodyWhoseDeadlineHasPassed) {
  Gate gate;
  Queue queue(gate.answer());
  Queue::Ticket running = queue.submit(0, 1, Queue::Clock::now() + 20ms);
  gate.wait_for_batches(1);
  Queue::Ticket waiting = queue.submit(1, 1, Queue::Clock::now() + 20ms);
  EXPECT_EQ(running.wait().outcome, Outcome::kExpired) << "while it is being answered";
  EXPECT_EQ(waiting.wait().outcome, Outcome::kExpired) << "while it waits";
  EXPECT_EQ(queue.num_queued(), 0U);
  Queue::Ticket late = queue.submit(2, 1, Queue::Clock::now() - 1s);
  Queue::Ticket next = queue.submit(3, 1, far_away());
  gate.open();
  EXPECT_EQ(next.wait().response, 6);
  EXPECT_EQ(late.wait().outcome, Outcome::kExpired);
  EXPECT_EQ(gate.batches(), (std::vector<std::vector<int>>{{0}, {3}}));
}

TEST(RequestQueue, ACancelledRequestMakesRoom) {
  Gate gate;
  Queue queue(gate.answer(), {.max_queued = 1});
  Queue::Ticket running = queue.submit(0, 1, far_away());
  gate.wait_for_batches(1);
  Queue::Ticket cancelled = queue.submit(1, 1, far_away());
  cancelled.cancel();
  EXPECT_EQ(cancelled.wait().outcome, Outcome::kCancelled);
  { const Queue::Ticket forgotten = queue.submit(2, 1, far_away()); }
  Queue::Ticket last = queue.submit(3, 1, far_away());
  running.cancel();
  EXPECT_EQ(running.wait().outcome, Outcome::kCancelled) << "and its answer is dropped";
  gate.open();
  EXPECT_EQ(last.wait().response, 6);
  EXPECT_EQ(gate.batches(), (std::vector<std::vector<int>>{{0}, {3}}));
}

TEST(RequestQueue, ARequestThatCannotBeAnsweredFailsNoOther) {
  Gate gate;
  Queue queue([&, slow = gate.answer()](const std::vector<int>& requests) {
    auto responses = slow(requests);
    if (std::count(requests.begin(), requests.end(), 13) > 0) {
      throw std::invalid_argument("13");
    }
    return responses;
  });
  std::vector<Queue::Ticket> tickets;
  tickets.push_back(queue.submit(0, 1, far_away()));
  gate.wait_for_batches(1);
  for (const int request : {12, 13, 14}) {
    tickets.push_back(queue.submit(request, 1, far_away()));
  }
  gate.open();
  EXPECT_EQ(tickets[1].wait().response, 24);
  const auto failed = tickets[2].wait();
  EXPECT_EQ(failed.outcome, Outcome::kFailed);
  EXPECT_THROW(std::rethrow_exception(failed.error), std::invalid_argument);
  EXPECT_EQ(tickets[3].wait().response, 28);
}

TEST(RequestQueue, RefusesAnAnswerOfAnotherLength) {
  Queue queue([](const std::vector<int>&) { return std::vector<int>{1, 2}; });
  const auto result = queue.submit(5, 1, far_away()).wait();
  ASSERT_EQ(result.outcome, Outcome::kFailed);
  EXPECT_ERROR(std::rethrow_exception(result.error), "1 requests got 2 responses");
}

TEST(RequestQueue, DrainAnswersWhatWaitsAndRefusesTheRest) {
  Gate gate;
  Queue queue(gate.answer(), {.max_batch = 1, .max_delay = 1min});
  std::vector<Queue::Ticket> tickets;
  for (const int request : {0, 1, 2}) {
    tickets.push_back(queue.submit(request, 1, far_away()));
  }
  gate.wait_for_batches(1);
  std::thread drain([&] { queue.drain(); });
  while (queue.submit(9, 1, Queue::Clock::now()).wait().outcome != Outcome::kStopped) {
    std::this_thread::yield();
  }
  gate.open();
  drain.join();
  for (int request = 0; request < 3; ++request) {
    EXPECT_EQ(tickets[static_cast<std::size_t>(request)].wait().response, 2 * request);
  }
}

TEST(RequestQueue, TicketsOutliveAQueueThatStops) {
  Gate gate;
  std::vector<Queue::Ticket> tickets;
  {
    Queue queue(gate.answer());
    tickets.push_back(queue.submit(0, 1, far_away()));
    gate.wait_for_batches(1);
    tickets.push_back(queue.submit(1, 1, far_away()));
    tickets.push_back(queue.submit(2, 1, far_away()));
    std::thread opener([&] {
      while (queue.num_queued() > 0) {
        std::this_thread::yield();
      }
      gate.open();
    });
    queue.stop();
    opener.join();
  }
  EXPECT_EQ(tickets[0].wait().response, 0) << "which was being answered";
  EXPECT_EQ(tickets[1].wait().outcome, Outcome::kStopped);
  tickets[2].cancel();
  EXPECT_EQ(tickets[2].wait().outcome, Outcome::kStopped) << "the first outcome counts";
}

TEST(RequestQueue, EveryRequestEndsOnceUnderLoadCancellationAndStop) {
  std::atomic<int> answered = 0;
  std::vector<std::thread> callers;
  std::atomic<int> done = 0;
  std::atomic<int> ended = 0;
  constexpr int kCallers = 6;
  constexpr int kRequests = 300;
  {
    Queue queue(
        [&](const std::vector<int>& requests) {
          answered += static_cast<int>(requests.size());
          return doubled(requests);
        },
        {.max_queued = 3, .max_batch = 2, .max_delay = 50us, .threads = 2});
    for (int caller = 0; caller < kCallers; ++caller) {
      callers.emplace_back([&, caller] {
        for (int i = 0; i < kRequests; ++i) {
          Queue::Ticket ticket = queue.submit(i, 1, Queue::Clock::now() + 1ms * (i % 3));
          if (i % 5 == caller % 5) {
            ticket.cancel();
          }
          const auto result = ticket.wait();
          const bool is_done = result.outcome == Outcome::kDone;
          EXPECT_EQ(result.response.has_value(), is_done);
          EXPECT_EQ(result.response.value_or(2 * i), 2 * i);
          done += is_done;
          ++ended;
        }
      });
    }
    for (std::thread& caller : callers) {
      caller.join();
    }
  }
  EXPECT_EQ(ended, kCallers * kRequests);
  EXPECT_LE(done, answered);
}

TEST(RequestQueue, RefusesOptionsThatMakeNoSense) {
  EXPECT_ERROR(Queue(doubled, {.max_queued = 0}), "max_queued: expected 1 or more, got 0");
  EXPECT_ERROR(Queue(doubled, {.max_batch = 0}), "max_batch", "got 0");
  EXPECT_ERROR(Queue(doubled, {.threads = 0}), "threads", "got 0");
  EXPECT_ERROR(Queue(doubled, {.max_delay = -1us}), "max_delay", "got -1 us");
}

}  // namespace
}  // namespace grapevine::serve
