#include "grapevine/ops/cpu/edge_softmax_kernel.h"

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "grapevine/ops/cpu/exponential.h"
#include "grapevine/util/vec.h"

namespace grapevine::ops::detail {
namespace {

/// How many edges ahead logits and results are fetched into the cache.
constexpr std::int64_t kSoftmaxAhead = 32;

/// Lane i is that of `value` at i + `kBy`, counted round.
template <std::int64_t kBy, typename T, int... kLane>
[[gnu::always_inline]] inline Vec<T> rotated(const Vec<T>& value,
                                             std::integer_sequence<int, kLane...> /*lanes*/) {
  using Lanes [[gnu::vector_size(sizeof(Vec<T>))]] = T;
  const auto lanes = std::bit_cast<Lanes>(value);
  return std::bit_cast<Vec<T>>(
      __builtin_shufflevector(lanes, lanes, (kLane + kBy) % sizeof...(kLane)...));
}
template <std::int64_t kBy, typename T>
[[gnu::always_inline]] inline Vec<T> rotated(const Vec<T>& value) {
  return rotated<kBy, T>(value, std::make_integer_sequence<int, kLanes<T>>());
}

/// Brings the lanes that are a multiple of `kStride` apart together, in each of them.
template <std::int64_t kStride, typename T, typename Combine>
[[gnu::always_inline]] inline Vec<T> folded(Vec<T> value, const Combine& combine) {
  constexpr std::int64_t kLane = kLanes<T>;
  if constexpr (kLane / 2 >= kStride) {
    value = combine(value, rotated<kLane / 2, T>(value));
  }
  if constexpr (kLane / 4 >= kStride) {
    value = combine(value, rotated<kLane / 4, T>(value));
  }
  if constexpr (kLane / 8 >= kStride) {
    value = combine(value, rotated<kLane / 8, T>(value));
  }
  if constexpr (kLane / 16 >= kStride) {
    value = combine(value, rotated<kLane / 16, T>(value));
  }
  return value;
}

/// The softmax of up to `kStride` features, a power of two, over the edges of each row. Their
/// values stand side by side, in a vector those of several edges or in several vectors those of
/// one.
template <typename T, std::int64_t kStride>
class Tile {
 public:
  Tile(const EdgeSoftmaxTask& task, std::int64_t feature, std::int64_t size, std::int64_t end)
      : selector_(task.logits.selector),
        width_(task.logits.row_size),
        logits_(static_cast<const T*>(task.logits.data) + feature),
        out_(static_cast<T*>(task.out) + feature),
        size_(size),
        end_(end) {
    for (T& value : values_) {
      value = kWorst;
    }
  }

  /// The edges at places `[begin, end)`.
  void run_row(std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = 0; i < kVectors; ++i) {
      largest_[i] = Vec<T>(kWorst);
      sums_[i] = Vec<T>(T{0});
    }
    if (end - begin > kEdges) {
      return run_long_row(begin, end);
    }
    gather(logits_, begin, end);
    find_largest();
    exponentiate();
    scale();
    scatter(begin, end);
  }

 private:
  static constexpr std::int64_t kVectors = kStride > kLanes<T> ? kStride / kLanes<T> : 1;
  static constexpr std::int64_t kStep = kVectors * kLanes<T>;
  static constexpr T kWorst = -static_cast<T>(__builtin_inf());
  // So much that a row's values stay in the nearest cache until they are written.
  static constexpr std::int64_t kValues = 16384 / sizeof(T);
  static constexpr std::int64_t kEdges = kValues / kStride;

  /// A row whose edges do not fit into the buffer at once.
  [[gnu::noinline]] void run_long_row(std::int64_t begin, std::int64_t end) {
    const auto for_each_part = [&](const T* from, const auto& body) {
      for (std::int64_t place = begin; place < end; place += kEdges) {
        const std::int64_t last = end - place < kEdges ? end : place + kEdges;
        gather(from, place, last);
        body();
        scatter(place, last);
      }
    };
    for (std::int64_t place = begin; place < end; place += kEdges) {
      gather(logits_, place, end - place < kEdges ? end : place + kEdges);
      find_largest();
    }
    for_each_part(logits_, [&] { exponentiate(); });
    for_each_part(out_, [&] { scale(); });
  }

