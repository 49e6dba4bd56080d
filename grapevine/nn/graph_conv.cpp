#include "grapevine/nn/graph_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <torch/nn/init.h>

#include <utility>
#include <vector>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/choice.h"
#include "grapevine/nn/detail/multiply_first.h"
#include "grapevine/nn/detail/reduce_neighbors.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kGraphConvRegistered = convs().add(
    "gcn", {.description = "graph convolution (Kipf and Welling, 2017); reads edge weights",
            .options = {{"norm", "both", "both, right, left or none"},
                        {"allow_zero_in_degree", "false", "take nodes without in-edges"}},
            .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
              const auto norm =
                  detail::choose<GraphConvNorm>("layer option \"norm\"", arguments.text("norm"),
                                                {{"both", GraphConvNorm::kBoth},
                                                 {"right", GraphConvNorm::kRight},
                                                 {"left", GraphConvNorm::kLeft},
                                                 {"none", GraphConvNorm::kNone}});
              return GraphConv(arguments.in_feats, arguments.out_feats,
                               GraphConvOptions{
                                   .norm = norm,
                                   .allow_zero_in_degree = arguments.flag("allow_zero_in_degree")})
                  .ptr();
            }});

/// `degrees ** power` as a factor of the rows of `h`; degrees count at least 1.
at::Tensor row_factor(const at::Tensor& degrees, double power, const at::Tensor& h) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(h.dim()), 1);
  shape[0] = degrees.size(0);
  // Degrees above 256 are no bfloat16 numbers, so half types round the factor alone.
  const at::ScalarType dtype = h.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  return degrees.to(dtype).clamp_min(1).pow(power).reshape(shape).to(h.scalar_type());
}
}  // namespace

GraphConvImpl::GraphConvImpl(std::int64_t in, std::int64_t out, GraphConvOptions conv_options)
    : in_feats(in), out_feats(out), options(std::move(conv_options)) {
  detail::check_positive("GraphConv: in_feats", in_feats);
  detail::check_positive("GraphConv: out_feats", out_feats);
  check(options.weight || in_feats == out_feats,
        "GraphConv: out_feats: without a weight expected in_feats, {}, got {}", in_feats,
        out_feats);
  reset();
}

void GraphConvImpl::reset() {
  const auto parameter = [this](const char* name, at::IntArrayRef shape, bool exists) {
    return register_parameter(name, exists ? at::empty(shape, at::kFloat) : at::Tensor(), exists);
  };
  weight = parameter("weight", {in_feats, out_feats}, options.weight);
  bias = parameter("bias", {out_feats}, options.bias);
  reset_parameters();
}

void GraphConvImpl::reset_parameters() {
  if (weight.defined()) {
    torch::nn::init::xavier_uniform_(weight);
  }
  if (bias.defined()) {
    torch::nn::init::zeros_(bias);
  }
}

at::Tensor GraphConvImpl::aggregate(const Graph& graph, at::Tensor h,
                                    const at::Tensor& edge_weight) const {
  const AdjacencyPtr& edges = graph.adjacency();
  const bool is_both = options.norm == GraphConvNorm::kBoth;
  if (is_both || options.norm == GraphConvNorm::kLeft) {
    h = h * row_factor(edges->out_degrees(), is_both ? -0.5 : -1.0, h);
  }
  const bool is_mean = options.norm == GraphConvNorm::kRight;
  h = detail::reduce_neighbors(edges, is_mean ? ops::Reduce::kMean : ops::Reduce::kSum, h,
                               edge_weight);
  return is_both ? h * row_factor(edges->in_degrees(), -0.5, h) : h;
}

at::Tensor GraphConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                  const at::Tensor& edge_feat) {
  const AdjacencyPtr& edges = graph.adjacency();
  at::Tensor h = feat.split(graph).src;
  detail::check_features("GraphConv: feat (source)", h, edges->num_src(), in_feats);
  if (!options.allow_zero_in_degree) {
    detail::check_in_degrees("GraphConv", graph);
  }
  const at::Tensor edge_weight =
      edge_feat.defined() ? detail::edge_weights("GraphConv", edge_feat, edges->num_edges())
                          : edge_feat;

  const bool multiply_first = detail::multiply_first(*edges, in_feats, out_feats);
  if (weight.defined() && multiply_first) {
    h = at::matmul(h, weight);
  }
  h = aggregate(graph, h, edge_weight);
  if (weight.defined() && !multiply_first) {
    h = at::matmul(h, weight);
  }
  if (bias.defined()) {
    h = h + bias;
  }
  return options.activation ? options.activation(h) : h;
}

}  // namespace grapevine::nn
