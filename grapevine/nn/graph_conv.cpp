#include "grapevine/nn/graph_conv.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <torch/nn/init.h>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/spmm.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kRegistered =
    convs().add("gcn", [](std::int64_t in_feats, std::int64_t out_feats) -> std::shared_ptr<Conv> {
      return GraphConv(in_feats, out_feats).ptr();
    });

/// `degrees ** power` as a factor of the rows of `h`; degrees count at least 1.
at::Tensor row_factor(const at::Tensor& degrees, double power, const at::Tensor& h) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(h.dim()), 1);
  shape[0] = degrees.size(0);
  return degrees.to(h.scalar_type()).clamp_min(1).pow(power).reshape(shape);
}
}  // namespace

GraphConvImpl::GraphConvImpl(std::int64_t in, std::int64_t out, GraphConvOptions conv_options)
    : in_feats(in), out_feats(out), options(conv_options) {
  detail::check_positive("GraphConv: in_feats", in_feats);
  detail::check_positive("GraphConv: out_feats", out_feats);
  reset();
}

void GraphConvImpl::reset() {
  weight = register_parameter("weight", at::empty({in_feats, out_feats}, at::kFloat));
  bias = register_parameter(
      "bias", options.bias ? at::empty({out_feats}, at::kFloat) : at::Tensor(), options.bias);
  reset_parameters();
}

void GraphConvImpl::reset_parameters() {
  torch::nn::init::xavier_uniform_(weight);
  if (bias.defined()) {
    torch::nn::init::zeros_(bias);
  }
}

void GraphConvImpl::check_in_degrees(const at::Tensor& in_degrees) const {
  if (options.allow_zero_in_degree) {
    return;
  }
  const auto zero = in_degrees.eq(0).sum().item<std::int64_t>();
  check(zero == 0,
        "GraphConv: the graph has {} 0-in-degree nodes, whose output would be the bias alone; add "
        "self-loops with "
        "add_self_loop(graph), or set allow_zero_in_degree",
        zero);
}

at::Tensor GraphConvImpl::aggregate(const Graph& graph, const at::Tensor& h,
                                    const at::Tensor& edge_weight) const {
  const bool weighted = edge_weight.defined();
  const ops::Operand rhs =
      weighted ? ops::Operand{ops::Target::kEdge, edge_weight} : ops::Operand{};
  return ops::gspmm(graph.adjacency(), weighted ? ops::BinaryOp::kMul : ops::BinaryOp::kCopyLhs,
                    ops::Reduce::kSum, {ops::Target::kSrc, h}, rhs);
}

at::Tensor GraphConvImpl::forward(const Graph& graph, const NodeFeatures& feat) {
  return forward_weighted(graph, feat, at::Tensor());
}

at::Tensor GraphConvImpl::forward_weighted(const Graph& graph, const NodeFeatures& feat,
                                           const at::Tensor& edge_weight) {
  const AdjacencyPtr& edges = graph.adjacency();
  at::Tensor h = feat.split(graph).src;
  detail::check_features("GraphConv: feat (source)", h, edges->num_src(), in_feats);
  const at::Tensor in_degrees = edges->in_degrees();
  check_in_degrees(in_degrees);

  if (reads_out_degrees()) {
    h = h * row_factor(edges->out_degrees(), options.norm == GraphConvNorm::kBoth ? -0.5 : -1.0, h);
  }
  h = in_feats > out_feats ? aggregate(graph, at::matmul(h, weight), edge_weight)
                           : at::matmul(aggregate(graph, h, edge_weight), weight);
  if (options.norm == GraphConvNorm::kBoth || options.norm == GraphConvNorm::kRight) {
    h = h * row_factor(in_degrees, options.norm == GraphConvNorm::kBoth ? -0.5 : -1.0, h);
  }
  return bias.defined() ? h + bias : h;
}

}  // namespace grapevine::nn
