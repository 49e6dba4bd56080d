#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "grapevine/ops/detail/coo_arguments.h"

namespace grapevine::ops::detail {

/// `edge_softmax` of edges that are tensors: `grapevine::edge_softmax_coo(src, dst, num_src,
/// num_dst, logits, "dst")`. Sizes may be symbols.
[[nodiscard]] at::Tensor edge_softmax_coo(const CooArguments& edges, const at::Tensor& logits,
                                          std::string_view norm_by);

}  // namespace grapevine::ops::detail
