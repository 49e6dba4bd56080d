#pragma once

#include <cstdint>

// What the kernels know of a graph: plain pointers. No torch header may be included here.
namespace grapevine::ops::detail {

/// Which row of an operand the edge at a position belongs to.
struct RowSelector {
  enum class Kind { kGroup, kPosition, kNarrowIds, kWideIds };
  Kind kind =
      Kind::kGroup;  ///< the row that is being reduced, the position itself, or ids by position
  const void* ids = nullptr;  ///< int32 or int64, by position
};

/// One tensor as the kernels see it: `row_size` contiguous values a row.
struct KernelOperand {
  const void* data = nullptr;
  RowSelector selector;
  std::int64_t row_size = 0;
};

/// The feature space of a message: `num_blocks` runs of `width` values, each at an offset of its
/// own in each operand, with step 0 (the same value again) or 1 inside a run.
struct FeatureBlocks {
  std::int64_t num_blocks = 1;
  std::int64_t width = 1;
  const std::int64_t* lhs_offsets = nullptr;
  const std::int64_t* rhs_offsets = nullptr;
  const std::int64_t* out_offsets = nullptr;
  int lhs_step = 1;
  int rhs_step = 1;
  int out_step = 1;
};

enum class KernelOp { kCopy, kAdd, kMul };

// Compiled once for each instruction set, so each file gets a copy of its own.
namespace {

/// How many edges of a row are handled at once; their offsets stand on the stack.
constexpr std::int64_t kChunk = 256;

/// Writes where the operand's rows start for the edges at `begin` to `begin + count - 1` of row
/// `group`.
[[maybe_unused]] void find_offsets(const KernelOperand& operand, std::int64_t group,
                                   std::int64_t begin, std::int64_t count, std::int64_t* offsets) {
  const std::int64_t size = operand.row_size;
  switch (operand.selector.kind) {
    case RowSelector::Kind::kGroup:
      for (std::int64_t i = 0; i < count; ++i) {
        offsets[i] = group * size;
      }
      return;
    case RowSelector::Kind::kPosition:
      for (std::int64_t i = 0; i < count; ++i) {
        offsets[i] = (begin + i) * size;
      }
      return;
    case RowSelector::Kind::kNarrowIds: {
      const auto* ids = static_cast<const std::int32_t*>(operand.selector.ids) + begin;
      for (std::int64_t i = 0; i < count; ++i) {
        offsets[i] = ids[i] * size;
      }
      return;
    }
    case RowSelector::Kind::kWideIds: {
      const auto* ids = static_cast<const std::int64_t*>(operand.selector.ids) + begin;
      for (std::int64_t i = 0; i < count; ++i) {
        offsets[i] = ids[i] * size;
      }
      return;
    }
  }
}

}  // namespace
}  // namespace grapevine::ops::detail
