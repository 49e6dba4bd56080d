#pragma once

#include "grapevine/ops/cpu/edge_rows.h"

namespace grapevine::ops::detail {

/// The largest `sign * (lhs op rhs)` over the edges of each row and feature, times `sign`; see
/// `ops/detail/extremum.h`.
struct ExtremumTask {
  KernelOp op = KernelOp::kCopy;
  const std::int64_t* indptr = nullptr;
  KernelOperand lhs;
  KernelOperand rhs;
  KernelOperand edge;         ///< of row size 1: the ids of the edges
  std::int64_t out_size = 1;  ///< values in a row of the output
  void* out = nullptr;
  std::int64_t* winners = nullptr;  ///< in the shape of the output, or null
  FeatureBlocks blocks;
  int sign = 1;  ///< 1 for the maximum, -1 for the minimum
};

/// Handles the rows `[begin, end)`.
using ExtremumFunction = void (*)(const ExtremumTask& task, std::int64_t begin, std::int64_t end);

struct ExtremumKernels {
  ExtremumFunction rows_float;
  ExtremumFunction rows_double;
};

extern const ExtremumKernels extremum_kernels_default;
extern const ExtremumKernels extremum_kernels_avx2;

}  // namespace grapevine::ops::detail
