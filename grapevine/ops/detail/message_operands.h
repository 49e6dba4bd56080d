#pragma once

#include "grapevine/ops/detail/contract.h"
#include "grapevine/ops/edge_index.h"
#include "grapevine/ops/message_ops.h"

namespace grapevine::ops::detail {

/// A checked message in terms of a contraction: sub as the sum with the negative, div as the
/// product with the reciprocal, dot as a product that is summed over the last dimension.
struct MessageOperands {
  Contraction contraction;  ///< with targets and shapes; `out_target` is for the caller to set
  at::Tensor lhs;           ///< of at least two dimensions, as all tensors here
  at::Tensor rhs;           ///< undefined for a copy
  bool flatten =
      false;  ///< whether the result loses its last dimension, because the operands had only one
};

/// Checks the operands of an operator called `caller` and brings them into that form. Throws
/// `Error` for wrong row counts, dtypes, devices and shapes.
[[nodiscard]] MessageOperands prepare_message(const char* caller, const EdgeIndex& edges,
                                              BinaryOp op, const Operand& lhs, const Operand& rhs);

}  // namespace grapevine::ops::detail
