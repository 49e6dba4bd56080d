#pragma once

#include <cstdint>

#include "grapevine/ops/cpu/contract_kernel.h"
#include "grapevine/util/vec.h"
#include "grapevine/util/vec_bfloat16.h"

// Sums of rows, for the tasks of `sums_in_registers`.
namespace grapevine::ops::detail {
namespace {

/// The most vectors of sums that leave registers for everything else.
#ifdef __AVX512F__
constexpr std::int64_t kMostSums = 16;
#else
constexpr std::int64_t kMostSums = 8;
#endif

/// The fewest lanes of a vector that is filled.
constexpr std::int64_t kFewLanes = 4;

/// A run of features, at its place in each operand.
template <typename S, typename R>
struct SumRun {
  const S* lhs;
  const R* rhs;
  S* out;
  std::int64_t width;
};

/// Sums `kSums` vectors of `kCount` features; the last overlaps the one before where the width is
/// no multiple of a vector, or is masked if it is the only one. `S` is how lhs and the result are
/// stored, `R` rhs.
template <typename S, typename R, KernelOp kOp, int kRhsStep, RowSelector::Kind kLhs,
          std::int64_t kCount, int kSums, bool kMasked>
[[gnu::noinline]] void sum_run(const ContractTask& task, const SumRun<S, R>& run,
                               std::int64_t begin, std::int64_t end) {
  using T = Computed<S>;
  using V = ShortVec<T, kCount>;
  constexpr bool kHasRhs = kOp == KernelOp::kMul;
  constexpr bool kScattered = kLhs != RowSelector::Kind::kPosition;
  // What the loops need, out of reach of the stores.
  const std::int64_t* const indptr = task.indptr;
  const S* const lhs_values = run.lhs;
  const R* const rhs_values = run.rhs;
  const void* const ids = task.lhs.selector.ids;
  const std::int64_t lhs_size = task.lhs.row_size;
  const RowSelector rhs_selector = task.rhs.selector;
  const std::int64_t rhs_size = task.rhs.row_size;
  const std::int64_t out_size = task.out.row_size;
  const bool mean = task.mean;
  const bool rhs_scattered = kHasRhs && has_ids(rhs_selector);
  const std::int64_t ahead =
      edges_ahead(run.width * static_cast<std::int64_t>(sizeof(S)),
                  task.lhs.num_rows * lhs_size * static_cast<std::int64_t>(sizeof(S)));
  const std::int64_t limit = indptr[end];
  const auto mask = first_lanes<T, kCount>(kMasked ? run.width : kCount);
  const std::int64_t last_offset = run.width - kCount;
  const auto values = [&](const auto* from, int i) {
    if constexpr (kMasked) {
      return load<kCount>(from, mask);
    } else {
      return load<kCount>(from + (i + 1 < kSums ? i * kCount : last_offset));
    }
  };
  const auto add_edge = [&](std::int64_t row, std::int64_t position, V* sums) {
    const std::int64_t later = position + ahead < limit ? position + ahead : position;
    if constexpr (kScattered) {
      prefetch(lhs_values + row_at<kLhs>(ids, row, later) * lhs_size,
               kMasked ? 1 : kSums * kCount * static_cast<std::int64_t>(sizeof(S)));
    }
    const S* lhs = lhs_values + row_at<kLhs>(ids, row, position) * lhs_size;
    if constexpr (kHasRhs) {
      if (rhs_scattered) {
        prefetch(rhs_values + row_at(rhs_selector, row, later) * rhs_size,
                 kRhsStep == 0 ? 1 : kSums * kCount * static_cast<std::int64_t>(sizeof(R)));
      }
      const R* rhs = rhs_values + row_at(rhs_selector, row, position) * rhs_size;
      if constexpr (kRhsStep == 0) {
        const V factor(widen(*rhs));
        for (int i = 0; i < kSums; ++i) {
          sums[i] += values(lhs, i) * factor;
        }
      } else {
        for (int i = 0; i < kSums; ++i) {
          sums[i] += values(lhs, i) * values(rhs, i);
        }
      }
    } else {
      for (int i = 0; i < kSums; ++i) {
        sums[i] += values(lhs, i);
      }
    }
  };
  for (std::int64_t row = begin; row < end; ++row) {
    V sums[kSums];
    for (int i = 0; i < kSums; ++i) {
      sums[i] = T{0};
    }
    const std::int64_t first = indptr[row];
    const std::int64_t last = indptr[row + 1];
    for (std::int64_t position = first; position < last; ++position) {
      add_edge(row, position, sums);
    }
    if (mean && last - first > 1) {
      const V scale(T{1} / static_cast<T>(last - first));
      for (int i = 0; i < kSums; ++i) {
        sums[i] *= scale;
      }
    }
    S* out = run.out + row * out_size;
    for (int i = 0; i < kSums; ++i) {
      if constexpr (kMasked) {
        store<kCount>(sums[i], out, mask);
      } else {
        store<kCount>(sums[i], out + (i + 1 < kSums ? i * kCount : last_offset));
      }
    }
  }
}

template <typename S, typename R, KernelOp kOp, int kRhsStep, RowSelector::Kind kLhs>
void sum_run(const ContractTask& task, const SumRun<S, R>& run, std::int64_t begin,
             std::int64_t end) {
  constexpr std::int64_t kMost = kLanes<Computed<S>>;
  constexpr std::int64_t kHalf = kMost / 2;
  constexpr std::int64_t kQuarter = kMost / 4;
  constexpr std::int64_t kFewest = kMost < kFewLanes ? kMost : kFewLanes;
  const auto sum = [&]<std::int64_t kCount, int kSums, bool kMasked = false>() {
    sum_run<S, R, kOp, kRhsStep, kLhs, kCount, kSums, kMasked>(task, run, begin, end);
  };
  if constexpr (kQuarter >= kFewLanes) {
    if (run.width < kHalf && run.width >= kQuarter) {
      return run.width == kQuarter ? sum.template operator()<kQuarter, 1>()
                                   : sum.template operator()<kQuarter, 2>();
    }
  }
  if constexpr (kHalf >= kFewLanes) {
    if (run.width < kMost && run.width >= kHalf) {
      return run.width == kHalf ? sum.template operator()<kHalf, 1>()
                                : sum.template operator()<kHalf, 2>();
    }
  }
  if (run.width < kMost) {
    return sum.template operator()<kFewest, 1, true>();
  }
  switch ((run.width + kMost - 1) / kMost) {
    case 1:
      return sum.template operator()<kMost, 1>();
    case 2:
      return sum.template operator()<kMost, 2>();
    case 3:
      return sum.template operator()<kMost, 3>();
    case 4:
      return sum.template operator()<kMost, 4>();
    case 5:
      return sum.template operator()<kMost, 5>();
    case 6:
      return sum.template operator()<kMost, 6>();
    case 7:
      return sum.template operator()<kMost, 7>();
    case 8:
      return sum.template operator()<kMost, 8>();
    default:
      return sum.template operator()<kMost, kMostSums>();
  }
}

/// Cuts a block into runs of 1 to 8 or of `kMostSums` vectors.
template <typename S, typename R, KernelOp kOp, int kRhsStep, RowSelector::Kind kLhs>
void sum_block(const ContractTask& task, SumRun<S, R> run, std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t kVector = kLanes<Computed<S>>;
  std::int64_t rest = run.width;
  const auto advance = [&](std::int64_t features) {
    run.lhs += features;
    run.rhs += kRhsStep * features;
    run.out += features;
    rest -= features;
  };
  while (rest > 0) {
    if (rest < kVector && rest < run.width) {
      advance(rest - kVector);  // once more a few features of the run before
    }
    const std::int64_t whole = kMostSums * kVector;
    const std::int64_t eight = 8 * kVector;
    const std::int64_t width = rest >= whole ? whole : (rest < eight ? rest : eight);
    SumRun<S, R> part = run;
    part.width = width;
    sum_run<S, R, kOp, kRhsStep, kLhs>(task, part, begin, end);
    advance(width);
  }
}

template <typename S, typename R, KernelOp kOp, int kRhsStep>
void sum_rows(const ContractTask& task, std::int64_t begin, std::int64_t end) {
  const FeatureBlocks& blocks = task.blocks;
  for (std::int64_t block = 0; block < blocks.num_blocks; ++block) {
    SumRun<S, R> run = {static_cast<const S*>(task.lhs.data) + blocks.lhs_offsets[block], nullptr,
                        static_cast<S*>(task.out_data) + blocks.out_offsets[block], blocks.width};
    if constexpr (kOp == KernelOp::kMul) {
      run.rhs = static_cast<const R*>(task.rhs.data) + blocks.rhs_offsets[block];
    }
    switch (task.lhs.selector.kind) {
      case RowSelector::Kind::kNarrowIds:
        sum_block<S, R, kOp, kRhsStep, RowSelector::Kind::kNarrowIds>(task, run, begin, end);
        break;
      case RowSelector::Kind::kWideIds:
        sum_block<S, R, kOp, kRhsStep, RowSelector::Kind::kWideIds>(task, run, begin, end);
        break;
      default:
        sum_block<S, R, kOp, kRhsStep, RowSelector::Kind::kPosition>(task, run, begin, end);
    }
  }
}

template <typename S>
void sum_rows(const ContractTask& task, std::int64_t begin, std::int64_t end) {
  if (task.op == KernelOp::kCopy) {
    return sum_rows<S, S, KernelOp::kCopy, 0>(task, begin, end);
  }
  if (task.blocks.rhs_step == 1) {
    return sum_rows<S, S, KernelOp::kMul, 1>(task, begin, end);
  }
  if constexpr (std::is_same_v<S, BFloat16>) {
    if (task.wide_rhs) {
      return sum_rows<S, float, KernelOp::kMul, 0>(task, begin, end);
    }
  }
  return sum_rows<S, S, KernelOp::kMul, 0>(task, begin, end);
}

}  // namespace
}  // namespace grapevine::ops::detail
