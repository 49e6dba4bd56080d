#include "grapevine/ops/segment_reduce.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
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

at::Tensor reference(const std::vector<std::int64_t>& lengths, const at::Tensor& values,
                     Reduce reduce) {
  std::vector<at::Tensor> rows;
  std::int64_t first = 0;
  for (const std::int64_t length : lengths) {
    const at::Tensor own = values.narrow(0, first, length);
    first += length;
    if (length == 0) {
      rows.push_back(at::zeros(values.sizes().slice(1), values.options()));
    } else if (reduce == Reduce::kSum) {
      rows.push_back(own.sum(0));
    } else if (reduce == Reduce::kMean) {
      rows.push_back(own.mean(0));
    } else {
      rows.push_back(reduce == Reduce::kMax ? own.amax(0) : own.amin(0));
    }
  }
  return at::stack(rows);
}

TEST(SegmentReduce, MatchesTheReference) {
  with_kernels_and_fallback([&] {
    const std::vector<std::vector<std::int64_t>> cases = {
        {3, 1, 2}, {0, 4, 0, 1, 0}, {0, 0}, {300}};
    for (const auto& lengths : cases) {
      std::int64_t rows = 0;
      for (const std::int64_t length : lengths) {
        rows += length;
      }
      for (const auto& shape :
           std::vector<std::vector<std::int64_t>>{{}, {1}, {7}, {2, 3}, {128}}) {
        for (const Reduce reduce : all_reduces()) {
          std::vector<std::int64_t> full = {rows};
          full.insert(full.end(), shape.begin(), shape.end());
          const at::Tensor narrow = random_values(1, full, at::kFloat);
          const at::Tensor wide = random_values(2, full, at::kDouble);
          EXPECT_TRUE(all_close(segment_reduce(at::tensor(lengths, at::kInt), narrow, reduce),
                                reference(lengths, narrow, reduce)))
              << name(reduce) << ", " << narrow.sizes();
          EXPECT_TRUE(all_close(segment_reduce(at::tensor(lengths, at::kLong), wide, reduce),
                                reference(lengths, wide, reduce)))
              << name(reduce) << ", " << wide.sizes();
        }
      }
    }
  });
}

TEST(SegmentReduce, NoSegmentsGiveNoRows) {
  with_kernels_and_fallback([&] {
    const at::Tensor out =
        segment_reduce(at::zeros({0}, at::kLong), at::zeros({0, 3}, at::kFloat), Reduce::kMax);
    EXPECT_EQ(out.sizes(), at::IntArrayRef({0, 3}));
  });
}

TEST(SegmentReduce, GradientsMatchDifferences) {
  with_kernels_and_fallback([&] {
    const at::Tensor lengths = at::tensor({2, 0, 3}, at::kLong);
    for (const Reduce reduce : all_reduces()) {
      const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) {
        return segment_reduce(lengths, arguments[0], reduce);
      };
      EXPECT_TRUE(gradcheck(function, {random_values(1, {5, 2}, at::kDouble)})) << name(reduce);
      EXPECT_TRUE(gradcheck(function, {random_values(1, {5}, at::kDouble)})) << name(reduce);
    }
    const TensorFunction squares = [&](const std::vector<at::Tensor>& arguments) {
      return segment_reduce(lengths, arguments[0].mul(arguments[0]), Reduce::kMean);
    };
    EXPECT_TRUE(gradgradcheck(squares, {random_values(1, {5, 2}, at::kDouble)}));
  });
}

TEST(SegmentReduce, AWeightMultipliesTheRows) {
  with_kernels_and_fallback([&] {
    const std::vector<std::int64_t> lengths = {2, 0, 3};
    const at::Tensor counts = at::tensor(lengths, at::kLong);
    const auto random = [](int seed, at::IntArrayRef shape) {
      return random_values(seed, shape.vec(), at::kDouble);
    };
    const std::vector<std::pair<at::Tensor, at::Tensor>> cases = {
        {random(1, {5, 4}), random(2, {5, 1})},
        {random(1, {5, 4}), random(2, {5, 4})},
        {random(1, {5, 1}), random(2, {5, 4})},
        {random(1, {5, 2, 3}), random(2, {5, 2, 1})},
        {random(1, {5}), random(2, {5})}};
    for (const auto& [values, weight] : cases) {
      for (const Reduce reduce : all_reduces()) {
        const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) {
          return segment_reduce(counts, arguments[0], reduce, arguments[1]);
        };
        EXPECT_TRUE(
            all_close(function({values, weight}), reference(lengths, values.mul(weight), reduce)))
            << name(reduce) << ", " << values.sizes();
        EXPECT_TRUE(gradcheck(function, {values, weight})) << name(reduce) << values.sizes();
      }
    }
  });
}

TEST(SegmentReduce, BadInputIsNamed) {
  const at::Tensor values = at::ones({4, 2}, at::kFloat);
  EXPECT_ERROR(segment_reduce(at::tensor({1, 2}, at::kLong), values), "segment_reduce", "lengths",
               "4 rows", "sum of 3");
  EXPECT_ERROR(segment_reduce(at::tensor({5, -1}, at::kLong), values), "lengths", "-1");
  EXPECT_ERROR(segment_reduce(at::tensor({9, 1}, at::kLong), values), "lengths", "4 rows", "9");
  EXPECT_ERROR(segment_reduce(at::tensor({4.0}, at::kFloat), values), "lengths", "Float");
  EXPECT_ERROR(segment_reduce(at::tensor({4}, at::kLong).view({1, 1}), values), "lengths", "1-D");
  EXPECT_ERROR(segment_reduce(at::Tensor(), values), "lengths");
  EXPECT_ERROR(segment_reduce(at::tensor({4}, at::kLong), at::Tensor()), "values");
  EXPECT_ERROR(segment_reduce(at::tensor({4}, at::kLong), values.to(at::kLong)), "values", "Long");
  const auto weighted = [&](const at::Tensor& weight) {
    return segment_reduce(at::tensor({4}, at::kLong), values, Reduce::kSum, weight);
  };
  EXPECT_ERROR(weighted(at::ones({3, 1})), "weight", "4 rows", "[3, 1]");
  EXPECT_ERROR(weighted(at::ones({4})), "weight", "2 dimensions", "[4]");
  EXPECT_ERROR(weighted(at::ones({4, 3})), "broadcast");
}

}  // namespace
}  // namespace grapevine::ops
