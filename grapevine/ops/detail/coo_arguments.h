#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/SymInt.h>

#include <vector>

#include "grapevine/ops/message_ops.h"

// What the operators whose edges are tensors share above their kernels, where sizes may be symbols:
// shapes and gradients for programs that are traced.
namespace grapevine::ops::detail {

/// A feature shape: the sizes after the first dimension.
using SymShape = std::vector<c10::SymInt>;

/// Edges as operators with plain schemas take them: `src` and `dst` `[num_edges]`.
struct CooArguments {
  at::Tensor src;
  at::Tensor dst;
  c10::SymInt num_src;
  c10::SymInt num_dst;

  /// The number of rows that features of a target have.
  [[nodiscard]] c10::SymInt num_rows(Target target) const;
  /// The row that each edge reads or writes at a target, in int64: `[num_edges]`.
  [[nodiscard]] at::Tensor row_ids(Target target) const;
  /// `1 / max(degree, 1)` of a target's nodes in the dtype of `like`, shaped to scale it.
  [[nodiscard]] at::Tensor inverse_degrees(Target target, const at::Tensor& like) const;
};

[[nodiscard]] SymShape sym_feature_shape(const at::Tensor& tensor);
[[nodiscard]] c10::SymInt numel(const SymShape& shape);
/// `[rows, *shape]`.
[[nodiscard]] SymShape sym_with_rows(const c10::SymInt& rows, const SymShape& shape);

}  // namespace grapevine::ops::detail
