#pragma once

#include <ATen/core/Tensor.h>

namespace grapevine::ops::detail {

/// Checks the operands that `segment_mm` and `gather_mm` share: `a` `[n, k]` and `b` `[r, k, m]` of
/// one floating dtype and device. Throws `Error` that names `function`.
void check_matrix_operands(const char* function, const at::Tensor& a, const at::Tensor& b);

/// `[n, m]`, some product that depends on both operands: for results of which only the shape is
/// asked, because there are no rows or the tensors have no values.
[[nodiscard]] at::Tensor any_matrix_product(const at::Tensor& a, const at::Tensor& b);

}  // namespace grapevine::ops::detail
