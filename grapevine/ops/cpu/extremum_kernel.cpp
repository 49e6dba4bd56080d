#include "grapevine/ops/cpu/extremum_kernel.h"

#include "grapevine/ops/cpu/message_kind.h"
#include "grapevine/util/vec.h"

namespace grapevine::ops::detail {
namespace {

/// Up to `kChunk` edges of one row.
struct Chunk {
  std::int64_t lhs[kChunk];
  std::int64_t rhs[kChunk];
  std::int64_t edge[kChunk];
  std::int64_t count;
  bool first;

  /// Puts the edges in the order of their ids, so that the first of equal values has the lowest.
  /// Mostly they are in it.
  template <bool kRhs>
  void sort() {
    for (std::int64_t i = 1; i < count; ++i) {
      for (std::int64_t j = i; j > 0 && edge[j] < edge[j - 1]; --j) {
        swap(edge[j], edge[j - 1]);
        swap(lhs[j], lhs[j - 1]);
        if constexpr (kRhs) {
          swap(rhs[j], rhs[j - 1]);
        }
      }
    }
  }

 private:
  static void swap(std::int64_t& a, std::int64_t& b) {
    const std::int64_t old = a;
    a = b;
    b = old;
  }
};

/// Where the results of one block of features of a row go.
template <typename T>
struct Results {
  T* out;
  std::int64_t* winners;  // null if nobody asks
  T sign;

  /// Stores `best`, the value of the edge at `position` of the chunk, or keeps what earlier chunks
  /// of the row have left if that is better.
  [[gnu::always_inline]] void offer(const Chunk& chunk, std::int64_t feature, T best,
                                    std::int64_t position) const {
    const std::int64_t edge = chunk.edge[position];
    const std::int64_t old_edge = winners == nullptr ? 0 : winners[feature];
    if (!chunk.first && !beats(best, edge, sign * out[feature], old_edge)) {
      return;
    }
    out[feature] = sign * best;
    if (winners != nullptr) {
      winners[feature] = edge;
    }
  }

  /// The same for features from `feature` on; `positions` are whole numbers.
  [[gnu::always_inline]] void offer_all(const Chunk& chunk, std::int64_t feature,
                                        std::int64_t count, const T* best,
                                        const T* positions) const {
    if (!chunk.first) {
      for (std::int64_t i = 0; i < count; ++i) {
        offer(chunk, feature + i, best[i], static_cast<std::int64_t>(positions[i]));
      }
      return;
    }
    for (std::int64_t i = 0; i < count; ++i) {
      out[feature + i] = sign * best[i];
    }
    if (winners != nullptr) {
      for (std::int64_t i = 0; i < count; ++i) {
        winners[feature + i] = chunk.edge[static_cast<std::int32_t>(positions[i])];
      }
    }
  }

 private:
  /// A NaN wins and stays; of equal values the one with the lower edge id wins.
  static bool beats(T value, std::int64_t edge, T other, std::int64_t other_edge) {
    return (other == other && !(value <= other)) || (value == other && edge < other_edge);
  }
};

/// The best of each of `kVectors` vectors of features over the edges of a chunk. Positions in the
/// chunk are lanes of `T`, which holds numbers below `kChunk` exactly.
template <typename K, std::int64_t kVectors, typename... Mask>
[[gnu::always_inline]] inline void best_of_tile(const Edges<typename K::T>& edges,
                                                const Chunk& chunk, std::int64_t feature,
                                                std::int64_t count,
                                                const Results<typename K::T>& results,
                                                const Mask&... mask) {
  using T = typename K::T;
  using std::experimental::where;
  Vec<T> best[kVectors];
  Vec<T> winner[kVectors];
  for (std::int64_t i = 0; i < kVectors; ++i) {
    best[i] = Vec<T>(-static_cast<T>(__builtin_inf()));
    winner[i] = Vec<T>(T{0});
  }
  const Vec<T> sign(results.sign);
  for (std::int64_t edge = 0; edge < edges.count; ++edge) {
    const T* lhs = edges.lhs + edges.lhs_offsets[edge];
    const T* rhs = K::kOp == KernelOp::kCopy ? nullptr : edges.rhs + edges.rhs_offsets[edge];
    const Vec<T> position(static_cast<T>(edge));
    for (std::int64_t i = 0; i < kVectors; ++i) {
      const Vec<T> value = sign * K::value(lhs, rhs, feature + i * kLanes<T>, mask...);
      const auto better = !(value <= best[i]) && best[i] == best[i];
      where(better, best[i]) = value;
      where(better, winner[i]) = position;
    }
  }
  T values[kVectors * kLanes<T>];
  T positions[kVectors * kLanes<T>];
  for (std::int64_t i = 0; i < kVectors; ++i) {
    store<T>(best[i], values + i * kLanes<T>);
    store<T>(winner[i], positions + i * kLanes<T>);
  }
  results.offer_all(chunk, feature, count, values, positions);
}

template <typename K>
struct ExtremumRows {
  using T = typename K::T;

  /// Messages that are summed over their features to one value.
  static void run_total(const Edges<T>& edges, const Chunk& chunk, std::int64_t width,
                        const Results<T>& results) {
    T best = -static_cast<T>(__builtin_inf());
    std::int64_t position = 0;
    for (std::int64_t edge = 0; edge < edges.count; ++edge) {
      const T* lhs = edges.lhs + edges.lhs_offsets[edge];
      const T* rhs = K::kOp == KernelOp::kCopy ? nullptr : edges.rhs + edges.rhs_offsets[edge];
      const T value = results.sign * K::total(lhs, rhs, width);
      if (!(value <= best) && best == best) {
        best = value;
        position = edge;
      }
    }
    results.offer(chunk, 0, best, position);
  }

