#include "grapevine/ops/cpu/edge_softmax_kernel.h"

namespace grapevine::ops::detail {
namespace {

/// Features whose maxima and sums stand on the stack while the edges of a row pass by.
constexpr std::int64_t kTile = 16;

[[gnu::always_inline]] inline float exponential(float value) { return __builtin_expf(value); }
[[gnu::always_inline]] inline double exponential(double value) { return __builtin_exp(value); }

/// Calls `body(offset)` with the place of each edge's features.
template <typename Body>
[[gnu::always_inline]] inline void for_each_edge(const EdgeSoftmaxTask& task, std::int64_t row,
                                                 const Body& body) {
  std::int64_t offsets[kChunk];
  const std::int64_t last = task.indptr[row + 1];
  for (std::int64_t position = task.indptr[row]; position < last; position += kChunk) {
    const std::int64_t count = last - position < kChunk ? last - position : kChunk;
    find_offsets(task.logits, row, position, count, offsets);
    for (std::int64_t edge = 0; edge < count; ++edge) {
      body(offsets[edge]);
    }
  }
}

template <typename T>
void run_tile(const EdgeSoftmaxTask& task, std::int64_t row, std::int64_t feature,
              std::int64_t size) {
  const T* logits = static_cast<const T*>(task.logits.data) + feature;
  T* out = static_cast<T*>(task.out) + feature;
  T largest[kTile];
  T sums[kTile];
  for (std::int64_t i = 0; i < size; ++i) {
    largest[i] = -static_cast<T>(__builtin_inf());
    sums[i] = 0;
  }
  for_each_edge(task, row, [&](std::int64_t offset) {
    for (std::int64_t i = 0; i < size; ++i) {
      largest[i] = logits[offset + i] > largest[i] ? logits[offset + i] : largest[i];
    }
  });
  for_each_edge(task, row, [&](std::int64_t offset) {
    for (std::int64_t i = 0; i < size; ++i) {
      const T value = exponential(logits[offset + i] - largest[i]);
      out[offset + i] = value;
      sums[i] += value;
    }
  });
  for (std::int64_t i = 0; i < size; ++i) {
    sums[i] = T{1} / sums[i];
  }
  for_each_edge(task, row, [&](std::int64_t offset) {
    for (std::int64_t i = 0; i < size; ++i) {
      out[offset + i] *= sums[i];
    }
  });
}

template <typename T>
void run(const EdgeSoftmaxTask& task, std::int64_t begin, std::int64_t end) {
  const std::int64_t width = task.logits.row_size;
  for (std::int64_t row = begin; row < end; ++row) {
    for (std::int64_t feature = 0; feature < width; feature += kTile) {
      run_tile<T>(task, row, feature, width - feature < kTile ? width - feature : kTile);
    }
  }
}

}  // namespace

#define GRAPEVINE_JOIN(name, isa) name##_##isa
#define GRAPEVINE_SYMBOL(name, isa) GRAPEVINE_JOIN(name, isa)
constinit const EdgeSoftmaxKernels GRAPEVINE_SYMBOL(edge_softmax_kernels, GRAPEVINE_ISA) = {
    run<float>, run<double>};

}  // namespace grapevine::ops::detail
