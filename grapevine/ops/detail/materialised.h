#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/detail/contraction.h"
#include "grapevine/ops/detail/extremum.h"

// The operations in plain ATen calls, which any device has. They store a message for every edge.
namespace grapevine::ops::detail {

/// `contract` without its gradient.
[[nodiscard]] at::Tensor contract_materialised(const EdgeIndex& edges,
                                               const Contraction& contraction,
                                               const at::Tensor& lhs, const at::Tensor& rhs);

/// `extremum` without its gradient.
[[nodiscard]] ExtremumResult extremum_materialised(const EdgeIndex& edges, const Extremum& extremum,
                                                   const at::Tensor& lhs, const at::Tensor& rhs);

/// Softmax of `logits` `[num_edges, *feature_shape]` over the edges of each node at `norm_by`.
[[nodiscard]] at::Tensor edge_softmax_materialised(const EdgeIndex& edges, const at::Tensor& logits,
                                                   Target norm_by);

}  // namespace grapevine::ops::detail
