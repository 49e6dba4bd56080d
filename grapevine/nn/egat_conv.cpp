#include "grapevine/nn/egat_conv.h"

#include <ATen/ops/empty.h>
#include <torch/nn/functional/linear.h>
#include <torch/nn/init.h>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/attention.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
constexpr double kNegativeSlope = 0.01;

std::shared_ptr<Conv> make_by_name(const ConvArguments& arguments) {
  check(arguments.edge_feats > 0, "layer \"egat\": expected edge features, which it reads");
  const std::int64_t out_edge_feats = arguments.integer("out_edge_feats");
  return EGATConv(arguments.in_feats, arguments.edge_feats, arguments.out_feats,
                  out_edge_feats == 0 ? arguments.out_feats : out_edge_feats,
                  EGATConvOptions{.num_heads = detail::attention_heads(arguments),
                                  .allow_zero_in_degree = arguments.flag("allow_zero_in_degree")})
      .ptr();
}

[[maybe_unused]] const bool kEGATConvRegistered = convs().add(
    "egat", {.description = "graph attention with edge features (Kaminski et al., 2022)",
             .options = detail::attention_options(
                 {{"out_edge_feats", "0", "width of the new edge features; 0: the output's"}}),
             .make = make_by_name});
}  // namespace

EGATConvImpl::EGATConvImpl(const InFeats& in_node, std::int64_t in_edge, std::int64_t out_node,
                           std::int64_t out_edge, EGATConvOptions conv_options)
    : in_node_feats(in_node),
      in_edge_feats(in_edge),
      out_node_feats(out_node),
      out_edge_feats(out_edge),
      options(conv_options) {
  detail::check_attention_sizes("EGATConv", in_node_feats, out_node_feats, options.num_heads);
  detail::check_positive("EGATConv: in_edge_feats", in_edge_feats);
  detail::check_positive("EGATConv: out_edge_feats", out_edge_feats);
  reset();
}

void EGATConvImpl::reset() {
  const auto make = [this](const char* name, std::int64_t in, std::int64_t out) {
    return register_module(
        name, torch::nn::Linear(torch::nn::LinearOptions(in, options.num_heads * out).bias(false)));
  };
  fc_node_src = make("fc_node_src", in_node_feats.src(), out_node_feats);
  fc_ni = make("fc_ni", in_node_feats.src(), out_edge_feats);
  fc_nj = make("fc_nj", in_node_feats.dst(), out_edge_feats);
  fc_fij = make("fc_fij", in_edge_feats, out_edge_feats);
  attn = register_parameter("attn", at::empty({1, options.num_heads, out_edge_feats}, at::kFloat));
  bias = register_parameter(
      "bias",
      options.bias ? at::empty({options.num_heads * out_edge_feats}, at::kFloat) : at::Tensor(),
      options.bias);
  reset_parameters();
}

void EGATConvImpl::reset_parameters() {
  for (const torch::nn::Linear& linear : {fc_node_src, fc_ni, fc_nj, fc_fij}) {
    detail::xavier_normal(linear);
  }
  detail::xavier_normal(attn);
  if (bias.defined()) {
    torch::nn::init::zeros_(bias);
  }
}

at::Tensor EGATConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                 const at::Tensor& edge_feat) {
  return forward_with_edges(graph, feat, edge_feat).nodes;
}

EGATOutput EGATConvImpl::forward_with_edges(const Graph& graph, const NodeFeatures& feat,
                                            const at::Tensor& edge_feat,
                                            const at::Tensor& edge_weight) {
  if (!options.allow_zero_in_degree) {
    detail::check_in_degrees("EGATConv", graph);
  }
  const auto [src, dst] = detail::attention_input(graph, feat, {"EGATConv", in_node_feats});
  detail::check_features("EGATConv: edge features", edge_feat, graph.adjacency()->num_edges(),
                         in_edge_feats);
  check(src.dim() == 2 && dst.dim() == 2 && edge_feat.dim() == 2,
        "EGATConv: expected features of two dimensions, got {} of sources, {} of destinations and "
        "{} of edges",
        src.dim(), dst.dim(), edge_feat.dim());

  const AdjacencyPtr& adjacency = graph.adjacency();
  at::Tensor ends =
      ops::gsddmm(adjacency, ops::BinaryOp::kAdd, {ops::Target::kSrc, fc_ni->forward(src)},
                  {ops::Target::kDst, fc_nj->forward(dst)});
  ends.add_(torch::nn::functional::linear(edge_feat, fc_fij->weight, bias));
  const at::Tensor edges =
      detail::split_heads(detail::leaky_relu_of(ends, kNegativeSlope), options.num_heads);
  const at::Tensor attention = detail::weigh_attention(
      "EGATConv", ops::edge_softmax(adjacency, detail::head_scores(edges, attn)), edge_weight);
  const at::Tensor h_src = detail::split_heads(fc_node_src->forward(src), options.num_heads);
  return {detail::attend(graph, h_src, attention), edges, attention};
}

}  // namespace grapevine::nn