  void gather(const T* from, std::int64_t begin, std::int64_t end) {
    T* to = values_;
    for (std::int64_t place = begin; place < end; ++place, to += kStride) {
      const T* row = from + row_at(selector_, 0, place) * width_;
      if (place + kSoftmaxAhead < end_) {
        const std::int64_t next = row_at(selector_, 0, place + kSoftmaxAhead) * width_;
        __builtin_prefetch(from + next);
        __builtin_prefetch(out_ + next, 1);
      }
      copy(row, to);
    }
    count_ = to - values_;
    // What is behind the last edge in its vector changes nothing.
    for (; (to - values_) % kStep != 0; ++to) {
      *to = kWorst;
    }
  }

  void scatter(std::int64_t begin, std::int64_t end) const {
    const T* from = values_;
    for (std::int64_t place = begin; place < end; ++place, from += kStride) {
      copy(from, out_ + row_at(selector_, 0, place) * width_);
    }
  }

  [[gnu::always_inline]] void copy(const T* from, T* to) const {
    if (size_ == kStride) {
      std::memcpy(to, from, kStride * sizeof(T));
      return;
    }
    for (std::int64_t i = 0; i < size_; ++i) {
      to[i] = from[i];
    }
  }

  /// If there is a NaN, the softmax is NaN whatever this finds.
  void find_largest() {
    for (std::int64_t j = 0; j < kVectors; ++j) {
      Vec<T> largest = largest_[j];
      for (std::int64_t i = j * kLanes<T>; i < count_; i += kStep) {
        largest = std::experimental::max(load(values_ + i), largest);
      }
      largest_[j] = folded<kStride, T>(
          largest, [](const Vec<T>& a, const Vec<T>& b) { return std::experimental::max(a, b); });
    }
  }

  void exponentiate() {
    for (std::int64_t j = 0; j < kVectors; ++j) {
      const Vec<T> largest = largest_[j];
      Vec<T> sum = sums_[j];
      for (std::int64_t i = j * kLanes<T>; i < count_; i += kStep) {
        const Vec<T> value = exponential<T>(load(values_ + i) - largest);
        store<T>(value, values_ + i);
        sum += value;
      }
      sums_[j] = sum;
    }
  }

  void scale() {
    for (std::int64_t j = 0; j < kVectors; ++j) {
      const Vec<T> factor =
          T{1} /
          folded<kStride, T>(sums_[j], [](const Vec<T>& a, const Vec<T>& b) { return a + b; });
      for (std::int64_t i = j * kLanes<T>; i < count_; i += kStep) {
        store<T>(load(values_ + i) * factor, values_ + i);
      }
    }
  }

  RowSelector selector_;
  std::int64_t width_;
  const T* logits_;
  T* out_;
  std::int64_t size_;
  std::int64_t end_;
  std::int64_t count_ = 0;
  Vec<T> largest_[kVectors];
  Vec<T> sums_[kVectors];
  alignas(kCacheLine) T values_[kValues];
};

template <typename T, std::int64_t kStride>
void run_tile(const EdgeSoftmaxTask& task, std::int64_t begin, std::int64_t end,
              std::int64_t feature, std::int64_t size) {
  Tile<T, kStride> tile(task, feature, size, task.indptr[end]);
  for (std::int64_t row = begin; row < end; ++row) {
    if (task.indptr[row] < task.indptr[row + 1]) {
      tile.run_row(task.indptr[row], task.indptr[row + 1]);
    }
  }
}

template <typename T>
void run(const EdgeSoftmaxTask& task, std::int64_t begin, std::int64_t end) {
  constexpr std::int64_t kTile = kCacheLine / sizeof(T);
  const std::int64_t width = task.logits.row_size;
  for (std::int64_t feature = 0; feature < width; feature += kTile) {
    const std::int64_t size = width - feature < kTile ? width - feature : kTile;
    if (size == 1) {
      run_tile<T, 1>(task, begin, end, feature, size);
    } else if (size == 2) {
      run_tile<T, 2>(task, begin, end, feature, size);
    } else if (size <= 4) {
      run_tile<T, 4>(task, begin, end, feature, size);
    } else if (size <= 8) {
      run_tile<T, 8>(task, begin, end, feature, size);
    } else {
      run_tile<T, kTile>(task, begin, end, feature, size);
    }
  }
}

}  // namespace

#define GRAPEVINE_JOIN(name, isa) name##_##isa
#define GRAPEVINE_SYMBOL(name, isa) GRAPEVINE_JOIN(name, isa)
constinit const EdgeSoftmaxKernels GRAPEVINE_SYMBOL(edge_softmax_kernels, GRAPEVINE_ISA) = {
    run<float>, run<double>};

}  // namespace grapevine::ops::detail
