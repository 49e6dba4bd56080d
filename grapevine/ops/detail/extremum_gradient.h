#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/detail/contraction.h"
#include "grapevine/ops/edge_index.h"

namespace grapevine::ops::detail {

/// The gradient of the left operand of an extremum from `gradient`, that of its values, both
/// float32 or float64 on the CPU: each goes to the row that won. `winners` are those of the
/// extremum, `rhs` the other operand if `message` is a product. Not differentiable. The same bits
/// for any number of threads. O(num_dst * width).
[[nodiscard]] at::Tensor extremum_gradient_on_cpu(const EdgeIndex& edges,
                                                  const Contraction& message,
                                                  const at::Tensor& gradient,
                                                  const at::Tensor& winners, const at::Tensor& rhs);

}  // namespace grapevine::ops::detail