  static void run_features(const Edges<T>& edges, const Chunk& chunk, std::int64_t width,
                           const Results<T>& results) {
    constexpr std::int64_t kVectors = 4;
    std::int64_t feature = 0;
    for (; feature + kVectors * kLanes<T> <= width; feature += kVectors * kLanes<T>) {
      best_of_tile<K, kVectors>(edges, chunk, feature, kVectors * kLanes<T>, results);
    }
    for (; feature + kLanes<T> <= width; feature += kLanes<T>) {
      best_of_tile<K, 1>(edges, chunk, feature, kLanes<T>, results);
    }
    if (feature < width) {
      best_of_tile<K, 1>(edges, chunk, feature, width - feature, results,
                         first_lanes<T>(width - feature));
    }
  }

  static void run_chunk(const ExtremumTask& task, const Chunk& chunk, std::int64_t row) {
    const FeatureBlocks& blocks = task.blocks;
    for (std::int64_t block = 0; block < blocks.num_blocks; ++block) {
      const std::int64_t offset = row * task.out_size + blocks.out_offsets[block];
      const Results<T> results{static_cast<T*>(task.out) + offset,
                               task.winners == nullptr ? nullptr : task.winners + offset,
                               static_cast<T>(task.sign)};
      Edges<T> edges{static_cast<const T*>(task.lhs.data) + blocks.lhs_offsets[block], nullptr,
                     chunk.lhs, chunk.rhs, chunk.count};
      if constexpr (K::kOp != KernelOp::kCopy) {
        edges.rhs = static_cast<const T*>(task.rhs.data) + blocks.rhs_offsets[block];
      }
      if constexpr (K::kOutStep == 0) {
        run_total(edges, chunk, blocks.width, results);
      } else {
        run_features(edges, chunk, blocks.width, results);
      }
    }
  }

  static void clear(const ExtremumTask& task, std::int64_t row) {
    for (std::int64_t i = row * task.out_size; i < (row + 1) * task.out_size; ++i) {
      static_cast<T*>(task.out)[i] = 0;
      if (task.winners != nullptr) {
        task.winners[i] = -1;
      }
    }
  }

  static void run(const ExtremumTask& task, std::int64_t begin, std::int64_t end) {
    Chunk chunk;
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t first = task.indptr[row];
      const std::int64_t last = task.indptr[row + 1];
      if (first == last) {
        clear(task, row);
      }
      for (std::int64_t position = first; position < last; position += kChunk) {
        chunk.count = last - position < kChunk ? last - position : kChunk;
        chunk.first = position == first;
        find_offsets(task.lhs, row, position, chunk.count, chunk.lhs);
        if constexpr (K::kOp != KernelOp::kCopy) {
          find_offsets(task.rhs, row, position, chunk.count, chunk.rhs);
        }
        find_offsets(task.edge, row, position, chunk.count, chunk.edge);
        chunk.template sort<K::kOp != KernelOp::kCopy>();
        run_chunk(task, chunk, row);
      }
    }
  }
};

constexpr int key(KernelOp op, int lhs_step, int rhs_step, int out_step) {
  return static_cast<int>(op) * 8 + lhs_step * 4 + rhs_step * 2 + out_step;
}

template <typename T, KernelOp kOp, int kLhsStep, int kRhsStep, int kOutStep>
using Rows = ExtremumRows<Kind<T, kOp, kLhsStep, kRhsStep, kOutStep>>;

/// Picks the loop for the task's operation and steps. The caller has brought the task into one of
/// these forms.
template <typename T>
void run(const ExtremumTask& task, std::int64_t begin, std::int64_t end) {
  using enum KernelOp;
  const FeatureBlocks& blocks = task.blocks;
  switch (key(task.op, blocks.lhs_step, blocks.rhs_step, blocks.out_step)) {
    case key(kCopy, 1, 0, 1):
      return Rows<T, kCopy, 1, 0, 1>::run(task, begin, end);
    case key(kCopy, 1, 0, 0):
      return Rows<T, kCopy, 1, 0, 0>::run(task, begin, end);
    case key(kAdd, 1, 1, 1):
      return Rows<T, kAdd, 1, 1, 1>::run(task, begin, end);
    case key(kAdd, 1, 0, 1):
      return Rows<T, kAdd, 1, 0, 1>::run(task, begin, end);
    case key(kAdd, 1, 1, 0):
      return Rows<T, kAdd, 1, 1, 0>::run(task, begin, end);
    case key(kMul, 1, 1, 1):
      return Rows<T, kMul, 1, 1, 1>::run(task, begin, end);
    case key(kMul, 1, 0, 1):
      return Rows<T, kMul, 1, 0, 1>::run(task, begin, end);
    case key(kMul, 1, 1, 0):
      return Rows<T, kMul, 1, 1, 0>::run(task, begin, end);
    default:
      __builtin_trap();
  }
}

}  // namespace

#define GRAPEVINE_JOIN(name, isa) name##_##isa
#define GRAPEVINE_SYMBOL(name, isa) GRAPEVINE_JOIN(name, isa)
constinit const ExtremumKernels GRAPEVINE_SYMBOL(extremum_kernels, GRAPEVINE_ISA) = {run<float>,
                                                                                     run<double>};

}  // namespace grapevine::ops::detail
