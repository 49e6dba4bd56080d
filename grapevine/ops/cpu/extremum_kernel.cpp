#include "grapevine/ops/cpu/extremum_kernel.h"

#include "grapevine/ops/cpu/extremum_window.h"
#include "grapevine/ops/cpu/message_kind.h"
#include "grapevine/util/vec.h"

namespace grapevine::ops::detail {
namespace {

/// What is looked for: the extremum of a kind of messages, and which edges have it or not.
template <typename Message, bool kMaximum, bool kWithWinners>
struct Search {
  using K = Message;
  using T = typename K::T;
  static constexpr bool kWinners = kWithWinners;
  static constexpr T kWorst =
      kMaximum ? -static_cast<T>(__builtin_inf()) : static_cast<T>(__builtin_inf());

  template <typename V>
  [[gnu::always_inline]] static auto is_better(const V& value, const V& best) {
    if constexpr (kMaximum) {
      return value > best;
    } else {
      return value < best;
    }
  }
  /// Of numbers; which of them if one is NaN is not said.
  template <typename V>
  [[gnu::always_inline]] static V better_of(const V& value, const V& best) {
    if constexpr (kMaximum) {
      return std::experimental::max(value, best);
    } else {
      return std::experimental::min(value, best);
    }
  }
};

/// Where the results of one block of features of a row go.
template <typename T>
struct Results {
  T* out;
  void* winners;  // places, int64 or int32
  bool wide_winners;

  [[nodiscard]] std::int64_t winner(std::int64_t feature) const {
    return wide_winners ? static_cast<const std::int64_t*>(winners)[feature]
                        : static_cast<const std::int32_t*>(winners)[feature];
  }
  void set_winner(std::int64_t feature, std::int64_t place) const {
    if (wide_winners) {
      static_cast<std::int64_t*>(winners)[feature] = place;
    } else {
      static_cast<std::int32_t*>(winners)[feature] = static_cast<std::int32_t>(place);
    }
  }

