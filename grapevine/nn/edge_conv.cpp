#include "grapevine/nn/edge_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros.h>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/reduce_neighbors.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kEdgeConvRegistered = convs().add(
    "edgeconv", {.description = "edge convolution of dynamic graphs (Wang et al., 2019)",
                 .options = {{"batch_norm", "false", "normalise messages over all edges"},
                             {"allow_zero_in_degree", "false", "take nodes without in-edges"}},
                 .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
                   return EdgeConv(arguments.in_feats, arguments.out_feats,
                                   EdgeConvOptions{.batch_norm = arguments.flag("batch_norm"),
                                                   .allow_zero_in_degree =
                                                       arguments.flag("allow_zero_in_degree")})
                       .ptr();
                 }});

/// 0 in the rows of nodes without in-edges.
at::Tensor with_in_edges(const Graph& graph, const at::Tensor& h) {
  const at::Tensor lonely = graph.in_degrees().eq(0);
  std::vector<std::int64_t> shape(static_cast<std::size_t>(h.dim()), 1);
  shape[0] = h.size(0);
  return h.masked_fill(lonely.reshape(shape), 0);
}
}  // namespace

EdgeConvImpl::EdgeConvImpl(std::int64_t in, std::int64_t out, EdgeConvOptions conv_options)
    : in_feat(in), out_feat(out), options(conv_options) {
  detail::check_positive("EdgeConv: in_feat", in_feat);
  detail::check_positive("EdgeConv: out_feat", out_feat);
  reset();
}

void EdgeConvImpl::reset() {
  theta = register_module("theta", torch::nn::Linear(in_feat, out_feat));
  phi = register_module("phi", torch::nn::Linear(in_feat, out_feat));
  if (options.batch_norm) {
    bn = register_module("bn", torch::nn::BatchNorm1d(out_feat));
  }
}

at::Tensor EdgeConvImpl::normalized(const ops::EdgeIndexPtr& edges, const at::Tensor& from_src,
                                    const at::Tensor& from_dst) {
  const std::int64_t num_edges = edges->num_edges();
  check(!is_training() || num_edges != 1,
        "EdgeConv: batch normalisation needs more than one edge while training, got 1");
  if (num_edges == 0) {
    return at::zeros({edges->num_dst(), out_feat}, from_src.options());
  }
  const at::Tensor messages = bn->forward(ops::gsddmm(
      edges, ops::BinaryOp::kSub, {ops::Target::kDst, from_dst}, {ops::Target::kSrc, from_src}));
  return ops::gspmm(edges, ops::BinaryOp::kCopyLhs, ops::Reduce::kMax,
                    {ops::Target::kEdge, messages});
}

at::Tensor EdgeConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                 const at::Tensor& edge_feat) {
  detail::check_no_edge_features("EdgeConv", edge_feat);
  const ops::EdgeIndexPtr& edges = graph.adjacency();
  const auto [src, dst] = feat.split(graph);
  detail::check_features("EdgeConv: feat (source)", src, edges->num_src(), in_feat);
  detail::check_features("EdgeConv: feat (destination)", dst, edges->num_dst(), in_feat);
  check(!options.batch_norm || src.dim() == 2,
        "EdgeConv: feat: batch normalisation expects one vector for each node, got shape [{}]",
        fmt::join(src.sizes(), ", "));
  if (!options.allow_zero_in_degree) {
    detail::check_in_degrees("EdgeConv", graph);
  }
  const at::Tensor from_src = at::linear(src, theta->weight);
  const at::Tensor from_dst = at::linear(dst, theta->weight + phi->weight, theta->bias + phi->bias);
  if (options.batch_norm) {
    return normalized(edges, from_src, from_dst);
  }
  const at::Tensor result = from_dst - detail::reduce_neighbors(edges, ops::Reduce::kMin, from_src);
  return options.allow_zero_in_degree ? with_in_edges(graph, result) : result;
}

}  // namespace grapevine::nn
