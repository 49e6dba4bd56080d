#include "grapevine/nn/graph_conv.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <torch/nn/init.h>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/ops/spmm.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kRegistered =
    convs().add("gcn", {.description = "graph convolution (Kipf and Welling, 2017)",
                        .options = {},
                        .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
                          return GraphConv(arguments.in_feats, arguments.out_feats).ptr();
                        }});

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

at::Tensor GraphConvImpl::aggregate(const Graph& graph, const at::Tensor& h,
                                    const at::Tensor& edge_weight) const {
  const bool weighted = edge_weight.defined();
  const ops::Operand rhs =
      weighted ? ops::Operand{ops::Target::kEdge, edge_weight} : ops::Operand{};
  return ops::gspmm(graph.adjacency(), weighted ? ops::BinaryOp::kMul : ops::BinaryOp::kCopyLhs,
                    ops::Reduce::kSum, {ops::Target::kSrc, h}, rhs);
}

at::Tensor GraphConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                  const at::Tensor& edge_feat) {
  const AdjacencyPtr& edges = graph.adjacency();
  at::Tensor h = feat.split(graph).src;
  detail::check_features("GraphConv: feat (source)", h, edges->num_src(), in_feats);
  const at::Tensor in_degrees = edges->in_degrees();
  if (!options.allow_zero_in_degree) {
    detail::check_in_degrees("GraphConv", graph);
  }
  const at::Tensor edge_weight =
      edge_feat.defined() ? detail::edge_weights("GraphConv", edge_feat, edges->num_edges())
                          : edge_feat;

  if (options.norm == GraphConvNorm::kBoth || options.norm == GraphConvNorm::kLeft) {
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