  /// Whole numbers in `positions` say which edge of the chunk has won; -1: none. `kCount` is the
  /// largest `count`.
  template <std::int64_t kCount>
  [[gnu::always_inline]] void set_winners(const Chunk& chunk, std::int64_t feature,
                                          std::int64_t count, const T* positions) const {
    if (count == kCount && chunk.is_first && chunk.ids_ascend && !wide_winners) {
      auto* to = static_cast<std::int32_t*>(winners) + feature;
      const auto begin = static_cast<std::int32_t>(chunk.begin);
      for (std::int64_t i = 0; i < kCount; ++i) {
        to[i] = begin + static_cast<std::int32_t>(positions[i]);
      }
      return;
    }
    for (std::int64_t i = 0; i < count; ++i) {
      if (positions[i] >= 0) {
        set_winner(feature + i, chunk.place_of(static_cast<std::int64_t>(positions[i])));
      }
    }
  }
};

/// `kCount` features of one message, from `feature` on.
template <typename K, std::int64_t kCount, typename... Mask>
[[gnu::always_inline]] inline ShortVec<typename K::T, kCount> message(const typename K::T* lhs,
                                                                      const typename K::T* rhs,
                                                                      std::int64_t feature,
                                                                      const Mask&... mask) {
  if constexpr (kCount == kLanes<typename K::T>) {
    return K::value(lhs, rhs, feature, mask...);
  } else {
    static_assert(K::kOp == KernelOp::kCopy && K::kLhsStep == 1);
    return load<kCount>(lhs + feature, mask...);
  }
}

/// Looks through a chunk for each of `kVectors` vectors of `kSize` features. False if there is a
/// NaN among the messages or what earlier chunks have left: then nothing is stored. Positions in
/// the chunk are lanes of `T`, which holds numbers below `kChunk` exactly. Loops are unrolled so
/// that all vectors stay in registers.
template <typename S, std::int64_t kSize, std::int64_t kVectors, typename... Mask>
[[gnu::always_inline]] inline bool search_tile(const Edges<typename S::T>& edges,
                                               const Chunk& chunk, std::int64_t feature,
                                               std::int64_t count,
                                               const Results<typename S::T>& results,
                                               const Mask&... mask) {
  using K = typename S::K;
  using T = typename S::T;
  using V = ShortVec<T, kSize>;
  V best[kVectors];
  [[maybe_unused]] V winner[kVectors];
  typename V::mask_type has_nan(false);
#pragma GCC unroll 8
  for (std::int64_t i = 0; i < kVectors; ++i) {
    best[i] = V(S::kWorst);
    winner[i] = V(T{0});
  }
  if (!chunk.is_first) {
#pragma GCC unroll 8
    for (std::int64_t i = 0; i < kVectors; ++i) {
      best[i] = load<kSize>(results.out + feature + i * kSize, mask...);
      winner[i] = V(T{-1});
      has_nan = has_nan || isunordered(best[i], best[i]);
    }
  }
  for (std::int64_t edge = 0; edge < edges.count; ++edge) {
    const T* lhs = edges.lhs + edges.lhs_offsets[edge];
    const T* rhs = nullptr;
    prefetch(edges.lhs + edges.lhs_offsets[edge + kAhead] + feature, kVectors * sizeof(V));
    if constexpr (K::kOp != KernelOp::kCopy) {
      rhs = edges.rhs + edges.rhs_offsets[edge];
      prefetch(edges.rhs + edges.rhs_offsets[edge + kAhead] + K::kRhsStep * feature,
               K::kRhsStep == 0 ? 1 : kVectors * sizeof(V));
    }
    [[maybe_unused]] const V position(static_cast<T>(edge));
    V value[kVectors];
#pragma GCC unroll 8
    for (std::int64_t i = 0; i < kVectors; ++i) {
      value[i] = message<K, kSize>(lhs, rhs, feature + i * kSize, mask...);
      if constexpr (S::kWinners) {
        std::experimental::where(S::is_better(value[i], best[i]), winner[i]) = position;
      }
      best[i] = S::better_of(value[i], best[i]);
    }
#pragma GCC unroll 8
    for (std::int64_t i = 0; i < kVectors; i += 2) {
      has_nan = has_nan || isunordered(value[i], value[i + 1 < kVectors ? i + 1 : i]);
    }
  }
  if (any_of(has_nan)) {
    return false;
  }
#pragma GCC unroll 8
  for (std::int64_t i = 0; i < kVectors; ++i) {
    store<kSize>(best[i], results.out + feature + i * kSize, mask...);
  }
  if constexpr (S::kWinners) {
    T positions[kVectors * kSize];
#pragma GCC unroll 8
    for (std::int64_t i = 0; i < kVectors; ++i) {
      store<kSize>(winner[i], positions + i * kSize);
    }
    results.template set_winners<kVectors * kSize>(chunk, feature, count, positions);
  }
  return true;
}

template <typename S>
class ExtremumRows {
  using K = typename S::K;
  using T = typename S::T;
  static constexpr bool kHasRhs = K::kOp != KernelOp::kCopy;

  /// What of a chunk's search does not change with the features.
  struct Place {
    const ExtremumTask& task;
    const Chunk& chunk;
    Edges<T> edges;
    Results<T> results;
  };

 public:
  static void run(const ExtremumTask& task, std::int64_t begin, std::int64_t end) {
    Window window;
    Chunk chunk;
    const std::int64_t end_of_all = task.indptr[end];
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t first = task.indptr[row];
      const std::int64_t last = task.indptr[row + 1];
      if (first == last) {
        clear(task, row);
      }
      chunk.ids_ascend = !S::kWinners || ids_ascend(task.edge.selector, first, last);
      for (std::int64_t place = first; place < last; place += chunk.count) {
        chunk.begin = place;
        chunk.count = last - place < kChunk ? last - place : kChunk;
        if (place + chunk.count > window.end) {
          window.move_to(task, kHasRhs, place, end_of_all);
        }
        chunk.is_first = place == first;
        chunk.is_whole_row = chunk.is_first && place + chunk.count == last;
        window.enter_row(task, kHasRhs, row, place, chunk.count);
        chunk.lhs = window.lhs + (place - window.begin);
        chunk.rhs = window.rhs + (place - window.begin);
        if (!chunk.ids_ascend) {
          chunk.sort(task.edge);
        }
        run_chunk(task, chunk, row);
      }
      if (S::kWinners && first < last) {
        name_winners(task, row);
      }
    }
  }

