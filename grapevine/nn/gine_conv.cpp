#include "grapevine/nn/gine_conv.h"

#include <ATen/ops/full.h>
#include <ATen/ops/relu.h>

#include <utility>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/gin.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kGINEConvRegistered = convs().add(
    "gine",
    {.description = "GIN with edge features (Hu et al., 2020); needs edge features",
     .options = {{"init_eps", "0", "epsilon at the start"},
                 {"learn_eps", "false", "learn epsilon"}},
     .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
       check(arguments.edge_feats > 0, "GINEConv: this layer needs edge features, got none");
       return GINEConv(detail::gin_perceptron(arguments.in_feats, arguments.out_feats),
                       GINEConvOptions{.init_eps = arguments.number("init_eps"),
                                       .learn_eps = arguments.flag("learn_eps"),
                                       .edge_projection = {.edge_feats = arguments.edge_feats,
                                                           .node_feats = arguments.in_feats}})
           .ptr();
     }});
}  // namespace

GINEConvImpl::GINEConvImpl(torch::nn::AnyModule function, GINEConvOptions conv_options)
    : options(conv_options), apply_func(std::move(function)) {
  if (options.edge_projection.edge_feats != 0) {
    detail::check_positive("GINEConv: edge_feats", options.edge_projection.edge_feats);
    detail::check_positive("GINEConv: node_feats", options.edge_projection.node_feats);
  }
  register_all();
}

void GINEConvImpl::reset() {
  apply_func = apply_func.clone();
  register_all();
}

void GINEConvImpl::register_all() {
  if (!apply_func.is_empty()) {
    register_module("apply_func", apply_func.ptr());
  }
  const at::Tensor start = at::full({1}, options.init_eps, at::kFloat);
  eps = options.learn_eps ? register_parameter("eps", start) : register_buffer("eps", start);
  const auto [edge_feats, node_feats] = options.edge_projection;
  if (edge_feats > 0) {
    fc_edge = register_module("fc_edge", torch::nn::Linear(edge_feats, node_feats));
  }
}

at::Tensor GINEConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                 const at::Tensor& edge_feat) {
  const ops::EdgeIndexPtr& edges = graph.adjacency();
  const auto [src, dst] = feat.split(graph);
  detail::check_gin_features("GINEConv", *edges, {src, dst});
  const std::int64_t width = src.size(-1);
  const std::int64_t edge_width = fc_edge.is_empty() ? width : options.edge_projection.edge_feats;
  detail::check_features("GINEConv: edge features", edge_feat, edges->num_edges(), edge_width);
  check(fc_edge.is_empty() || width == options.edge_projection.node_feats,
        "GINEConv: feat: expected {} features, as the edge projection has, got {}",
        options.edge_projection.node_feats, width);
  const at::Tensor e = fc_edge.is_empty() ? edge_feat : fc_edge->forward(edge_feat);
  at::Tensor messages =
      ops::gsddmm(edges, ops::BinaryOp::kAdd, {ops::Target::kSrc, src}, {ops::Target::kEdge, e});
  at::relu_(messages);
  const at::Tensor h_neigh =
      ops::gspmm(edges, ops::BinaryOp::kCopyLhs, ops::Reduce::kSum, {ops::Target::kEdge, messages});
  return detail::gin_update("GINEConv", apply_func, eps, dst, h_neigh);
}

}  // namespace grapevine::nn
