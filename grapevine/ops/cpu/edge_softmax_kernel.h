#pragma once

#include "grapevine/ops/cpu/edge_rows.h"

namespace grapevine::ops::detail {

/// Softmax of `logits` over the edges of each row, for each of `width` features.
struct EdgeSoftmaxTask {
  const std::int64_t* indptr = nullptr;
  KernelOperand logits;  ///< and the rows of the result
  void* out = nullptr;
};

/// Handles the rows `[begin, end)`.
using EdgeSoftmaxFunction = void (*)(const EdgeSoftmaxTask& task, std::int64_t begin,
                                     std::int64_t end);

struct EdgeSoftmaxKernels {
  EdgeSoftmaxFunction rows_float;
  EdgeSoftmaxFunction rows_double;
};

extern const EdgeSoftmaxKernels edge_softmax_kernels_default;
extern const EdgeSoftmaxKernels edge_softmax_kernels_avx2;
extern const EdgeSoftmaxKernels edge_softmax_kernels_avx512;

}  // namespace grapevine::ops::detail
