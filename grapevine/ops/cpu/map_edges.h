#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "grapevine/ops/cpu/contract_kernel.h"
#include "grapevine/ops/cpu/message_kind.h"
#include "grapevine/util/vec.h"
#include "grapevine/util/vec_bfloat16.h"

// One result for each edge.
namespace grapevine::ops::detail {
namespace {

/// The sum over the features of one product, in an order that depends on the width alone. Four
/// values are added as `map_dots_of_four` does it.
template <typename S, std::int64_t kCount>
[[gnu::always_inline]] inline Computed<S> dot_of(const S* lhs, const S* rhs, std::int64_t width) {
  using T = Computed<S>;
  using V = ShortVec<T, kCount>;
  constexpr std::int64_t kSums = 4;
  V sums[kSums] = {V(T{0}), V(T{0}), V(T{0}), V(T{0})};
  std::int64_t feature = 0;
  for (; feature + kSums * kCount <= width; feature += kSums * kCount) {
    for (std::int64_t i = 0; i < kSums; ++i) {
      sums[i] +=
          load<kCount>(lhs + feature + i * kCount) * load<kCount>(rhs + feature + i * kCount);
    }
  }
  for (std::int64_t i = 0; feature + kCount <= width; feature += kCount, ++i) {
    sums[i] += load<kCount>(lhs + feature) * load<kCount>(rhs + feature);
  }
  if (feature < width) {
    const auto mask = first_lanes<T, kCount>(width - feature);
    sums[3] += load<kCount>(lhs + feature, mask) * load<kCount>(rhs + feature, mask);
  }
  return add_lanes<T, kCount>((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

/// The same with the longest vectors that the rows fill.
template <typename S>
[[gnu::always_inline]] inline Computed<S> dot(const S* lhs, const S* rhs, std::int64_t width) {
  constexpr std::int64_t kMost = kLanes<Computed<S>>;
  constexpr std::int64_t kHalf = kMost >= 8 ? kMost / 2 : kMost;
  constexpr std::int64_t kQuarter = kHalf >= 8 ? kHalf / 2 : kHalf;
  if (width >= kMost) {
    return dot_of<S, kMost>(lhs, rhs, width);
  }
  return width >= kHalf ? dot_of<S, kHalf>(lhs, rhs, width) : dot_of<S, kQuarter>(lhs, rhs, width);
}

template <typename K>
[[gnu::always_inline]] inline void map_block(const typename K::S* lhs, const typename K::S* rhs,
                                             std::int64_t width, bool overwrite,
                                             typename K::S* out) {
  using S = typename K::S;
  using T = typename K::T;
  if constexpr (K::kOutStep == 0) {
    T sum;
    if constexpr (K::kOp == KernelOp::kMul && K::kRhsStep == 1) {
      sum = dot(lhs, rhs, width);
    } else {
      sum = K::total(lhs, rhs, width);
    }
    *out = narrow<S>(overwrite ? sum : widen(*out) + sum);
  } else {
    std::int64_t feature = 0;
    for (; feature + kLanes<T> <= width; feature += kLanes<T>) {
      const Vec<T> value = K::value(lhs, rhs, feature);
      store(overwrite ? value : value + load(out + feature), out + feature);
    }
    if (feature < width) {
      const auto mask = first_lanes<T>(width - feature);
      const Vec<T> value = K::value(lhs, rhs, feature, mask);
      store(overwrite ? value : value + load(out + feature, mask), out + feature, mask);
    }
  }
}

/// The products of rows of four values, for the edges one by one; several edges in a vector.
template <typename Id>
void map_dots_of_four(const ContractTask& task, std::int64_t begin, std::int64_t end) {
  using Four [[gnu::vector_size(16)]] = float;
  const auto* lhs = static_cast<const float*>(task.lhs.data);
  const auto* rhs = static_cast<const float*>(task.rhs.data);
  const auto* lhs_ids = static_cast<const Id*>(task.lhs.selector.ids);
  const auto* rhs_ids = static_cast<const Id*>(task.rhs.selector.ids);
  auto* out = static_cast<float*>(task.out_data);
  const std::int64_t rows =
      task.lhs.num_rows > task.rhs.num_rows ? task.lhs.num_rows : task.rhs.num_rows;
  const std::int64_t ahead =
      edges_ahead(sizeof(Four), rows * static_cast<std::int64_t>(sizeof(Four)));
  const auto products = [&](std::int64_t edge) {
    Four values;
    Four others;
    std::memcpy(&values, lhs + lhs_ids[edge] * 4, sizeof(values));
    std::memcpy(&others, rhs + rhs_ids[edge] * 4, sizeof(others));
    return Four{} + values * others;  // as from a sum of 0
  };
  // As `add_lanes` does it: the lower half and the upper half of each, then what is left.
  const auto add_halves = [](Four low, Four high) {
    return __builtin_shufflevector(low, high, 0, 1, 4, 5) +
           __builtin_shufflevector(low, high, 2, 3, 6, 7);
  };
  const auto add_pairs = [](Four low, Four high) {
    return __builtin_shufflevector(low, high, 0, 2, 4, 6) +
           __builtin_shufflevector(low, high, 1, 3, 5, 7);
  };
  std::int64_t edge = begin;
  for (; edge + 4 <= end; edge += 4) {
    if (edge + ahead + 4 <= end) {
      for (std::int64_t i = edge + ahead; i < edge + ahead + 4; ++i) {
        __builtin_prefetch(lhs + lhs_ids[i] * 4);
        __builtin_prefetch(rhs + rhs_ids[i] * 4);
      }
    }
    const Four sums = add_pairs(add_halves(products(edge), products(edge + 1)),
                                add_halves(products(edge + 2), products(edge + 3)));
    std::memcpy(out + edge, &sums, sizeof(sums));
  }
  for (; edge < end; ++edge) {
    out[edge] = dot(lhs + lhs_ids[edge] * 4, rhs + rhs_ids[edge] * 4, 4);
  }
}

/// The products of rows of `kWidth` values (0: of any number), for the edges one by one or row by
/// row. One operand's rows are selected by ids, the other's too or by the row.
template <typename S, typename Id, std::int64_t kWidth>
[[gnu::noinline]] void map_dots(const ContractTask& task, std::int64_t begin, std::int64_t end) {
  const std::int64_t width = kWidth == 0 ? task.blocks.width : kWidth;
  const std::int64_t row_bytes = width * static_cast<std::int64_t>(sizeof(S));
  const bool swaps = task.lhs.selector.kind == RowSelector::Kind::kGroup;
  const KernelOperand& first = swaps ? task.rhs : task.lhs;
  const KernelOperand& second = swaps ? task.lhs : task.rhs;
  const auto* lhs = static_cast<const S*>(first.data);
  const auto* rhs = static_cast<const S*>(second.data);
  const auto* lhs_ids = static_cast<const Id*>(first.selector.ids);
  auto* out = static_cast<S*>(task.out_data);
  if (task.indptr == nullptr) {
    const auto* rhs_ids = static_cast<const Id*>(second.selector.ids);
    const std::int64_t rows = first.num_rows > second.num_rows ? first.num_rows : second.num_rows;
    const std::int64_t ahead = edges_ahead(2 * row_bytes, rows * row_bytes);
    for (std::int64_t edge = begin; edge < end; ++edge) {
      const std::int64_t later = edge + ahead < end ? edge + ahead : edge;
      prefetch(lhs + lhs_ids[later] * width, row_bytes);
      prefetch(rhs + rhs_ids[later] * width, row_bytes);
      out[edge] = narrow<S>(dot(lhs + lhs_ids[edge] * width, rhs + rhs_ids[edge] * width, width));
    }
    return;
  }
  const std::int64_t* indptr = task.indptr;
  const RowSelector out_selector = task.out.selector;
  const std::int64_t ahead = edges_ahead(row_bytes, first.num_rows * row_bytes);
  const std::int64_t limit = indptr[end];
  for (std::int64_t row = begin; row < end; ++row) {
    const std::int64_t last = indptr[row + 1];
    for (std::int64_t position = indptr[row]; position < last; ++position) {
      const std::int64_t later = position + ahead < limit ? position + ahead : position;
      prefetch(lhs + lhs_ids[later] * width, row_bytes);
      __builtin_prefetch(out + row_at(out_selector, row, later), 1);
      out[row_at(out_selector, row, position)] =
          narrow<S>(dot(lhs + lhs_ids[position] * width, rhs + row * width, width));
    }
  }
}

template <typename S, typename Id>
void map_dots(const ContractTask& task, std::int64_t begin, std::int64_t end) {
  switch (task.blocks.width) {
    case 4:
      if constexpr (std::is_same_v<S, float>) {
        if (task.indptr == nullptr) {
          return map_dots_of_four<Id>(task, begin, end);
        }
      }
      return map_dots<S, Id, 4>(task, begin, end);
    case 8:
      return map_dots<S, Id, 8>(task, begin, end);
    case 16:
      return map_dots<S, Id, 16>(task, begin, end);
    case 32:
      return map_dots<S, Id, 32>(task, begin, end);
    case 64:
      return map_dots<S, Id, 64>(task, begin, end);
    default:
      return map_dots<S, Id, 0>(task, begin, end);
  }
}

/// Does the task if it is of the commonest kind: products of whole rows, one for each edge. Says
/// whether it was.
template <typename K>
bool map_plain_dots(const ContractTask& task, std::int64_t begin, std::int64_t end) {
  if constexpr (K::kOp == KernelOp::kMul && K::kRhsStep == 1 && K::kOutStep == 0) {
    using S = typename K::S;
    using enum RowSelector::Kind;
    const FeatureBlocks& blocks = task.blocks;
    const bool has_whole_rows = task.overwrite && blocks.num_blocks == 1 &&
                                task.lhs.row_size == blocks.width &&
                                task.rhs.row_size == blocks.width;
    const RowSelector::Kind lhs = task.lhs.selector.kind;
    const RowSelector::Kind rhs = task.rhs.selector.kind;
    const bool by_edge =
        task.indptr == nullptr && lhs == rhs && task.out.selector.kind == kPosition;
    const bool by_row = task.indptr != nullptr && (lhs == kGroup) != (rhs == kGroup);
    if (!has_whole_rows || !(by_edge || by_row)) {
      return false;
    }
    const RowSelector::Kind ids = lhs == kGroup ? rhs : lhs;
    if (ids == kNarrowIds) {
      map_dots<S, std::int32_t>(task, begin, end);
      return true;
    }
    if (ids == kWideIds) {
      map_dots<S, std::int64_t>(task, begin, end);
      return true;
    }
  }
  return false;
}

/// Where an operand's rows start for the edges of a chunk, and how far ahead they are fetched.
class ChunkRows {
 public:
  static constexpr std::int64_t kEdges = 512;

  ChunkRows(const KernelOperand& operand, std::int64_t value_bytes)
      : operand_(operand),
        row_bytes_(operand.row_size * value_bytes),
        ahead_(has_ids(operand.selector) ? edges_ahead(row_bytes_, row_bytes_ * operand.num_rows)
                                         : 0) {}

  /// Takes the edges at `begin` to `begin + count - 1`, the first of which belongs to row `group`.
  void find(const std::int64_t* indptr, std::int64_t group, std::int64_t begin,
            std::int64_t count) {
    if (operand_.selector.kind != RowSelector::Kind::kGroup) {
      return find_offsets(operand_, group, begin, count, offsets_);
    }
    for (std::int64_t i = 0; i < count; ++i) {
      while (indptr[group + 1] <= begin + i) {
        ++group;
      }
      offsets_[i] = group * operand_.row_size;
    }
  }

  [[gnu::always_inline]] std::int64_t operator[](std::int64_t edge) const { return offsets_[edge]; }

  /// Fetches what the first edges of the chunk need.
  template <typename S>
  void start(const S* values, std::int64_t count) const {
    for (std::int64_t edge = 0; edge < ahead_ && edge < count; ++edge) {
      prefetch(values + offsets_[edge], row_bytes_);
    }
  }

  template <typename S>
  [[gnu::always_inline]] void fetch_ahead(const S* values, std::int64_t edge,
                                          std::int64_t count) const {
    if (ahead_ > 0 && edge + ahead_ < count) {
      prefetch(values + offsets_[edge + ahead_], row_bytes_);
    }
  }

 private:
  const KernelOperand& operand_;
  std::int64_t row_bytes_;
  std::int64_t ahead_;
  std::int64_t offsets_[kEdges];
};

template <typename K>
struct MapEdges {
  using S = typename K::S;
  static constexpr bool kHasRhs = K::kOp != KernelOp::kCopy;

  static void run(const ContractTask& task, std::int64_t begin, std::int64_t end) {
    if (map_plain_dots<K>(task, begin, end)) {
      return;
    }
    const std::int64_t* indptr = task.indptr;
    const std::int64_t last = indptr == nullptr ? end : indptr[end];
    std::int64_t group = begin;
    ChunkRows lhs(task.lhs, sizeof(S));
    ChunkRows rhs(task.rhs, sizeof(S));
    ChunkRows out(task.out, sizeof(S));
    for (std::int64_t position = indptr == nullptr ? begin : indptr[begin]; position < last;
         position += ChunkRows::kEdges) {
      const std::int64_t rest = last - position;
      const std::int64_t count = rest < ChunkRows::kEdges ? rest : ChunkRows::kEdges;
      while (indptr != nullptr && indptr[group + 1] <= position) {
        ++group;
      }
      lhs.find(indptr, group, position, count);
      if constexpr (kHasRhs) {
        rhs.find(indptr, group, position, count);
      }
      out.find(indptr, group, position, count);
      run_chunk(task, lhs, rhs, out, count);
    }
  }

  static void run_chunk(const ContractTask& task, const ChunkRows& lhs_rows,
                        const ChunkRows& rhs_rows, const ChunkRows& out_rows, std::int64_t count) {
    const S* lhs = static_cast<const S*>(task.lhs.data);
    const S* rhs = static_cast<const S*>(task.rhs.data);
    S* out = static_cast<S*>(task.out_data);
    lhs_rows.start(lhs, count);
    if constexpr (kHasRhs) {
      rhs_rows.start(rhs, count);
    }
    for (std::int64_t edge = 0; edge < count; ++edge) {
      lhs_rows.fetch_ahead(lhs, edge, count);
      if constexpr (kHasRhs) {
        rhs_rows.fetch_ahead(rhs, edge, count);
      }
      out_rows.fetch_ahead(out, edge, count);
      const FeatureBlocks& blocks = task.blocks;
      for (std::int64_t block = 0; block < blocks.num_blocks; ++block) {
        const S* block_rhs = nullptr;
        if constexpr (kHasRhs) {
          block_rhs = rhs + rhs_rows[edge] + blocks.rhs_offsets[block];
        }
        map_block<K>(lhs + lhs_rows[edge] + blocks.lhs_offsets[block], block_rhs, blocks.width,
                     task.overwrite, out + out_rows[edge] + blocks.out_offsets[block]);
      }
    }
  }
};

}  // namespace
}  // namespace grapevine::ops::detail