 private:
  static void clear(const ExtremumTask& task, std::int64_t row) {
    const Results<T> results = results_at(task, row * task.out_size);
    for (std::int64_t i = 0; i < task.out_size; ++i) {
      results.out[i] = 0;
      if constexpr (S::kWinners) {
        results.set_winner(i, -1);
      }
    }
  }

  /// Replaces the places of edges, by which they are compared, by what the caller asks for.
  static void name_winners(const ExtremumTask& task, std::int64_t row) {
    void* winners = results_at(task, row * task.out_size).winners;
    if (task.wide_winners) {
      name_places(task.winner_names, row, task.out_size, static_cast<std::int64_t*>(winners));
    } else {
      name_places(task.winner_names, row, task.out_size, static_cast<std::int32_t*>(winners));
    }
  }

  static Results<T> results_at(const ExtremumTask& task, std::int64_t offset) {
    const std::int64_t bytes = task.wide_winners ? sizeof(std::int64_t) : sizeof(std::int32_t);
    return {static_cast<T*>(task.out) + offset,
            S::kWinners ? static_cast<char*>(task.winners) + offset * bytes : nullptr,
            task.wide_winners};
  }

  static void run_chunk(const ExtremumTask& task, const Chunk& chunk, std::int64_t row) {
    const FeatureBlocks& blocks = task.blocks;
    for (std::int64_t block = 0; block < blocks.num_blocks; ++block) {
      Place place{task,
                  chunk,
                  {static_cast<const T*>(task.lhs.data) + blocks.lhs_offsets[block], nullptr,
                   chunk.lhs, chunk.rhs, chunk.count},
                  results_at(task, row * task.out_size + blocks.out_offsets[block])};
      if constexpr (kHasRhs) {
        place.edges.rhs = static_cast<const T*>(task.rhs.data) + blocks.rhs_offsets[block];
      }
      if constexpr (K::kOutStep == 0) {
        search_one_by_one(place, 0, 1);
      } else if (chunk.ids_ascend || chunk.is_whole_row) {
        run_features(place);
      } else {
        search_one_by_one(place, 0, blocks.width);
      }
    }
  }

  static void run_features(const Place& place) {
    const std::int64_t width = place.task.blocks.width;
    std::int64_t feature = 0;
    for (; feature + 4 * kLanes<T> <= width; feature += 4 * kLanes<T>) {
      search<kLanes<T>, 4>(place, feature, 4 * kLanes<T>);
    }
    for (; feature + 2 * kLanes<T> <= width; feature += 2 * kLanes<T>) {
      search<kLanes<T>, 2>(place, feature, 2 * kLanes<T>);
    }
    for (; feature + kLanes<T> <= width; feature += kLanes<T>) {
      search<kLanes<T>, 1>(place, feature, kLanes<T>);
    }
    if constexpr (!kHasRhs && kLanes < T >> 4) {
      for (; feature + 4 <= width; feature += 4) {
        search<4, 1>(place, feature, 4);
      }
    }
    if (feature < width) {
      search<kLanes<T>, 1>(place, feature, width - feature, first_lanes<T>(width - feature));
    }
  }

  template <std::int64_t kSize, std::int64_t kVectors, typename... Mask>
  [[gnu::always_inline]] static void search(const Place& place, std::int64_t feature,
                                            std::int64_t count, const Mask&... mask) {
    if (!search_tile<S, kSize, kVectors>(place.edges, place.chunk, feature, count, place.results,
                                         mask...)) {
      search_one_by_one(place, feature, feature + count);
    }
  }

