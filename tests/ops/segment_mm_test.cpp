#include "grapevine/ops/segment_mm.h"

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

TEST(SegmentMm, MultipliesEachSegmentWithItsMatrix) {
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
    const at::Tensor a = random_values(1, {6, 3}, dtype);
    const at::Tensor b = random_values(2, {4, 3, 5}, dtype);
    const at::Tensor expected =
        at::cat({a.narrow(0, 0, 2).mm(b.select(0, 0)), a.narrow(0, 2, 1).mm(b.select(0, 2)),
                 a.narrow(0, 3, 3).mm(b.select(0, 3))});
    for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
      EXPECT_TRUE(all_close(segment_mm(a, b, at::tensor({2, 0, 1, 3}, idtype)), expected));
    }
  }
}

TEST(SegmentMm, NoRowsGiveNoRows) {
  const at::Tensor out = segment_mm(at::zeros({0, 3}, at::kFloat), at::ones({2, 3, 5}, at::kFloat),
                                    at::tensor({0, 0}, at::kLong));
  EXPECT_EQ(out.sizes(), at::IntArrayRef({0, 5}));
  const at::Tensor none = segment_mm(at::zeros({0, 3}, at::kFloat), at::ones({0, 3, 5}, at::kFloat),
                                     at::zeros({0}, at::kLong));
  EXPECT_EQ(none.sizes(), at::IntArrayRef({0, 5}));
}

TEST(SegmentMm, GradientsMatchDifferences) {
  const at::Tensor lengths = at::tensor({2, 0, 1}, at::kLong);
  const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) {
    return segment_mm(arguments[0], arguments[1], lengths);
  };
  const std::vector<at::Tensor> inputs = {random_values(1, {3, 2}, at::kDouble),
                                          random_values(2, {3, 2, 2}, at::kDouble)};
  EXPECT_TRUE(gradcheck(function, inputs));
  EXPECT_TRUE(gradgradcheck(function, inputs));
}

TEST(SegmentMm, GradientOfTheMatricesChecksItsArguments) {
  const at::Tensor a = at::ones({4, 3}, at::kFloat);
  const at::Tensor lengths = at::tensor({1, 3}, at::kLong);
  EXPECT_ERROR(call_boxed("segment_mm_weight", {a, at::ones({3, 2}, at::kFloat), lengths}),
               "segment_mm_weight", "as many rows");
  EXPECT_ERROR(call_boxed("segment_mm_weight", {a, a, at::tensor({1, 2}, at::kLong)}), "4 rows",
               "sum of 3");
}

TEST(SegmentMm, BadInputIsNamed) {
  const at::Tensor a = at::ones({4, 3}, at::kFloat);
  const at::Tensor b = at::ones({2, 3, 5}, at::kFloat);
  const at::Tensor lengths = at::tensor({1, 3}, at::kLong);
  EXPECT_ERROR(segment_mm(a, b, at::tensor({1, 2}, at::kLong)), "segment_mm", "lengths", "4 rows",
               "sum of 3");
  EXPECT_ERROR(segment_mm(a, b, at::tensor({1, 9}, at::kLong)), "lengths", "4 rows", "10");
  EXPECT_ERROR(segment_mm(a, b, at::tensor({5, -1}, at::kLong)), "lengths");
  EXPECT_ERROR(segment_mm(a, b, at::tensor({4}, at::kLong)), "lengths", "2 lengths", "got 1");
  EXPECT_ERROR(segment_mm(a, b, at::tensor({1.0, 3.0}, at::kFloat)), "lengths", "Float");
  EXPECT_ERROR(segment_mm(a, b, {}), "lengths");
  EXPECT_ERROR(segment_mm({}, b, lengths), "a:", "2-D");
  EXPECT_ERROR(segment_mm(a, a, lengths), "b:", "3-D", "[4, 3]");
  EXPECT_ERROR(segment_mm(at::ones({4, 2}, at::kFloat), b, lengths), "columns of a", "2", "3");
  EXPECT_ERROR(segment_mm(a.to(at::kDouble), b, lengths), "one dtype", "Double", "Float");
  EXPECT_ERROR(segment_mm(a.to(at::kLong), b.to(at::kLong), lengths), "a:", "floating", "Long");
}

}  // namespace
}  // namespace grapevine::ops
