#include "grapevine/ops/segment_softmax.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/operators.h"
#include "tests/support/reference.h"

namespace grapevine::ops {
namespace {

using namespace grapevine::testing_support;

TEST(SegmentSoftmax, MatchesTheReference) {
  with_kernels_and_fallback([&] {
    for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
      for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
        const at::Tensor lengths = at::tensor({2, 0, 1, 4}, idtype);
        const at::Tensor values = random_values(1, {7, 3}, dtype);
        const at::Tensor expected =
            at::cat({values.narrow(0, 0, 2).softmax(0), values.narrow(0, 2, 1).softmax(0),
                     values.narrow(0, 3, 4).softmax(0)});
        EXPECT_TRUE(all_close(segment_softmax(lengths, values), expected));
        const at::Tensor flat = values.select(1, 0);
        EXPECT_TRUE(all_close(segment_softmax(lengths, flat), expected.select(1, 0)));
      }
    }
  });
}

TEST(SegmentSoftmax, NothingGivesNothing) {
  with_kernels_and_fallback([&] {
    const at::Tensor out =
        segment_softmax(at::tensor({0, 0}, at::kLong), at::zeros({0, 3}, at::kFloat));
    EXPECT_EQ(out.sizes(), at::IntArrayRef({0, 3}));
  });
}

TEST(SegmentSoftmax, GradientsMatchDifferences) {
  with_kernels_and_fallback([&] {
    const at::Tensor lengths = at::tensor({2, 0, 3}, at::kLong);
    const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) {
      return segment_softmax(lengths, arguments[0]);
    };
    EXPECT_TRUE(gradcheck(function, {random_values(1, {5, 2}, at::kDouble)}));
    EXPECT_TRUE(gradgradcheck(function, {random_values(1, {5}, at::kDouble)}));
  });
}

TEST(SegmentSoftmax, BadInputIsNamed) {
  const at::Tensor values = at::ones({4, 2}, at::kFloat);
  EXPECT_ERROR(segment_softmax(at::tensor({1, 2}, at::kLong), values), "segment_softmax", "lengths",
               "4 rows", "3");
  EXPECT_ERROR(segment_softmax(at::tensor({4}, at::kLong), values.to(at::kInt)), "segment_softmax",
               "values", "Int");
}

}  // namespace
}  // namespace grapevine::ops
