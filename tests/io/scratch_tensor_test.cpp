#include "grapevine/io/scratch_tensor.h"

#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <limits>

#include "tests/support/expect_error.h"
#include "tests/support/temporary_folder.h"

namespace grapevine::io {
namespace {

using testing_support::TemporaryFolder;

TEST(ScratchTensor, IsATensorThatLeavesNoFile) {
  const TemporaryFolder folder;
  at::Tensor tensor = scratch_tensor(folder.path(), {300, 7}, at::kLong);
  EXPECT_EQ(tensor.sizes(), (std::vector<std::int64_t>{300, 7}));
  EXPECT_EQ(tensor.abs().sum().item<std::int64_t>(), 0);
  tensor.copy_(at::arange(2100).view({300, 7}));
  EXPECT_EQ(tensor[299][6].item<std::int64_t>(), 2099);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
  const at::Tensor rows = tensor.narrow(0, 10, 2);
  tensor = at::Tensor();
  EXPECT_EQ(rows[0][0].item<std::int64_t>(), 70);
  EXPECT_EQ(scratch_tensor(folder.path(), {0, 7}).numel(), 0);
}

TEST(ScratchTensor, SaysWhyThereIsNone) {
  const TemporaryFolder folder;
  EXPECT_ERROR(static_cast<void>(scratch_tensor(folder / "missing", {3})), "missing",
               "cannot be written");
  EXPECT_ERROR(static_cast<void>(scratch_tensor(folder.path(), {3, -1})), "shape", "3, -1");
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_ERROR(static_cast<void>(scratch_tensor(folder.path(), {kMost, 2})), "shape");
  EXPECT_ERROR(static_cast<void>(scratch_tensor(folder.path(), {kMost / 8})), "no room for");
}

}  // namespace
}  // namespace grapevine::io
