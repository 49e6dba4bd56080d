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
  std::int64_t num_rows = 0;
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

/// The row that the edge at `position` of row `group` belongs to.
template <RowSelector::Kind kKind>
[[gnu::always_inline]] inline std::int64_t row_at(const void* ids, std::int64_t group,
                                                  std::int64_t position) {
  if constexpr (kKind == RowSelector::Kind::kGroup) {
    return group;
  } else if constexpr (kKind == RowSelector::Kind::kPosition) {
    return position;
  } else if constexpr (kKind == RowSelector::Kind::kNarrowIds) {
    return static_cast<const std::int32_t*>(ids)[position];
  } else {
    return static_cast<const std::int64_t*>(ids)[position];
  }
}

/// The same for a kind that is known at run time only.
[[gnu::always_inline]] inline std::int64_t row_at(const RowSelector& selector, std::int64_t group,
                                                  std::int64_t position) {
  switch (selector.kind) {
    case RowSelector::Kind::kNarrowIds:
      return row_at<RowSelector::Kind::kNarrowIds>(selector.ids, group, position);
    case RowSelector::Kind::kWideIds:
      return row_at<RowSelector::Kind::kWideIds>(selector.ids, group, position);
    case RowSelector::Kind::kPosition:
      return position;
    case RowSelector::Kind::kGroup:
      break;
  }
  return group;
}

[[maybe_unused]] bool has_ids(const RowSelector& selector) {
  return selector.kind == RowSelector::Kind::kNarrowIds ||
         selector.kind == RowSelector::Kind::kWideIds;
}

constexpr std::int64_t kCacheLine = 64;

/// How many edges ahead rows of `row_bytes` are fetched, for an operand of `table_bytes`: far
/// enough for memory to answer, near enough for the rows to be in the cache still. A small operand
/// stands in a near cache anyway.
[[maybe_unused]] std::int64_t edges_ahead(std::int64_t row_bytes, std::int64_t table_bytes) {
  constexpr std::int64_t kBytesAhead = 8192;
  constexpr std::int64_t kSmallTable = std::int64_t{4} << 20;
  const std::int64_t most = table_bytes < kSmallTable ? 16 : 64;
  const std::int64_t ahead = kBytesAhead / (row_bytes > 0 ? row_bytes : 1);
  return ahead < 8 ? 8 : (ahead > most ? most : ahead);
}

[[gnu::always_inline]] inline void prefetch(const void* from, std::int64_t bytes) {
  for (std::int64_t offset = 0; offset < bytes; offset += kCacheLine) {
    __builtin_prefetch(static_cast<const char*>(from) + offset);
  }
}

}  // namespace
}  // namespace grapevine::ops::detail
