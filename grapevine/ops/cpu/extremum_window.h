#pragma once

#include <cstdint>

#include "grapevine/ops/cpu/edge_rows.h"
#include "grapevine/ops/cpu/extremum_kernel.h"

// The edges that a search for extrema is at: where their operands stand, and their ids.
namespace grapevine::ops::detail {
namespace {

/// How many edges ahead the operands' rows are fetched into the cache.
constexpr std::int64_t kAhead = 32;

template <typename Id>
bool ascend(const void* ids, std::int64_t begin, std::int64_t end) {
  const Id* values = static_cast<const Id*>(ids);
  bool result = true;
  for (std::int64_t i = begin + 1; i < end; ++i) {
    result &= values[i - 1] < values[i];
  }
  return result;
}

/// Whether the ids of the edges at places `[begin, end)` ascend, which they mostly do.
bool ids_ascend(const RowSelector& selector, std::int64_t begin, std::int64_t end) {
  switch (selector.kind) {
    case RowSelector::Kind::kNarrowIds:
      return ascend<std::int32_t>(selector.ids, begin, end);
    case RowSelector::Kind::kWideIds:
      return ascend<std::int64_t>(selector.ids, begin, end);
    default:
      return true;
  }
}

template <RowSelector::Kind kKind, typename Place>
void name_all(const void* names, std::int64_t row, std::int64_t count, Place* places) {
  for (std::int64_t i = 0; i < count; ++i) {
    places[i] = static_cast<Place>(row_at<kKind>(names, row, places[i]));
  }
}

/// Replaces places of a row's edges by what `names` has for them.
template <typename Place>
void name_places(const RowSelector& names, std::int64_t row, std::int64_t count, Place* places) {
  using enum RowSelector::Kind;
  switch (names.kind) {
    case kGroup:
      return name_all<kGroup>(nullptr, row, count, places);
    case kPosition:
      return;
    case kNarrowIds:
      return name_all<kNarrowIds>(names.ids, row, count, places);
    case kWideIds:
      return name_all<kWideIds>(names.ids, row, count, places);
  }
}

void swap(std::int64_t& a, std::int64_t& b) {
  const std::int64_t old = a;
  a = b;
  b = old;
}

/// Edges whose offsets are found at once.
constexpr std::int64_t kWindow = 1024;

/// Where the operands' rows start for up to `kWindow` edges that stand side by side, mostly of
/// several rows, and for the next `kAhead`.
class Window {
 public:
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t lhs[kWindow + kAhead] = {};
  std::int64_t rhs[kWindow + kAhead] = {};

  /// Makes the window start at `place`; the last edge of all stands before `last`.
  void move_to(const ExtremumTask& task, bool with_rhs, std::int64_t place, std::int64_t last) {
    begin = place;
    end = last < place + kWindow ? last : place + kWindow;
    fill(task.lhs, last, lhs);
    if (with_rhs) {
      fill(task.rhs, last, rhs);
    }
  }

  /// Operands that stand at the row that is reduced have one offset for all its edges.
  void enter_row(const ExtremumTask& task, bool with_rhs, std::int64_t row, std::int64_t place,
                 std::int64_t count) {
    if (task.lhs.selector.kind == RowSelector::Kind::kGroup) {
      find_offsets(task.lhs, row, place, count, lhs + (place - begin));
    }
    if (with_rhs && task.rhs.selector.kind == RowSelector::Kind::kGroup) {
      find_offsets(task.rhs, row, place, count, rhs + (place - begin));
    }
  }

 private:
  void fill(const KernelOperand& operand, std::int64_t last, std::int64_t* offsets) const {
    if (operand.selector.kind == RowSelector::Kind::kGroup) {
      return;
    }
    const std::int64_t count = (last < end + kAhead ? last : end + kAhead) - begin;
    find_offsets(operand, 0, begin, count, offsets);
    for (std::int64_t i = count; i < end - begin + kAhead; ++i) {
      offsets[i] = 0;
    }
  }
};

/// The edges of one row, or up to `kChunk` of them, inside the window.
struct Chunk {
  std::int64_t* lhs;
  std::int64_t* rhs;
  std::int64_t begin;  // a place
  std::int64_t count;
  bool is_first;  // of its row
  bool is_whole_row;
  bool ids_ascend;            // edge i stands at place `begin + i`, else:
  std::int64_t edge[kChunk];  // its id
  std::int64_t place[kChunk];

  [[nodiscard]] std::int64_t place_of(std::int64_t i) const {
    return ids_ascend ? begin + i : place[i];
  }

  /// Puts the edges in the order of their ids, so that the first of equal values has the lowest.
  void sort(const KernelOperand& edges) {
    find_offsets(edges, 0, begin, count, edge);
    for (std::int64_t i = 0; i < count; ++i) {
      place[i] = begin + i;
    }
    for (std::int64_t i = 1; i < count; ++i) {
      for (std::int64_t j = i; j > 0 && edge[j] < edge[j - 1]; --j) {
        swap(edge[j], edge[j - 1]);
        swap(place[j], place[j - 1]);
        swap(lhs[j], lhs[j - 1]);
        swap(rhs[j], rhs[j - 1]);
      }
    }
  }
};

}  // namespace
}  // namespace grapevine::ops::detail
