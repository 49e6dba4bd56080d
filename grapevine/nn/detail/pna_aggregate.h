#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "grapevine/nn/pna_conv.h"
#include "grapevine/ops/edge_index.h"

namespace grapevine::nn::detail {

/// Parts of the messages of `PNAConv`, which are their sum: `src` `[num_src, width]`, `dst`
/// `[num_dst, width]` and `edge` `[num_edges, width]` or undefined.
struct PNAMessages {
  at::Tensor src;
  at::Tensor dst;
  at::Tensor edge;
};

/// The messages of each node combined by every aggregator, each `[num_dst, width]`, 0 without
/// in-edges (the standard deviation 1e-15).
[[nodiscard]] std::vector<at::Tensor> pna_aggregate(const ops::EdgeIndexPtr& edges,
                                                    const at::Tensor& in_degrees,
                                                    const PNAMessages& messages,
                                                    const std::vector<PNAAggregator>& aggregators);

}  // namespace grapevine::nn::detail
