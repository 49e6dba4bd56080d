#include "grapevine/nn/gatv2_conv.h"

#include <ATen/ops/dropout.h>
#include <ATen/ops/empty.h>

#include <utility>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/attention.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kGATv2ConvRegistered = convs().add(
    "gatv2",
    {.description = "graph attention, dynamic (Brody et al., 2022)",
     .options = detail::attention_options(
         {{"feat_drop", "0", "dropout of the input features"},
          {"attn_drop", "0", "dropout of the attention"},
          {"negative_slope", "0.2", "of the leaky relu in the scores"},
          {"residual", "false", "whether the layer adds its input"},
          {"share_weights", "false", "whether one matrix serves for both sides"}}),
     .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
       return GATv2Conv(
                  arguments.in_feats, arguments.out_feats, detail::attention_heads(arguments),
                  GATv2ConvOptions{.feat_drop = arguments.number("feat_drop"),
                                   .attn_drop = arguments.number("attn_drop"),
                                   .negative_slope = arguments.number("negative_slope"),
                                   .residual = arguments.flag("residual"),
                                   .allow_zero_in_degree = arguments.flag("allow_zero_in_degree"),
                                   .share_weights = arguments.flag("share_weights")})
           .ptr();
     }});
}  // namespace

GATv2ConvImpl::GATv2ConvImpl(const InFeats& in, std::int64_t out, std::int64_t num_heads,
                             GATv2ConvOptions conv_options)
    : in_feats(in), out_feats(out), heads(num_heads), options(std::move(conv_options)) {
  detail::check_attention_sizes("GATv2Conv", in_feats, out_feats, heads);
  detail::check_dropout("GATv2Conv: feat_drop", options.feat_drop);
  detail::check_dropout("GATv2Conv: attn_drop", options.attn_drop);
  check(!options.share_weights || in_feats.src() == in_feats.dst(),
        "GATv2Conv: share_weights: expected sources and destinations of one width, got {} and {}",
        in_feats.src(), in_feats.dst());
  reset();
}

void GATv2ConvImpl::reset() {
  const std::int64_t width = heads * out_feats;
  const auto make = [this, width](const char* name, std::int64_t in) {
    return register_module(
        name, torch::nn::Linear(torch::nn::LinearOptions(in, width).bias(options.bias)));
  };
  fc_src = make("fc_src", in_feats.src());
  // Registered once; see TiedParameters.
  fc_dst = options.share_weights ? fc_src : make("fc_dst", in_feats.dst());
  attn = register_parameter("attn", at::empty({1, heads, out_feats}, at::kFloat));
  if (options.residual) {
    res_fc = detail::register_residual(*this, in_feats.dst(), width, options.bias);
  }
  reset_parameters();
}

std::map<std::string, std::string> GATv2ConvImpl::tied_parameters() const {
  std::map<std::string, std::string> tied;
  if (options.share_weights) {
    tied["fc_dst.weight"] = "fc_src.weight";
  }
  if (options.share_weights && options.bias) {
    tied["fc_dst.bias"] = "fc_src.bias";
  }
  return tied;
}

void GATv2ConvImpl::reset_parameters() {
  for (const torch::nn::Linear& linear : {fc_src, fc_dst, res_fc}) {
    detail::xavier_normal(linear);
  }
  detail::xavier_normal(attn);
}

at::Tensor GATv2ConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                  const at::Tensor& edge_feat) {
  detail::check_no_edge_features("GATv2Conv", edge_feat);
  return forward_with_attention(graph, feat).feat;
}

AttentionOutput GATv2ConvImpl::forward_with_attention(const Graph& graph,
                                                      const NodeFeatures& feat) {
  if (!options.allow_zero_in_degree) {
    detail::check_in_degrees("GATv2Conv", graph);
  }
  const NodeFeatures::Sides input = detail::attention_input(
      graph, feat, {"GATv2Conv", in_feats, is_training() ? options.feat_drop : 0});
  const detail::Projections projections =
      options.share_weights ? detail::Projections{.fc = fc_src}
                            : detail::Projections{.fc_src = fc_src, .fc_dst = fc_dst};
  const auto [h_src, h_dst] = detail::project(graph, feat, input, projections, heads);
  const AdjacencyPtr& edges = graph.adjacency();
  const at::Tensor both_ends = ops::gsddmm(edges, ops::BinaryOp::kAdd, {ops::Target::kSrc, h_src},
                                           {ops::Target::kDst, h_dst});
  const at::Tensor scores =
      detail::head_scores(detail::leaky_relu_of(both_ends, options.negative_slope), attn);
  const at::Tensor attention =
      at::dropout(ops::edge_softmax(edges, scores), options.attn_drop, is_training());

  at::Tensor h = detail::attend(graph, h_src, attention);
  if (options.residual) {
    h = h.add(detail::residual(res_fc, input.dst, heads));
  }
  return {options.activation ? options.activation(h) : h, attention};
}

}  // namespace grapevine::nn
