#include "grapevine/nn/gat_conv.h"

#include <ATen/ops/dropout.h>
#include <ATen/ops/empty.h>
#include <torch/nn/init.h>

#include <utility>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/attention.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/ops/sddmm.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kGATConvRegistered = convs().add(
    "gat",
    {.description = "graph attention (Velickovic et al., 2018); reads edge weights",
     .options =
         detail::attention_options({{"feat_drop", "0", "dropout of the input features"},
                                    {"attn_drop", "0", "dropout of the attention"},
                                    {"negative_slope", "0.2", "of the leaky relu on the scores"},
                                    {"residual", "false", "whether the layer adds its input"}}),
     .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
       return GATConv(
                  arguments.in_feats, arguments.out_feats, detail::attention_heads(arguments),
                  GATConvOptions{.feat_drop = arguments.number("feat_drop"),
                                 .attn_drop = arguments.number("attn_drop"),
                                 .negative_slope = arguments.number("negative_slope"),
                                 .residual = arguments.flag("residual"),
                                 .allow_zero_in_degree = arguments.flag("allow_zero_in_degree")})
           .ptr();
     }});
}  // namespace

GATConvImpl::GATConvImpl(const InFeats& in, std::int64_t out, std::int64_t num_heads,
                         GATConvOptions conv_options)
    : in_feats(in), out_feats(out), heads(num_heads), options(std::move(conv_options)) {
  detail::check_attention_sizes("GATConv", in_feats, out_feats, heads);
  detail::check_dropout("GATConv: feat_drop", options.feat_drop);
  detail::check_dropout("GATConv: attn_drop", options.attn_drop);
  reset();
}

void GATConvImpl::reset() {
  const std::int64_t width = heads * out_feats;
  const detail::Projections made = detail::register_projections(*this, in_feats, width);
  fc = made.fc;
  fc_src = made.fc_src;
  fc_dst = made.fc_dst;
  attn_l = register_parameter("attn_l", at::empty({1, heads, out_feats}, at::kFloat));
  attn_r = register_parameter("attn_r", at::empty({1, heads, out_feats}, at::kFloat));
  if (options.residual) {
    res_fc = detail::register_residual(*this, in_feats.dst(), width, options.bias);
  }
  const bool has_bias = options.bias && !res_fc;
  bias = register_parameter("bias", has_bias ? at::empty({width}, at::kFloat) : at::Tensor(),
                            has_bias);
  reset_parameters();
}

void GATConvImpl::reset_parameters() {
  for (const torch::nn::Linear& linear : {fc, fc_src, fc_dst, res_fc}) {
    detail::xavier_normal(linear);
  }
  detail::xavier_normal(attn_l);
  detail::xavier_normal(attn_r);
  if (bias.defined()) {
    torch::nn::init::zeros_(bias);
  }
}

at::Tensor GATConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                const at::Tensor& edge_feat) {
  return forward_with_attention(graph, feat, edge_feat).feat;
}

AttentionOutput GATConvImpl::forward_with_attention(const Graph& graph, const NodeFeatures& feat,
                                                    const at::Tensor& edge_feat) {
  if (!options.allow_zero_in_degree) {
    detail::check_in_degrees("GATConv", graph);
  }
  const NodeFeatures::Sides input = detail::attention_input(
      graph, feat, {"GATConv", in_feats, is_training() ? options.feat_drop : 0});
  const auto [h_src, h_dst] = detail::project(graph, feat, input, {fc, fc_src, fc_dst}, heads);
  const AdjacencyPtr& edges = graph.adjacency();
  const at::Tensor scores = ops::gsddmm(edges, ops::BinaryOp::kAdd,
                                        {ops::Target::kSrc, detail::head_scores(h_src, attn_l)},
                                        {ops::Target::kDst, detail::head_scores(h_dst, attn_r)});
  const at::Tensor attention = detail::weigh_attention(
      "GATConv",
      at::dropout(ops::edge_softmax(edges, detail::leaky_relu_of(scores, options.negative_slope)),
                  options.attn_drop, is_training()),
      edge_feat);

  at::Tensor h = detail::attend(graph, h_src, attention);
  if (options.residual) {
    h = h.add(detail::residual(res_fc, input.dst, heads));
  }
  if (bias.defined()) {
    h = h.add(bias.view({heads, out_feats}));
  }
  return {options.activation ? options.activation(h) : h, attention};
}

}  // namespace grapevine::nn
