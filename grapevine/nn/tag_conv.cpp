#include "grapevine/nn/tag_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <torch/nn/init.h>

#include <utility>
#include <vector>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/normalized_adjacency.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kTAGConvRegistered =
    convs().add("tag", {.description = "topology-adaptive graph convolution (Du et al., 2017)",
                        .options = {{"k", "2", "hops"}},
                        .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
                          return TAGConv(arguments.in_feats, arguments.out_feats,
                                         TAGConvOptions{.k = arguments.integer("k")})
                              .ptr();
                        }});

/// `h W_0 + S (h W_1 + S (h W_2 + ...))`: hops of the output's width.
at::Tensor multiply_first(const detail::NormalizedAdjacency& adjacency, const at::Tensor& h,
                          const std::vector<at::Tensor>& weights) {
  at::Tensor sum = at::matmul(h, weights.back().t());
  for (auto weight = weights.rbegin() + 1; weight != weights.rend(); ++weight) {
    sum = at::matmul(h, weight->t()) + adjacency * sum;
  }
  return sum;
}
}  // namespace

TAGConvImpl::TAGConvImpl(std::int64_t in, std::int64_t out, TAGConvOptions conv_options)
    : in_feats(in), out_feats(out), options(std::move(conv_options)) {
  detail::check_positive("TAGConv: in_feats", in_feats);
  detail::check_positive("TAGConv: out_feats", out_feats);
  detail::check_hops("TAGConv: k", options.k, 0);
  reset();
}

void TAGConvImpl::reset() {
  lin = register_module(
      "lin",
      torch::nn::Linear(
          torch::nn::LinearOptions(in_feats * (options.k + 1), out_feats).bias(options.bias)));
  reset_parameters();
}

void TAGConvImpl::reset_parameters() {
  torch::nn::init::xavier_normal_(lin->weight, torch::nn::init::calculate_gain(torch::kReLU));
}

at::Tensor TAGConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                const at::Tensor& edge_feat) {
  at::Tensor h = detail::features_of_all_nodes("TAGConv", graph, feat, in_feats);
  const detail::NormalizedAdjacency adjacency("TAGConv", graph, edge_feat, h);
  if (in_feats > out_feats) {
    h = multiply_first(adjacency, h, lin->weight.split(in_feats, 1));
    h = options.bias ? h + lin->bias : h;
  } else {
    std::vector<at::Tensor> hops{h};
    for (std::int64_t hop = 0; hop < options.k; ++hop) {
      hops.push_back(adjacency * hops.back());
    }
    h = lin->forward(at::cat(hops, -1));
  }
  return options.activation ? options.activation(h) : h;
}

}  // namespace grapevine::nn
