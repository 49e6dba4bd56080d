#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/detail/coo_arguments.h"
#include "grapevine/ops/detail/message_name.h"

namespace grapevine::ops::detail {

/// `contract` of edges that are tensors: `grapevine::contract_coo(src, dst, num_src, num_dst,
/// "u_mul_e->sum_v", lhs, rhs, out_shape)`. Differentiable any number of times; sizes may be
/// symbols.
[[nodiscard]] at::Tensor contract_coo(const CooArguments& edges, const Formula& formula,
                                      const at::Tensor& lhs, const at::Tensor& rhs,
                                      const SymShape& out_shape);

}  // namespace grapevine::ops::detail
