#include "grapevine/nn/sg_conv.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/matmul.h>
#include <torch/nn/init.h>

#include <utility>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/normalized_adjacency.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kSGConvRegistered = convs().add(
    "sgc",
    {.description = "simplified graph convolution (Wu et al., 2019)",
     .options = {{"k", "1", "hops"},
                 {"cached", "false", "keep the first result of the hops for ever"}},
     .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
       return SGConv(arguments.in_feats, arguments.out_feats,
                     SGConvOptions{.k = arguments.integer("k"), .cached = arguments.flag("cached")})
           .ptr();
     }});
}  // namespace

SGConvImpl::SGConvImpl(std::int64_t in, std::int64_t out, SGConvOptions conv_options)
    : in_feats(in), out_feats(out), options(std::move(conv_options)) {
  detail::check_positive("SGConv: in_feats", in_feats);
  detail::check_positive("SGConv: out_feats", out_feats);
  detail::check_positive("SGConv: k", options.k);
  reset();
}

void SGConvImpl::reset() {
  cached_ = at::Tensor();
  fc = register_module(
      "fc", torch::nn::Linear(torch::nn::LinearOptions(in_feats, out_feats).bias(options.bias)));
  reset_parameters();
}

void SGConvImpl::reset_parameters() {
  torch::nn::init::xavier_uniform_(fc->weight);
  if (options.bias) {
    torch::nn::init::zeros_(fc->bias);
  }
}

at::Tensor SGConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                               const at::Tensor& edge_feat) {
  at::Tensor h = detail::features_of_all_nodes("SGConv", graph, feat, in_feats);
  if (!options.allow_zero_in_degree) {
    detail::check_in_degrees("SGConv", graph);
  }
  if (cached_.defined()) {
    check(cached_.sizes() == h.sizes(), "SGConv: feat: expected the cached shape [{}], got [{}]",
          fmt::join(cached_.sizes(), ", "), fmt::join(h.sizes(), ", "));
    return fc->forward(cached_);
  }
  const detail::NormalizedAdjacency adjacency("SGConv", graph, edge_feat, h);
  const bool multiply_first = in_feats > out_feats && !options.cached && !options.norm;
  if (multiply_first) {
    h = at::matmul(h, fc->weight.t());
  }
  for (std::int64_t hop = 0; hop < options.k; ++hop) {
    h = adjacency * h;
  }
  if (multiply_first) {
    return options.bias ? h + fc->bias : h;
  }
  if (options.norm) {
    h = options.norm(h);
  }
  if (options.cached) {
    check(!h.requires_grad(), "SGConv: cached: expected features that need no gradient");
    cached_ = h;
  }
  return fc->forward(h);
}

}  // namespace grapevine::nn
