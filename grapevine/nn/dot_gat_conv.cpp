#include "grapevine/nn/dot_gat_conv.h"

#include <cmath>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/attention.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/ops/sddmm.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kDotGatConvRegistered = convs().add(
    "dotgat",
    {.description = "graph attention by scaled dot products",
     .options = detail::attention_options(),
     .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
       return DotGatConv(
                  arguments.in_feats, arguments.out_feats, detail::attention_heads(arguments),
                  DotGatConvOptions{.allow_zero_in_degree = arguments.flag("allow_zero_in_degree")})
           .ptr();
     }});
}  // namespace

DotGatConvImpl::DotGatConvImpl(const InFeats& in, std::int64_t out, std::int64_t num_heads,
                               DotGatConvOptions conv_options)
    : in_feats(in), out_feats(out), heads(num_heads), options(conv_options) {
  detail::check_attention_sizes("DotGatConv", in_feats, out_feats, heads);
  reset();
}

void DotGatConvImpl::reset() {
  const detail::Projections made = detail::register_projections(*this, in_feats, heads * out_feats);
  fc = made.fc;
  fc_src = made.fc_src;
  fc_dst = made.fc_dst;
}

at::Tensor DotGatConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                   const at::Tensor& edge_feat) {
  detail::check_no_edge_features("DotGatConv", edge_feat);
  return forward_with_attention(graph, feat).feat;
}

AttentionOutput DotGatConvImpl::forward_with_attention(const Graph& graph,
                                                       const NodeFeatures& feat) {
  if (!options.allow_zero_in_degree) {
    detail::check_in_degrees("DotGatConv", graph);
  }
  const NodeFeatures::Sides input = detail::attention_input(graph, feat, {"DotGatConv", in_feats});
  const auto [h_src, h_dst] = detail::project(graph, feat, input, {fc, fc_src, fc_dst}, heads);
  const at::Tensor scores = ops::gsddmm(graph.adjacency(), ops::BinaryOp::kDot,
                                        {ops::Target::kSrc, h_src}, {ops::Target::kDst, h_dst});
  const at::Tensor attention =
      ops::edge_softmax(graph.adjacency(), scores.div(std::sqrt(static_cast<double>(out_feats))));
  return {detail::attend(graph, h_src, attention), attention};
}

}  // namespace grapevine::nn
