#include "grapevine/nn/cf_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/softplus.h>
#include <torch/nn/modules/container/functional.h>

#include <cmath>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kCFConvRegistered = convs().add(
    "cf", {.description = "SchNet's continuous filters (Schuett et al., 2017); needs edge features",
           .options = {},
           .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
             check(arguments.edge_feats > 0, "CFConv: this layer needs edge features, got none");
             return CFConv(CFConvOptions{.node_in_feats = arguments.in_feats,
                                         .edge_in_feats = arguments.edge_feats,
                                         .hidden_feats = arguments.out_feats,
                                         .out_feats = arguments.out_feats})
                 .ptr();
           }});

at::Tensor shifted_softplus(const at::Tensor& x) { return at::softplus(x) - std::log(2.0); }
}  // namespace

CFConvImpl::CFConvImpl(CFConvOptions conv_options) : options(conv_options) {
  detail::check_positive("CFConv: node_in_feats", options.node_in_feats);
  detail::check_positive("CFConv: edge_in_feats", options.edge_in_feats);
  detail::check_positive("CFConv: hidden_feats", options.hidden_feats);
  detail::check_positive("CFConv: out_feats", options.out_feats);
  reset();
}

void CFConvImpl::reset() {
  using torch::nn::Functional;
  using torch::nn::Linear;
  using torch::nn::Sequential;
  project_edge = register_module(
      "project_edge",
      Sequential(Linear(options.edge_in_feats, options.hidden_feats), Functional(shifted_softplus),
                 Linear(options.hidden_feats, options.hidden_feats), Functional(shifted_softplus)));
  project_node =
      register_module("project_node", Linear(options.node_in_feats, options.hidden_feats));
  project_out = register_module(
      "project_out",
      Sequential(Linear(options.hidden_feats, options.out_feats), Functional(shifted_softplus)));
}

at::Tensor CFConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                               const at::Tensor& edge_feat) {
  const ops::EdgeIndexPtr& edges = graph.adjacency();
  const at::Tensor src = feat.split(graph).src;
  detail::check_features("CFConv: feat (source)", src, edges->num_src(), options.node_in_feats);
  detail::check_features("CFConv: edge features", edge_feat, edges->num_edges(),
                         options.edge_in_feats);
  const at::Tensor sum = ops::gspmm(edges, ops::BinaryOp::kMul, ops::Reduce::kSum,
                                    {ops::Target::kSrc, project_node->forward(src)},
                                    {ops::Target::kEdge, project_edge->forward(edge_feat)});
  return project_out->forward(sum);
}

}  // namespace grapevine::nn
