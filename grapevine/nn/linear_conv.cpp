#include "grapevine/nn/linear_conv.h"

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kLinearConvRegistered =
    convs().add("mlp", {.description = "a linear layer that ignores the edges",
                        .options = {},
                        .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
                          return LinearConv(arguments.in_feats, arguments.out_feats).ptr();
                        }});
}  // namespace

LinearConvImpl::LinearConvImpl(std::int64_t in, std::int64_t out) : in_feats(in), out_feats(out) {
  detail::check_positive("LinearConv: in_feats", in_feats);
  detail::check_positive("LinearConv: out_feats", out_feats);
  reset();
}

void LinearConvImpl::reset() {
  linear = register_module("linear", torch::nn::Linear(in_feats, out_feats));
}

at::Tensor LinearConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                   const at::Tensor& edge_feat) {
  detail::check_no_edge_features("LinearConv", edge_feat);
  const at::Tensor h = feat.split(graph).dst;
  detail::check_features("LinearConv: feat (destination)", h, graph.adjacency()->num_dst(),
                         in_feats);
  return linear->forward(h);
}

}  // namespace grapevine::nn
