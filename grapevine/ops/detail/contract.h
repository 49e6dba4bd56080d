#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/detail/contraction.h"
#include "grapevine/ops/edge_index.h"

namespace grapevine::ops::detail {

/// `lhs` is `[rows of lhs_target, *shapes.lhs]`, `rhs` likewise (undefined for a copy), the result
/// `[rows of out_target, *shapes.out]` in the dtype of `lhs`. Half-precision values are summed in
/// float32 and rounded once; a factor `rhs` of a sum may be float32 beside them, else it has their
/// dtype. Differentiable any number of times. The result does not depend on the number
/// of threads. The operator `grapevine::contract` of PyTorch's dispatcher.
[[nodiscard]] at::Tensor contract(const EdgeIndexPtr& edges, const Contraction& contraction,
                                  const at::Tensor& lhs, const at::Tensor& rhs);

}  // namespace grapevine::ops::detail
