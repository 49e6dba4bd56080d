#pragma once

#include <cstdint>

#include "grapevine/ops/cpu/edge_rows.h"
#include "grapevine/util/vec.h"
#include "grapevine/util/vec_bfloat16.h"

// How a message is computed from its operands, a value or a vector of features at a time.
namespace grapevine::ops::detail {
namespace {

template <KernelOp kOp, typename Value>
[[gnu::always_inline]] inline Value combine(const Value& lhs, const Value& rhs) {
  if constexpr (kOp == KernelOp::kAdd) {
    return lhs + rhs;
  } else {
    return lhs * rhs;
  }
}

template <typename S, int kStep, typename... Mask>
[[gnu::always_inline]] inline Vec<Computed<S>> fetch(const S* values, std::int64_t feature,
                                                     const Mask&... mask) {
  if constexpr (kStep == 1) {
    return load(values + feature, mask...);
  } else {
    return Vec<Computed<S>>(widen(*values));
  }
}

/// Up to `kChunk` edges of one row, in one block of features.
template <typename T>
struct Edges {
  const T* lhs;
  const T* rhs;
  const std::int64_t* lhs_offsets;
  const std::int64_t* rhs_offsets;
  std::int64_t count;
};

// A kind of message: the operation and how each operand walks through the features of a block.
// Values are stored as `Stored` and computed in `T`.
template <typename Stored, KernelOp kOperation, int kLhs, int kRhs, int kOut>
struct Kind {
  using S = Stored;
  using T = Computed<S>;
  static constexpr KernelOp kOp = kOperation;
  static constexpr int kLhsStep = kLhs;
  static constexpr int kRhsStep = kRhs;
  static constexpr int kOutStep = kOut;

  // A copy has no rhs: that pointer is null.
  [[gnu::always_inline]] static T scalar(const S* lhs, const S* rhs, std::int64_t feature) {
    if constexpr (kOp == KernelOp::kCopy) {
      return widen(lhs[kLhs * feature]);
    } else {
      return combine<kOp>(widen(lhs[kLhs * feature]), widen(rhs[kRhs * feature]));
    }
  }
  template <typename... Mask>
  [[gnu::always_inline]] static Vec<T> value(const S* lhs, const S* rhs, std::int64_t feature,
                                             const Mask&... mask) {
    if constexpr (kOp == KernelOp::kCopy) {
      return fetch<S, kLhs>(lhs, feature, mask...);
    } else {
      return combine<kOp>(fetch<S, kLhs>(lhs, feature, mask...),
                          fetch<S, kRhs>(rhs, feature, mask...));
    }
  }

  /// The sum over the features of one message.
  static T total(const S* lhs, const S* rhs, std::int64_t width) {
    std::int64_t feature = 0;
    T sum = 0;
    if (width >= kLanes<T>) {
      constexpr std::int64_t kSums = 4;
      Vec<T> sums[kSums] = {Vec<T>(T{0}), Vec<T>(T{0}), Vec<T>(T{0}), Vec<T>(T{0})};
      for (; feature + kSums * kLanes<T> <= width; feature += kSums * kLanes<T>) {
        for (std::int64_t i = 0; i < kSums; ++i) {
          sums[i] += value(lhs, rhs, feature + i * kLanes<T>);
        }
      }
      for (; feature + kLanes<T> <= width; feature += kLanes<T>) {
        sums[0] += value(lhs, rhs, feature);
      }
      sum = add_lanes<T>((sums[0] + sums[1]) + (sums[2] + sums[3]));
    }
    for (; feature < width; ++feature) {
      sum += scalar(lhs, rhs, feature);
    }
    return sum;
  }
};

}  // namespace
}  // namespace grapevine::ops::detail
