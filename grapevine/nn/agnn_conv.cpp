#include "grapevine/nn/agnn_conv.h"

#include <ATen/ops/full.h>
#include <torch/nn/functional/normalization.h>

#include <string_view>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {

void check_side(std::string_view name, const at::Tensor& feat, std::int64_t rows) {
  detail::check_rows(name, feat, rows);
  check(feat.dim() >= 2, "{}: expected two dimensions or more, got shape [{}]", name,
        fmt::join(feat.sizes(), ", "));
  check(feat.is_floating_point(), "{}: expected a floating dtype, got {}", name,
        feat.dtype().name());
}

/// The features divided by their length.
at::Tensor directions(const at::Tensor& feat) {
  return torch::nn::functional::normalize(
      feat, torch::nn::functional::NormalizeFuncOptions().p(2).dim(-1));
}

}  // namespace

AGNNConvImpl::AGNNConvImpl(AGNNConvOptions conv_options) : options(conv_options) { reset(); }

void AGNNConvImpl::reset() {
  const at::Tensor initial = at::full({1}, options.init_beta, at::kFloat);
  beta =
      options.learn_beta ? register_parameter("beta", initial) : register_buffer("beta", initial);
}

at::Tensor AGNNConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                 const at::Tensor& edge_feat) {
  detail::check_no_edge_features("AGNNConv", edge_feat);
  if (!options.allow_zero_in_degree) {
    detail::check_in_degrees("AGNNConv", graph);
  }
  const auto [src, dst] = feat.split(graph);
  check_side("AGNNConv: feat (source)", src, graph.adjacency()->num_src());
  check_side("AGNNConv: feat (destination)", dst, graph.adjacency()->num_dst());
  check(src.sizes().slice(1) == dst.sizes().slice(1),
        "AGNNConv: feat: expected rows of one shape on both sides, got shapes [{}] and [{}]",
        fmt::join(src.sizes(), ", "), fmt::join(dst.sizes(), ", "));

  const AdjacencyPtr& edges = graph.adjacency();
  const at::Tensor unit_src = directions(src);
  const at::Tensor unit_dst =
      feat.is_pair() ? directions(dst) : NodeFeatures(unit_src).split(graph).dst;
  const at::Tensor cosine = ops::gsddmm(edges, ops::BinaryOp::kDot, {ops::Target::kSrc, unit_src},
                                        {ops::Target::kDst, unit_dst});
  return ops::gspmm(edges, ops::BinaryOp::kMul, ops::Reduce::kSum, {ops::Target::kSrc, src},
                    {ops::Target::kEdge, ops::edge_softmax(edges, cosine.mul(beta))});
}

}  // namespace grapevine::nn
