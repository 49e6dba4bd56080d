#pragma once

#include "grapevine/ops/cpu/edge_rows.h"

namespace grapevine::ops::detail {

/// `out += lhs op rhs` for every edge and feature; see `ops/detail/contract.h`.
struct ContractTask {
  KernelOp op = KernelOp::kCopy;
  /// Of the rows by which the edges are grouped; null if they come one by one (`map_*` only).
  const std::int64_t* indptr = nullptr;
  KernelOperand lhs;
  KernelOperand rhs;
  KernelOperand out;
  void* out_data = nullptr;
  FeatureBlocks blocks;
  bool overwrite =
      true;  ///< whether every output is visited in one block only, so that it needs no zeroing
  bool mean = false;  ///< divide each row by its number of edges; only with `overwrite`
};

/// Handles the rows (or single edges) `[begin, end)`; different ones never write to the same place.
using ContractFunction = void (*)(const ContractTask& task, std::int64_t begin, std::int64_t end);

/// The outputs are rows (`reduce_*`: each row is written even without edges) or edges (`map_*`).
struct ContractKernels {
  ContractFunction reduce_float;
  ContractFunction reduce_double;
  ContractFunction map_float;
  ContractFunction map_double;
};

extern const ContractKernels contract_kernels_default;
extern const ContractKernels contract_kernels_avx2;

}  // namespace grapevine::ops::detail
