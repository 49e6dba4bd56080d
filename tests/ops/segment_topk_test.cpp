#include "grapevine/ops/segment_topk.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/ids.h"
#include "tests/support/operators.h"

namespace grapevine::ops {
namespace {

using namespace grapevine::testing_support;
using Ids = std::vector<std::int64_t>;

/// The result for one column, by sorting each segment.
SegmentTopk reference(const Ids& lengths, const at::Tensor& column, std::int64_t k,
                      bool descending) {
  const auto num_segments = static_cast<std::int64_t>(lengths.size());
  SegmentTopk result{at::zeros({num_segments, k}, column.options()),
                     at::full({num_segments, k}, -1, at::kLong)};
  const at::Tensor wide = column.to(at::kDouble).contiguous();
  const double* numbers = wide.const_data_ptr<double>();
  std::int64_t first = 0;
  for (std::int64_t segment = 0; segment < num_segments; ++segment) {
    Ids rows(static_cast<std::size_t>(lengths[static_cast<std::size_t>(segment)]));
    std::iota(rows.begin(), rows.end(), 0);
    const auto value = [&](std::int64_t row) { return numbers[first + row]; };
    std::stable_sort(rows.begin(), rows.end(), [&](std::int64_t a, std::int64_t b) {
      return descending ? value(a) > value(b) : value(a) < value(b);
    });
    for (std::int64_t i = 0; i < std::min<std::int64_t>(k, std::ssize(rows)); ++i) {
      const std::int64_t row = rows[static_cast<std::size_t>(i)];
      result.values[segment][i].copy_(column[first + row]);
      result.indices[segment][i] = row;
    }
    first += std::ssize(rows);
  }
  return result;
}

/// DGL's example of `topk_nodes`.
at::Tensor example() {
  const std::vector<double> values = {
      0.0297, 0.8307, 0.9140, 0.6702, 0.3346, 0.5901, 0.3030, 0.9280, 0.6893,
      0.7997, 0.0880, 0.6515, 0.4451, 0.7507, 0.5297, 0.5171, 0.6379, 0.2695,
      0.8954, 0.5197, 0.3168, 0.3174, 0.5303, 0.0804, 0.3808, 0.1323, 0.2766,
      0.4318, 0.6114, 0.1458, 0.1752, 0.9105, 0.5692, 0.8489, 0.0539, 0.1931,
      0.4954, 0.3455, 0.3934, 0.0857, 0.5065, 0.5182, 0.5418, 0.1520, 0.3872};
  return at::tensor(values, at::kDouble).view({9, 5});
}

TEST(SegmentTopk, RanksEveryColumnByItself) {
  const auto [values, indices] = segment_topk(ids({4, 5}), example(), 3);
  const at::Tensor expected = ids({1, 0, 1, 3, 1, 3, 2, 0, 2, 2, 2, 3, 2, 1, 3,
                                   4, 2, 2, 2, 4, 0, 4, 4, 1, 0, 3, 3, 0, 3, 1})
                                  .view({2, 3, 5});
  EXPECT_TRUE(at::equal(indices, expected));
  EXPECT_TRUE(at::equal(values[0], example().narrow(0, 0, 4).gather(0, expected[0])));
  EXPECT_TRUE(at::equal(values[1], example().narrow(0, 4, 5).gather(0, expected[1])));
}

TEST(SegmentTopk, RanksRowsByOneColumn) {
  for (const std::int64_t column : {-1, 4}) {
    const auto [values, indices] = segment_topk(ids({4, 5}), example(), 3, {.sortby = column});
    EXPECT_TRUE(at::equal(indices, ids({1, 2, 3, 4, 0, 1}).view({2, 3})));
    EXPECT_TRUE(at::equal(values[0], example().index_select(0, ids({1, 2, 3}))));
    EXPECT_TRUE(at::equal(values[1], example().index_select(0, ids({8, 4, 5}))));
  }
}

TEST(SegmentTopk, GivesTheSmallestOnRequest) {
  const auto [values, indices] =
      segment_topk(ids({3, 2}), at::tensor({3.0, 1.0, 2.0, 5.0, 4.0}), 2, {.descending = false});
  EXPECT_TRUE(at::equal(indices, ids({1, 2, 1, 0}).view({2, 2})));
  EXPECT_TRUE(at::equal(values, at::tensor({1.0, 2.0, 4.0, 5.0}, values.options()).view({2, 2})));
}

TEST(SegmentTopk, RanksOneLongSegmentAmongShortOnes) {
  Ids lengths(40, 1);
  lengths[7] = 300;
  lengths[20] = 0;
  const at::Tensor values = random_values(5, {338, 2}, at::kDouble).mul(20).round();
  for (const bool descending : {true, false}) {
    const SegmentTopk top = segment_topk(ids(lengths), values, 5, {.descending = descending});
    for (const std::int64_t column : {0, 1}) {
      const SegmentTopk expected = reference(lengths, values.select(1, column), 5, descending);
      EXPECT_TRUE(at::equal(top.values.select(2, column), expected.values));
      EXPECT_TRUE(at::equal(top.indices.select(2, column), expected.indices));
    }
    const SegmentTopk rows =
        segment_topk(ids(lengths), values, 5, {.descending = descending, .sortby = 0});
    EXPECT_TRUE(at::equal(rows.indices, top.indices.select(2, 0)));
    EXPECT_TRUE(at::equal(rows.values.select(2, 0), top.values.select(2, 0)));
  }
}

TEST(SegmentTopk, PadsShortAndEmptySegments) {
  const auto [values, indices] = segment_topk(ids({1, 0, 2}), at::tensor({-3.0, -1.0, -2.0}), 2);
  EXPECT_TRUE(at::equal(indices, ids({0, -1, -1, -1, 0, 1}).view({3, 2})));
  EXPECT_TRUE(at::equal(
      values, at::tensor({-3.0, 0.0, 0.0, 0.0, -1.0, -2.0}, values.options()).view({3, 2})));
}

/// Ten empty segments after these make a table too large, so that both ways are tried.
std::vector<Ids> with_and_without_empty(const Ids& lengths) {
  Ids more = lengths;
  more.resize(lengths.size() + 10, 0);
  return {lengths, more};
}

TEST(SegmentTopk, RowsWithTheLastValueComeBeforePadding) {
  const double infinity = std::numeric_limits<double>::infinity();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const at::Tensor values = at::tensor({nan, infinity, -infinity, -nan, 1.0}, at::kDouble);
  for (const Ids& lengths : with_and_without_empty({3, 2})) {
    const at::Tensor largest = segment_topk(ids(lengths), values, 4).indices;
    EXPECT_EQ(list(largest.narrow(0, 0, 2)), (Ids{0, 1, 2, -1, 0, 1, -1, -1}));
    const SegmentTopk smallest = segment_topk(ids(lengths), values, 4, {.descending = false});
    EXPECT_EQ(list(smallest.indices.narrow(0, 0, 2)), (Ids{2, 1, 0, -1, 1, 0, -1, -1}));
    EXPECT_EQ(smallest.values[0][0].item<double>(), -infinity);
    EXPECT_EQ(smallest.values[0][1].item<double>(), infinity);
    EXPECT_TRUE(smallest.values[0][2].isnan().item<bool>());
    const at::Tensor whole = ids({5, 5, 9, -2, 9});
    EXPECT_EQ(list(segment_topk(ids(lengths), whole, 4).indices.narrow(0, 0, 2)),
              (Ids{2, 0, 1, -1, 1, 0, -1, -1}));
    EXPECT_EQ(
        list(segment_topk(ids(lengths), whole, 4, {.descending = false}).indices.narrow(0, 0, 2)),
        (Ids{0, 1, 2, -1, 0, 1, -1, -1}));
  }
}

TEST(SegmentTopk, MatchesTheReference) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Ids lengths = {static_cast<std::int64_t>(seed % 4), 0, 7, 1,
                         static_cast<std::int64_t>(seed)};
    const std::int64_t num_rows = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
    const auto num_segments = static_cast<std::int64_t>(lengths.size());
    // Few different values, so that there are ties.
    const at::Tensor values =
        random_values(seed, {num_rows, 3}, at::kDouble).mul(3).round().to(at::kFloat);
    for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
      for (const std::int64_t k : {0, 1, 3, 9}) {
        for (const bool descending : {true, false}) {
          const SegmentTopk all =
              segment_topk(ids(lengths, idtype), values, k, {.descending = descending});
          const SegmentTopk rows = segment_topk(ids(lengths, idtype), values, k,
                                                {.descending = descending, .sortby = 1});
          EXPECT_EQ(all.values.sizes(), (Ids{num_segments, k, 3}));
          EXPECT_EQ(rows.values.sizes(), (Ids{num_segments, k, 3}));
          for (std::int64_t column = 0; column < 3; ++column) {
            const SegmentTopk expected =
                reference(lengths, values.select(1, column), k, descending);
            EXPECT_TRUE(at::equal(all.values.select(2, column), expected.values));
            EXPECT_TRUE(at::equal(all.indices.select(2, column), expected.indices));
          }
          EXPECT_TRUE(at::equal(rows.indices, all.indices.select(2, 1)));
          EXPECT_TRUE(at::equal(rows.values.select(2, 1), all.values.select(2, 1)));
          const SegmentTopk flat = segment_topk(ids(lengths, idtype), values.select(1, 1), k,
                                                {.descending = descending});
          EXPECT_TRUE(at::equal(flat.values, all.values.select(2, 1)));
          EXPECT_TRUE(at::equal(flat.indices, all.indices.select(2, 1)));
        }
      }
    }
  }
}

