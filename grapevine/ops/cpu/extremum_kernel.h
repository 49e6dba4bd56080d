#pragma once

#include "grapevine/ops/cpu/edge_rows.h"

namespace grapevine::ops::detail {

/// The largest (or smallest) `lhs op rhs` over the edges of each row and feature; see
/// `ops/detail/extremum.h`.
struct ExtremumTask {
  KernelOp op = KernelOp::kCopy;
  const std::int64_t* indptr = nullptr;
  KernelOperand lhs;
  KernelOperand rhs;
  KernelOperand edge;         ///< of row size 1: the ids of the edges
  std::int64_t out_size = 1;  ///< values in a row of the output
  void* out = nullptr;
  void* winners = nullptr;    ///< in the shape of the output, int32 or int64; or null
  bool wide_winners = false;  ///< int64
  RowSelector winner_names;   ///< what is written for the edge at a position
  FeatureBlocks blocks;
  bool maximum = true;
};

/// Handles the rows `[begin, end)`.
using ExtremumFunction = void (*)(const ExtremumTask& task, std::int64_t begin, std::int64_t end);

struct ExtremumKernels {
  ExtremumFunction rows_float;
  ExtremumFunction rows_double;
};

extern const ExtremumKernels extremum_kernels_default;
extern const ExtremumKernels extremum_kernels_avx2;
extern const ExtremumKernels extremum_kernels_avx512;

}  // namespace grapevine::ops::detail
