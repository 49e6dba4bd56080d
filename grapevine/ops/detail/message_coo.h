#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string_view>

#include "grapevine/ops/detail/coo_arguments.h"

namespace grapevine::ops::detail {

/// `gspmm` of edges that are tensors: `grapevine::gspmm_coo(src, dst, num_src, num_dst, "u_mul_e",
/// "sum", lhs, rhs)`. Sizes may be symbols.
[[nodiscard]] at::Tensor gspmm_coo(const CooArguments& edges, std::string_view message,
                                   std::string_view reduce, const at::Tensor& lhs,
                                   const std::optional<at::Tensor>& rhs);

/// `gsddmm`, likewise: `grapevine::gsddmm_coo(src, dst, num_src, num_dst, "u_add_v", lhs, rhs)`.
[[nodiscard]] at::Tensor gsddmm_coo(const CooArguments& edges, std::string_view message,
                                    const at::Tensor& lhs, const std::optional<at::Tensor>& rhs);

}  // namespace grapevine::ops::detail
