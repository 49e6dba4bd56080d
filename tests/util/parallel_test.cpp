#include "grapevine/util/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace grapevine {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  std::vector<std::atomic<int>> visits(1000);
  parallel_for(0, 1000, 10, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      ++visits[static_cast<std::size_t>(i)];
    }
  });
  for (const std::atomic<int>& count : visits) {
    EXPECT_EQ(count, 1);
  }
}

TEST(ParallelFor, AnEmptyRangeRunsNothing) {
  parallel_for(3, 3, 1, [](std::int64_t, std::int64_t) { FAIL(); });
  parallel_for(3, 2, 1, [](std::int64_t, std::int64_t) { FAIL(); });
}

TEST(ParallelFor, AnExceptionReachesTheCaller) {
  EXPECT_THROW(parallel_for(0, 1000, 1,
                            [](std::int64_t begin, std::int64_t) {
                              if (begin == 0) {
                                throw std::runtime_error("from the loop");
                              }
                            }),
               std::runtime_error);
}

TEST(SerialRegion, LoopsOnItsThreadStayThereAndOthersDoNot) {
  const int threads = at::get_num_threads();
  std::thread worker([] {
    const SerialRegion region;
    const std::thread::id own = std::this_thread::get_id();
    std::atomic<bool> strayed = false;
    parallel_for(0, 100000, 1, [&](std::int64_t, std::int64_t) {
      if (std::this_thread::get_id() != own) {
        strayed = true;
      }
    });
    EXPECT_FALSE(strayed);
  });
  worker.join();
  EXPECT_EQ(at::get_num_threads(), threads);
}

TEST(SerialRegion, TheThreadCountComesBack) {
  const int threads = at::get_num_threads();
  { const SerialRegion region; }
  EXPECT_EQ(at::get_num_threads(), threads);
}

}  // namespace
}  // namespace grapevine
