#include "grapevine/util/buffer_pool.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <c10/core/CPUAllocator.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <thread>
#include <vector>

#include "tests/support/expect_error.h"

namespace grapevine {
namespace {

constexpr std::int64_t kMiB = std::int64_t{1} << 20;

at::Tensor bytes(std::int64_t count) { return at::empty({count}, at::kByte); }

class BufferPoolTest : public testing::Test {
 protected:
  BufferPoolTest() { use_buffer_pool(); }
  ~BufferPoolTest() override {
    empty_buffer_pool();
    c10::SetCPUAllocator(c10::GetDefaultCPUAllocator());
  }
};

TEST_F(BufferPoolTest, AFreedBufferServesTheNextOfItsSize) {
  const void* first = bytes(5 * kMiB).const_data_ptr();
  EXPECT_EQ(bytes(5 * kMiB).const_data_ptr(), first);
  EXPECT_EQ(bytes(5 * kMiB - 100000).const_data_ptr(), first);
  const at::Tensor held = bytes(5 * kMiB);
  EXPECT_EQ(held.const_data_ptr(), first);
  EXPECT_NE(bytes(5 * kMiB).const_data_ptr(), first);
}

TEST_F(BufferPoolTest, TensorsKeepTheirValues) {
  std::vector<at::Tensor> tensors;
  for (std::int64_t i = 0; i < 20; ++i) {
    tensors.push_back(at::full({100000 * (i + 1)}, static_cast<double>(i)));
    const at::Tensor freed = at::ones({300000});
  }
  for (std::int64_t i = 0; i < 20; ++i) {
    EXPECT_TRUE(tensors[static_cast<std::size_t>(i)].eq(static_cast<double>(i)).all().item<bool>());
  }
}

TEST_F(BufferPoolTest, CountsWhatIsUsedAndWhatIsFree) {
  const std::int64_t used = buffer_pool_usage().used_bytes;
  {
    const at::Tensor held = bytes(4 * kMiB);
    EXPECT_EQ(buffer_pool_usage().used_bytes, used + 4 * kMiB);
  }
  EXPECT_EQ(buffer_pool_usage().used_bytes, used);
  EXPECT_GE(buffer_pool_usage().free_bytes, 4 * kMiB);
  empty_buffer_pool();
  EXPECT_EQ(buffer_pool_usage().free_bytes, 0);
}

TEST_F(BufferPoolTest, SmallBuffersStayWithTheSystem) {
  const std::int64_t used = buffer_pool_usage().used_bytes;
  const at::Tensor small = bytes(kMiB - 1);
  EXPECT_EQ(buffer_pool_usage().used_bytes, used);
  use_buffer_pool({.min_bytes = 4096});
  const at::Tensor medium = bytes(8192);
  EXPECT_EQ(buffer_pool_usage().used_bytes, used + 8192);
}

TEST_F(BufferPoolTest, KeepsNoMoreThanAsked) {
  use_buffer_pool({.max_free_bytes = 6 * kMiB});
  for (std::int64_t size = 2; size <= 6; ++size) {
    const at::Tensor freed = bytes(size * kMiB);
  }
  EXPECT_LE(buffer_pool_usage().free_bytes, 6 * kMiB);
  use_buffer_pool({.max_free_bytes = 0});
  EXPECT_EQ(buffer_pool_usage().free_bytes, 0);
}

TEST_F(BufferPoolTest, KeepsNoMoreThanAQuarterAboveTheLargestUse) {
  { const at::Tensor largest = bytes(256 * kMiB); }
  for (std::int64_t size = 100; size < 200; size += 5) {
    const at::Tensor freed = bytes(size * kMiB);
    const BufferPoolUsage usage = buffer_pool_usage();
    EXPECT_LE(usage.used_bytes + usage.free_bytes, 320 * kMiB);
  }
}

TEST_F(BufferPoolTest, BuffersFromBeforeAreFreedWhereTheyCameFrom) {
  c10::SetCPUAllocator(c10::GetDefaultCPUAllocator());
  at::Tensor before = bytes(4 * kMiB);
  use_buffer_pool();
  at::Tensor pooled = bytes(4 * kMiB);
  c10::SetCPUAllocator(c10::GetDefaultCPUAllocator());
  const std::int64_t free_bytes = buffer_pool_usage().free_bytes;
  before.reset();
  EXPECT_EQ(buffer_pool_usage().free_bytes, free_bytes);
  pooled.reset();
  EXPECT_GT(buffer_pool_usage().free_bytes, free_bytes);
}

TEST_F(BufferPoolTest, ThreadsShareIt) {
  std::vector<std::thread> threads;
  std::vector<std::int64_t> sums(4);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    threads.emplace_back([i, &sums] {
      for (std::int64_t round = 0; round < 20; ++round) {
        sums[i] += at::arange(150000 + 10000 * round).eq(round).sum().item<std::int64_t>();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(sums, std::vector<std::int64_t>(4, 20));
}

TEST_F(BufferPoolTest, AForkedProcessAllocates) {
  const at::Tensor held = bytes(4 * kMiB);
  const pid_t child = fork();
  if (child == 0) {
    _exit(bytes(4 * kMiB).const_data_ptr() == held.const_data_ptr() ? 1 : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(BufferPool, RefusesOptionsOutOfRange) {
  EXPECT_ERROR(use_buffer_pool({.min_bytes = 100}), "min_bytes", "4096", "100");
  EXPECT_ERROR(use_buffer_pool({.max_free_bytes = -1}), "max_free_bytes", "-1");
}

}  // namespace
}  // namespace grapevine