TEST(SegmentTopk, TakesEveryRealDtype) {
  for (const at::ScalarType dtype :
       {at::kInt, at::kLong, at::kByte, at::kHalf, at::kBFloat16, at::kDouble}) {
    const auto [values, indices] = segment_topk(ids({2, 1}), at::arange(3).to(dtype), 2);
    EXPECT_EQ(values.scalar_type(), dtype);
    EXPECT_EQ(list(values), (Ids{1, 0, 2, 0}));
    EXPECT_EQ(list(indices), (Ids{1, 0, 0, -1}));
  }
}

TEST(SegmentTopk, NothingGivesNothing) {
  EXPECT_EQ(segment_topk(ids({}), at::zeros({0, 4}), 2).values.sizes(), (Ids{0, 2, 4}));
  const SegmentTopk empty = segment_topk(ids({0, 0}), at::zeros({0, 4}), 2, {.sortby = 0});
  EXPECT_TRUE(at::equal(empty.values, at::zeros({2, 2, 4})));
  EXPECT_TRUE(at::equal(empty.indices, at::full({2, 2}, -1, at::kLong)));
  EXPECT_EQ(segment_topk(ids({3}), at::zeros({3, 0}), 2).indices.sizes(), (Ids{1, 2, 0}));
}

TEST(SegmentTopk, GradientsMatchDifferences) {
  for (const auto& [lengths, options] : {std::pair(ids({2, 0, 4}), SegmentTopkOptions{}),
                                         {ids({2, 0, 4}), {.descending = false, .sortby = 1}},
                                         {ids({5, 0, 0, 0, 0, 1}), {}}}) {
    const at::Tensor sizes = lengths;
    const SegmentTopkOptions settings = options;
    const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) {
      const at::Tensor values = segment_topk(sizes, arguments[0], 3, settings).values;
      return values.mul(values);
    };
    EXPECT_TRUE(gradcheck(function, {random_values(3, {6, 2}, at::kDouble)}));
    EXPECT_TRUE(gradgradcheck(function, {random_values(3, {6, 2}, at::kDouble)}));
  }
}

