#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/detail/coo_arguments.h"
#include "grapevine/ops/detail/extremum.h"
#include "grapevine/ops/detail/message_name.h"

namespace grapevine::ops::detail {

/// `extremum` of edges that are tensors: `grapevine::extremum_coo(src, dst, num_src,
/// num_dst, "u_mul_e->max_v", lhs, rhs, out_shape)`. Winners are int64. Sizes may be symbols.
[[nodiscard]] ExtremumResult extremum_coo(const CooArguments& edges, const Formula& formula,
                                          const at::Tensor& lhs, const at::Tensor& rhs,
                                          const SymShape& out_shape);

}  // namespace grapevine::ops::detail
