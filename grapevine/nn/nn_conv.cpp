#include "grapevine/nn/nn_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <torch/nn/init.h>

#include <utility>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/call_module.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/choice.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kNNConvRegistered = convs().add(
    "nnconv",
    {.description = "edge-conditioned convolution (Gilmer et al., 2017); needs edge features",
     .options = {{"aggregator", "mean", "sum, mean or max"},
                 {"residual", "false", "whether the layer adds its input"}},
     .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
       check(arguments.edge_feats > 0, "NNConv: this layer needs edge features, got none");
       const auto aggregator = detail::choose<ops::Reduce>(
           "layer option \"aggregator\"", arguments.text("aggregator"),
           {{"sum", ops::Reduce::kSum}, {"mean", ops::Reduce::kMean}, {"max", ops::Reduce::kMax}});
       detail::check_positive("NNConv: in_feats", arguments.in_feats);
       detail::check_positive("NNConv: out_feats", arguments.out_feats);
       const torch::nn::Linear edge_func(arguments.edge_feats,
                                         arguments.in_feats * arguments.out_feats);
       return NNConv(arguments.in_feats, arguments.out_feats, torch::nn::AnyModule(edge_func),
                     NNConvOptions{.aggregator_type = aggregator,
                                   .residual = arguments.flag("residual")})
           .ptr();
     }});
}  // namespace

NNConvImpl::NNConvImpl(const InFeats& in, std::int64_t out, torch::nn::AnyModule function,
                       NNConvOptions conv_options)
    : in_feats(in), out_feats(out), options(conv_options), edge_func(std::move(function)) {
  detail::check_positive("NNConv: in_feats (source)", in_feats.src());
  detail::check_positive("NNConv: in_feats (destination)", in_feats.dst());
  detail::check_positive("NNConv: out_feats", out_feats);
  check(!edge_func.is_empty(), "NNConv: edge_func: expected a module, got none");
  register_all();
}

void NNConvImpl::reset() {
  edge_func = edge_func.clone();
  register_all();
}

void NNConvImpl::register_all() {
  register_module("edge_func", edge_func.ptr());
  if (options.residual && in_feats.dst() != out_feats) {
    res_fc = register_module(
        "res_fc",
        torch::nn::Linear(torch::nn::LinearOptions(in_feats.dst(), out_feats).bias(false)));
  }
  if (options.bias) {
    bias = register_parameter("bias", at::zeros({out_feats}, at::kFloat));
  }
  reset_parameters();
}

void NNConvImpl::reset_parameters() {
  if (!res_fc.is_empty()) {
    torch::nn::init::xavier_normal_(res_fc->weight, torch::nn::init::calculate_gain(torch::kReLU));
  }
  if (bias.defined()) {
    torch::nn::init::zeros_(bias);
  }
}

at::Tensor NNConvImpl::edge_matrices(const at::Tensor& edge_feat, std::int64_t num_edges) {
  detail::check_rows("NNConv: edge features", edge_feat, num_edges);
  const at::Tensor matrices = detail::call_module("NNConv: edge_func", edge_func, edge_feat);
  check(matrices.numel() == num_edges * in_feats.src() * out_feats,
        "NNConv: edge_func: expected {} * {} values for each of {} edges, got shape [{}]",
        in_feats.src(), out_feats, num_edges, fmt::join(matrices.sizes(), ", "));
  return matrices.reshape({num_edges, in_feats.src(), out_feats});
}

at::Tensor NNConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                               const at::Tensor& edge_feat) {
  const ops::EdgeIndexPtr& edges = graph.adjacency();
  const auto [src, dst] = feat.split(graph);
  detail::check_features("NNConv: feat (source)", src, edges->num_src(), in_feats.src());
  detail::check_features("NNConv: feat (destination)", dst, edges->num_dst(), in_feats.dst());
  check(src.dim() == 2, "NNConv: feat: expected one vector for each node, got shape [{}]",
        fmt::join(src.sizes(), ", "));
  const at::Tensor matrices = edge_matrices(edge_feat, edges->num_edges());
  at::Tensor h = ops::gspmm(edges, ops::BinaryOp::kMul, options.aggregator_type,
                            {ops::Target::kSrc, src.unsqueeze(-1)}, {ops::Target::kEdge, matrices})
                     .sum(1);
  if (options.residual) {
    h = h + (res_fc.is_empty() ? dst : res_fc->forward(dst));
  }
  return bias.defined() ? h + bias : h;
}

}  // namespace grapevine::nn
