#include "grapevine/nn/gcn2_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/matmul.h>
#include <torch/nn/init.h>

#include <cmath>
#include <utility>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/normalized_adjacency.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

GCN2ConvImpl::GCN2ConvImpl(std::int64_t in, std::int64_t layer_number, GCN2ConvOptions conv_options)
    : in_feats(in), layer(layer_number), options(std::move(conv_options)) {
  detail::check_positive("GCN2Conv: in_feats", in_feats);
  detail::check_positive("GCN2Conv: layer", layer);
  check(options.alpha >= 0 && options.alpha <= 1,
        "GCN2Conv: alpha: expected a value in [0, 1], got {}", options.alpha);
  check(options.lambda_ >= 0, "GCN2Conv: lambda_: expected 0 or more, got {}", options.lambda_);
  reset();
}

void GCN2ConvImpl::reset() {
  const auto square = [this] { return at::empty({in_feats, in_feats}, at::kFloat); };
  weight1 = register_parameter("weight1", square());
  const bool has_weight2 = !options.project_initial_features;
  weight2 = register_parameter("weight2", has_weight2 ? square() : at::Tensor(), has_weight2);
  bias = register_parameter("bias", options.bias ? at::empty({in_feats}, at::kFloat) : at::Tensor(),
                            options.bias);
  reset_parameters();
}

void GCN2ConvImpl::reset_parameters() {
  torch::nn::init::normal_(weight1);
  if (weight2.defined()) {
    torch::nn::init::normal_(weight2);
  }
  if (bias.defined()) {
    torch::nn::init::zeros_(bias);
  }
}

double GCN2ConvImpl::beta() const {
  return std::log(options.lambda_ / static_cast<double>(layer) + 1);
}

at::Tensor GCN2ConvImpl::forward(const Graph& graph, const at::Tensor& feat,
                                 const at::Tensor& feat_0, const at::Tensor& edge_weight) {
  const at::Tensor h = detail::features_of_all_nodes("GCN2Conv", graph, feat, in_feats);
  detail::check_features("GCN2Conv: feat_0", feat_0, h.size(0), in_feats);
  check(feat_0.sizes() == h.sizes(), "GCN2Conv: feat_0: expected the shape of feat, [{}], got [{}]",
        fmt::join(h.sizes(), ", "), fmt::join(feat_0.sizes(), ", "));
  if (!options.allow_zero_in_degree) {
    detail::check_in_degrees("GCN2Conv", graph);
  }
  const detail::NormalizedAdjacency adjacency("GCN2Conv", graph, edge_weight, h);
  const at::Tensor received = adjacency.multiply(h, adjacency.factors() * (1 - options.alpha));
  const at::Tensor initial = feat_0 * options.alpha;
  const at::Tensor sum = received + initial;
  const at::Tensor projected = weight2.defined()
                                   ? at::matmul(received, weight1) + at::matmul(initial, weight2)
                                   : at::matmul(sum, weight1);
  at::Tensor result = (1 - beta()) * sum + beta() * projected;
  if (bias.defined()) {
    result = result + bias;
  }
  return options.activation ? options.activation(result) : result;
}

}  // namespace grapevine::nn
