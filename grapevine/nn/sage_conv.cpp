#include "grapevine/nn/sage_conv.h"

#include <ATen/ops/dropout.h>
#include <torch/nn/init.h>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/spmm.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kRegistered =
    convs().add("sage", {.description = "GraphSAGE (Hamilton et al., 2017)",
                         .options = {},
                         .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
                           return SAGEConv(arguments.in_feats, arguments.out_feats).ptr();
                         }});
}  // namespace

SAGEConvImpl::SAGEConvImpl(std::int64_t in, std::int64_t out, SAGEConvOptions conv_options)
    : SAGEConvImpl(std::pair(in, in), out, conv_options) {}

SAGEConvImpl::SAGEConvImpl(std::pair<std::int64_t, std::int64_t> in, std::int64_t out,
                           SAGEConvOptions conv_options)
    : in_src_feats(in.first), in_dst_feats(in.second), out_feats(out), options(conv_options) {
  detail::check_positive("SAGEConv: in_feats (source)", in_src_feats);
  detail::check_positive("SAGEConv: in_feats (destination)", in_dst_feats);
  detail::check_positive("SAGEConv: out_feats", out_feats);
  detail::check_dropout("SAGEConv: feat_drop", options.feat_drop);
  reset();
}

void SAGEConvImpl::reset() {
  using torch::nn::LinearOptions;
  fc_self = register_module(
      "fc_self", torch::nn::Linear(LinearOptions(in_dst_feats, out_feats).bias(options.bias)));
  fc_neigh = register_module("fc_neigh",
                             torch::nn::Linear(LinearOptions(in_src_feats, out_feats).bias(false)));
  reset_parameters();
}

void SAGEConvImpl::reset_parameters() {
  const double gain = torch::nn::init::calculate_gain(torch::kReLU);
  torch::nn::init::xavier_uniform_(fc_self->weight, gain);
  torch::nn::init::xavier_uniform_(fc_neigh->weight, gain);
}

at::Tensor SAGEConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                 const at::Tensor& edge_feat) {
  detail::check_no_edge_features("SAGEConv", edge_feat);
  const ops::EdgeIndexPtr& edges = graph.adjacency();
  const auto [src, dst] = feat.split(graph);
  detail::check_features("SAGEConv: feat (source)", src, edges->num_src(), in_src_feats);
  detail::check_features("SAGEConv: feat (destination)", dst, edges->num_dst(), in_dst_feats);
  const at::Tensor h_src = at::dropout(src, options.feat_drop, is_training());
  // One dropout for both sides of a whole graph, and for the nodes of a block that are on both.
  const at::Tensor h_dst = feat.is_pair() ? at::dropout(dst, options.feat_drop, is_training())
                                          : NodeFeatures(h_src).split(graph).dst;

  const auto mean = [&edges](const at::Tensor& h) {
    return ops::gspmm(edges, ops::BinaryOp::kCopyLhs, ops::Reduce::kMean, {ops::Target::kSrc, h});
  };
  const at::Tensor h_neigh =
      in_src_feats > out_feats ? mean(fc_neigh->forward(h_src)) : fc_neigh->forward(mean(h_src));
  return fc_self->forward(h_dst) + h_neigh;
}

}  // namespace grapevine::nn