TEST(SegmentTopk, IsAnOperator) {
  EXPECT_EQ(schema_of("segment_topk"),
            "grapevine::segment_topk(Tensor lengths, Tensor values, int k, bool descending=True, "
            "int? sortby=None) -> (Tensor values, Tensor indices)");
  const std::vector<c10::IValue> called =
      call_boxed("segment_topk", {ids({4, 5}), example(), 3, false, 2});
  const SegmentTopk expected =
      segment_topk(ids({4, 5}), example(), 3, {.descending = false, .sortby = 2});
  EXPECT_TRUE(at::equal(called[0].toTensor(), expected.values));
  EXPECT_TRUE(at::equal(called[1].toTensor(), expected.indices));
}

TEST(SegmentTopk, KnowsShapesOnTheMetaDevice) {
  const at::Tensor lengths = ids({4, 5}).to(at::kMeta);
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    const at::Tensor values = example().to(dtype).to(at::kMeta);
    const SegmentTopk all = segment_topk(lengths, values, 3);
    EXPECT_TRUE(all.values.is_meta());
    EXPECT_EQ(all.values.scalar_type(), dtype);
    EXPECT_EQ(all.values.sizes(), (Ids{2, 3, 5}));
    EXPECT_EQ(all.indices.sizes(), (Ids{2, 3, 5}));
    EXPECT_EQ(all.indices.scalar_type(), at::kLong);
    const SegmentTopk rows = segment_topk(lengths, values, 3, {.sortby = 0});
    EXPECT_EQ(rows.values.sizes(), (Ids{2, 3, 5}));
    EXPECT_EQ(rows.indices.sizes(), (Ids{2, 3}));
    EXPECT_EQ(segment_topk(lengths, values.select(1, 0), 3).values.sizes(), (Ids{2, 3}));
  }
}

TEST(SegmentTopk, BadInputIsNamed) {
  const at::Tensor values = at::ones({4, 2});
  EXPECT_ERROR(segment_topk(ids({1, 2}), values, 1), "segment_topk", "lengths", "4 rows", "3");
  EXPECT_ERROR(segment_topk(ids({5, -1}), values, 1), "segment_topk", "lengths", "-1");
  EXPECT_ERROR(segment_topk(at::ones({2}), values, 1), "segment_topk", "lengths", "Float");
  EXPECT_ERROR(segment_topk(ids({4}), values, -1), "segment_topk", "k:", "-1");
  EXPECT_ERROR(segment_topk(ids({4}), values, 1, {.sortby = 2}), "segment_topk", "sortby",
               "-2 to 1", "2");
  EXPECT_ERROR(segment_topk(ids({4}), values, 1, {.sortby = -3}), "segment_topk", "sortby", "-3");
  EXPECT_ERROR(segment_topk(ids({4}), at::ones({4}), 1, {.sortby = 0}), "segment_topk", "sortby",
               "[4]");
  EXPECT_ERROR(segment_topk(ids({4}), at::ones({4, 2, 2}), 1), "segment_topk", "values",
               "3 dimensions");
  EXPECT_ERROR(segment_topk(ids({4}), values.to(at::kComplexFloat), 1), "segment_topk", "values",
               "ComplexFloat");
  EXPECT_ERROR(segment_topk(ids({4}), {}, 1), "segment_topk", "values");
}

}  // namespace
}  // namespace grapevine::ops
