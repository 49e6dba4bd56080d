#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/edge_index.h"
#include "grapevine/ops/message_ops.h"

namespace grapevine::nn::detail {

/// For each destination, `reduce` over its in-edges of the source's row of `h` `[num_src,
/// *feature]` times the edge's weight `[num_edges, 1]`, if there are weights: `[num_dst,
/// *feature]`. No message is stored.
[[nodiscard]] at::Tensor reduce_neighbors(const ops::EdgeIndexPtr& edges, ops::Reduce reduce,
                                          const at::Tensor& h, const at::Tensor& edge_weight = {});

}  // namespace grapevine::nn::detail
