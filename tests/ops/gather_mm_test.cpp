#include "grapevine/ops/gather_mm.h"

#include <ATen/ops/bmm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/reference.h"

namespace grapevine::ops {
namespace {

using namespace grapevine::testing_support;

TEST(GatherMm, MatchesAProductWithACopyOfTheMatrixForEachRow) {
  for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
    const at::Tensor a = random_values(1, {7, 3}, dtype);
    const at::Tensor b = random_values(2, {4, 3, 5}, dtype);
    const at::Tensor index = at::tensor({3, 0, 3, 2, 0, 3, 2}, at::kLong);
    const at::Tensor expected = at::bmm(a.unsqueeze(1), b.index_select(0, index)).squeeze(1);
    EXPECT_TRUE(all_close(gather_mm(a, b, index), expected));
    EXPECT_TRUE(all_close(gather_mm(a, b, index.to(at::kInt)), expected));
  }
}

TEST(GatherMm, NoRowsGiveNoRows) {
  const at::Tensor out = gather_mm(at::zeros({0, 3}, at::kFloat), at::ones({2, 3, 5}, at::kFloat),
                                   at::zeros({0}, at::kLong));
  EXPECT_EQ(out.sizes(), at::IntArrayRef({0, 5}));
}

TEST(GatherMm, GradientsMatchDifferences) {
  const at::Tensor index = at::tensor({2, 0, 2}, at::kLong);
  const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) {
    return gather_mm(arguments[0], arguments[1], index);
  };
  const std::vector<at::Tensor> inputs = {random_values(1, {3, 2}, at::kDouble),
                                          random_values(2, {3, 2, 2}, at::kDouble)};
  EXPECT_TRUE(gradcheck(function, inputs));
  EXPECT_TRUE(gradgradcheck(function, inputs));
}

TEST(GatherMm, BadInputIsNamed) {
  const at::Tensor a = at::ones({2, 3}, at::kFloat);
  const at::Tensor b = at::ones({2, 3, 5}, at::kFloat);
  EXPECT_ERROR(gather_mm(a, b, at::tensor({0, 2}, at::kLong)), "gather_mm", "idx_b", "index 2",
               "2 matrices");
  EXPECT_ERROR(gather_mm(a, b, at::tensor({-1, 0}, at::kLong)), "idx_b", "-1");
  EXPECT_ERROR(gather_mm(a, b, at::tensor({0}, at::kLong)), "idx_b", "2 indices", "got 1");
  EXPECT_ERROR(gather_mm(a, b, at::tensor({0.0, 1.0}, at::kFloat)), "idx_b", "Float");
  EXPECT_ERROR(gather_mm(a, b, {}), "idx_b");
  EXPECT_ERROR(gather_mm(a, a, at::tensor({0, 1}, at::kLong)), "gather_mm", "b:", "3-D");
}

}  // namespace
}  // namespace grapevine::ops
