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
  bool mean = false;      ///< divide each row by its number of edges; only with `overwrite`
  bool wide_rhs = false;  ///< rhs is float, whatever lhs and the result are; only for sums of rows
};

/// Handles the rows (or single edges) `[begin, end)`; different ones never write to the same place.
using ContractFunction = void (*)(const ContractTask& task, std::int64_t begin, std::int64_t end);

/// The outputs are rows (`reduce_*`: each row is written even without edges) or edges (`map_*`).
/// Those for bfloat16 compute in float and round what they write; rows only where
/// `sums_in_registers`, edges only with `overwrite`.
struct ContractKernels {
  ContractFunction reduce_float;
  ContractFunction reduce_double;
  ContractFunction reduce_bfloat16;
  ContractFunction map_float;
  ContractFunction map_double;
  ContractFunction map_bfloat16;
};

extern const ContractKernels contract_kernels_default;
extern const ContractKernels contract_kernels_avx2;
extern const ContractKernels contract_kernels_avx512;

namespace {

/// Whether rows are summed in registers from the first edge to the last: one pass over the edges
/// for as many features as the registers hold.
[[maybe_unused]] bool sums_in_registers(const ContractTask& task) {
  return task.overwrite && task.op != KernelOp::kAdd && task.blocks.out_step == 1 &&
         task.blocks.lhs_step == 1 && task.lhs.selector.kind != RowSelector::Kind::kGroup;
}

}  // namespace

}  // namespace grapevine::ops::detail
