#include "grapevine/train/metrics.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/expect_error.h"

namespace grapevine::train {
namespace {

TEST(Accuracy, IsTheShareOfRowsWhoseLargestScoreIsTheLabel) {
  const at::Tensor scores =
      at::tensor({0.9F, 0.1F, 0.2F, 0.8F, 0.3F, 0.7F, 0.6F, 0.4F}).view({4, 2});
  EXPECT_DOUBLE_EQ(accuracy(scores, at::tensor({0L, 1L, 0L, 0L})), 0.75);
}

TEST(Accuracy, IsNaNWithoutRows) {
  EXPECT_TRUE(std::isnan(accuracy(at::empty({0, 3}), at::empty({0}, at::kLong))));
}

TEST(Accuracy, RejectsShapesThatDoNotFit) {
  EXPECT_ERROR(accuracy(at::zeros({4}), at::zeros({4}, at::kLong)), "scores", "[4]");
  EXPECT_ERROR(accuracy(at::zeros({4, 2}), at::zeros({3}, at::kLong)), "labels", "[4]", "[3]");
}

}  // namespace
}  // namespace grapevine::train
