#pragma once

#include <ATen/core/Tensor.h>

namespace grapevine::ops::detail {

/// Checks the operands that `segment_mm` and `gather_mm` share: `a` `[n, k]` and `b` `[r, k, m]` of
/// one floating dtype and device. Throws `Error` that names `function`.
void check_matrix_operands(const char* function, const at::Tensor& a, const at::Tensor& b);

}  // namespace grapevine::ops::detail