  /// For messages that are summed over their features to one value, and where the order of places
  /// does not decide: between NaNs, and between chunks whose ids are in no order.
  [[gnu::noinline]] static void search_one_by_one(const Place& place, std::int64_t feature,
                                                  std::int64_t end) {
    const Edges<T>& edges = place.edges;
    for (std::int64_t i = 0; i < edges.count; ++i) {
      const T* lhs = edges.lhs + edges.lhs_offsets[i];
      const T* rhs = kHasRhs ? edges.rhs + edges.rhs_offsets[i] : nullptr;
      for (std::int64_t f = feature; f < end; ++f) {
        if constexpr (K::kOutStep == 1) {
          offer(place, i, f, K::scalar(lhs, rhs, f));
        } else {
          offer(place, i, f, K::total(lhs, rhs, place.task.blocks.width));
        }
      }
    }
  }

  /// A NaN wins; of equal values the one with the lowest edge id.
  static void offer(const Place& place, std::int64_t i, std::int64_t feature, T value) {
    const Results<T>& results = place.results;
    const T best = results.out[feature];
    const bool is_nan = value != value;
    const bool best_is_nan = best != best;
    bool wins = place.chunk.is_first && i == 0;
    if (!wins && is_nan != best_is_nan) {
      wins = is_nan;
    } else if (!wins && (is_nan || value == best)) {
      wins = !place.chunk.ids_ascend &&
             place.chunk.edge[i] < row_at(place.task.edge.selector, 0, results.winner(feature));
    } else if (!wins) {
      wins = S::is_better(value, best);
    }
    if (wins) {
      results.out[feature] = value;
      if constexpr (S::kWinners) {
        results.set_winner(feature, place.chunk.place_of(i));
      }
    }
  }
};

template <typename K>
void run_kind(const ExtremumTask& task, std::int64_t begin, std::int64_t end) {
  if (task.winners != nullptr) {
    task.maximum ? ExtremumRows<Search<K, true, true>>::run(task, begin, end)
                 : ExtremumRows<Search<K, false, true>>::run(task, begin, end);
  } else {
    task.maximum ? ExtremumRows<Search<K, true, false>>::run(task, begin, end)
                 : ExtremumRows<Search<K, false, false>>::run(task, begin, end);
  }
}

constexpr int key(KernelOp op, int lhs_step, int rhs_step, int out_step) {
  return static_cast<int>(op) * 8 + lhs_step * 4 + rhs_step * 2 + out_step;
}

/// Picks the loop for the task's operation and steps. The caller has brought the task into one of
/// these forms.
template <typename T>
void run(const ExtremumTask& task, std::int64_t begin, std::int64_t end) {
  using enum KernelOp;
  const FeatureBlocks& blocks = task.blocks;
  switch (key(task.op, blocks.lhs_step, blocks.rhs_step, blocks.out_step)) {
    case key(kCopy, 1, 0, 1):
      return run_kind<Kind<T, kCopy, 1, 0, 1>>(task, begin, end);
    case key(kCopy, 1, 0, 0):
      return run_kind<Kind<T, kCopy, 1, 0, 0>>(task, begin, end);
    case key(kAdd, 1, 1, 1):
      return run_kind<Kind<T, kAdd, 1, 1, 1>>(task, begin, end);
    case key(kAdd, 1, 0, 1):
      return run_kind<Kind<T, kAdd, 1, 0, 1>>(task, begin, end);
    case key(kAdd, 1, 1, 0):
      return run_kind<Kind<T, kAdd, 1, 1, 0>>(task, begin, end);
    case key(kMul, 1, 1, 1):
      return run_kind<Kind<T, kMul, 1, 1, 1>>(task, begin, end);
    case key(kMul, 1, 0, 1):
      return run_kind<Kind<T, kMul, 1, 0, 1>>(task, begin, end);
    case key(kMul, 1, 1, 0):
      return run_kind<Kind<T, kMul, 1, 1, 0>>(task, begin, end);
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
