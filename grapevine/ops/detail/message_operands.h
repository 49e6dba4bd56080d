#pragma once

#include <optional>

#include "grapevine/ops/detail/contraction.h"
#include "grapevine/ops/detail/message_name.h"
#include "grapevine/ops/edge_index.h"
#include "grapevine/ops/message_ops.h"

namespace grapevine::ops::detail {

/// A message and the operator in whose errors it is named.
struct CalledMessage {
  const char* caller;
  MessageName message;
};

/// A checked message in terms of a contraction: sub as the sum with the negative, div as the
/// product with the reciprocal, dot as a product that is summed over the last dimension.
struct MessageOperands {
  Contraction contraction;  ///< with targets and shapes; `out_target` is for the caller to set
  at::Tensor lhs;           ///< of at least two dimensions, as all tensors here
  at::Tensor rhs;           ///< undefined for a copy
  at::ScalarType dtype = at::kFloat;  ///< of the result; the operands may be wider
  bool flatten = false;  ///< whether the result loses its last dimension, because the operands had
                         ///< only one

  /// The operator's result from that of the contraction.
  [[nodiscard]] at::Tensor finish(const at::Tensor& out) const;
};

/// Checks the operands of a message and brings them into that form; a copy ignores `rhs`. Throws
/// `Error` for wrong row counts, dtypes, devices and shapes.
[[nodiscard]] MessageOperands prepare_message(const CalledMessage& called, const EdgeIndex& edges,
                                              const at::Tensor& lhs,
                                              const std::optional<at::Tensor>& rhs);

/// The second operand as an operator takes it: none for a copy.
[[nodiscard]] inline std::optional<at::Tensor> optional_rhs(BinaryOp op, const Operand& rhs) {
  return op == BinaryOp::kCopyLhs ? std::nullopt : std::optional<at::Tensor>(rhs.data);
}

}  // namespace grapevine::ops::detail
