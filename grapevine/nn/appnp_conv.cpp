#include "grapevine/nn/appnp_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/add.h>
#include <ATen/ops/dropout.h>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/normalized_adjacency.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

APPNPConvImpl::APPNPConvImpl(std::int64_t hops, double teleport, APPNPConvOptions conv_options)
    : k(hops), alpha(teleport), options(conv_options) {
  detail::check_hops("APPNPConv: k", k, 0);
  check(alpha >= 0 && alpha <= 1, "APPNPConv: alpha: expected a value in [0, 1], got {}", alpha);
  detail::check_dropout("APPNPConv: edge_drop", options.edge_drop);
}

at::Tensor APPNPConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                  const at::Tensor& edge_feat) {
  const at::Tensor start = detail::features_of_all_nodes("APPNPConv", graph, feat);
  check(start.is_floating_point(), "APPNPConv: feat: expected a floating dtype, got {}",
        start.dtype().name());
  const detail::NormalizedAdjacency adjacency("APPNPConv", graph, edge_feat, start,
                                              detail::DegreeNorm::kBoth);
  // What the edges bring is scaled there, one number an edge, not in the features of each hop.
  const at::Tensor factors = adjacency.factors() * (1 - alpha);
  const bool drops = is_training() && options.edge_drop > 0;
  const at::Tensor teleported = start * alpha;
  at::Tensor h = start;
  for (std::int64_t hop = 0; hop < k; ++hop) {
    h = teleported +
        adjacency.multiply(h, drops ? at::dropout(factors, options.edge_drop, true) : factors);
  }
  return h;
}

}  // namespace grapevine::nn
