#include "grapevine/nn/gin_conv.h"

#include <ATen/ops/full.h>

#include <utility>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/choice.h"
#include "grapevine/nn/detail/gin.h"
#include "grapevine/nn/detail/reduce_neighbors.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kGINConvRegistered = convs().add(
    "gin",
    {.description = "graph isomorphism network (Xu et al., 2019); reads edge weights",
     .options = {{"aggregator", "sum", "sum, mean or max"},
                 {"init_eps", "0", "epsilon at the start"},
                 {"learn_eps", "false", "learn epsilon"}},
     .make = [](const ConvArguments& arguments) -> std::shared_ptr<Conv> {
       const auto aggregator = detail::choose<ops::Reduce>(
           "layer option \"aggregator\"", arguments.text("aggregator"),
           {{"sum", ops::Reduce::kSum}, {"mean", ops::Reduce::kMean}, {"max", ops::Reduce::kMax}});
       return GINConv(detail::gin_perceptron(arguments.in_feats, arguments.out_feats),
                      GINConvOptions{.aggregator_type = aggregator,
                                     .init_eps = arguments.number("init_eps"),
                                     .learn_eps = arguments.flag("learn_eps")})
           .ptr();
     }});
}  // namespace

GINConvImpl::GINConvImpl(torch::nn::AnyModule function, GINConvOptions conv_options)
    : options(std::move(conv_options)), apply_func(std::move(function)) {
  register_all();
}

void GINConvImpl::reset() {
  apply_func = apply_func.clone();
  register_all();
}

void GINConvImpl::register_all() {
  if (!apply_func.is_empty()) {
    register_module("apply_func", apply_func.ptr());
  }
  const at::Tensor start = at::full({1}, options.init_eps, at::kFloat);
  eps = options.learn_eps ? register_parameter("eps", start) : register_buffer("eps", start);
}

at::Tensor GINConvImpl::forward(const Graph& graph, const NodeFeatures& feat,
                                const at::Tensor& edge_feat) {
  const auto [edges, input] = feat.in_place(graph);
  const auto [src, dst] = input.split(graph);
  detail::check_gin_features("GINConv", *edges, {src, dst});
  const at::Tensor edge_weight = edge_feat.defined()
                                     ? detail::edge_weights("GINConv", edge_feat, graph.num_edges())
                                     : edge_feat;
  const at::Tensor h_neigh =
      detail::reduce_neighbors(edges, options.aggregator_type, src, edge_weight);
  const at::Tensor h = detail::gin_update("GINConv", apply_func, eps, dst, h_neigh);
  return options.activation ? options.activation(h) : h;
}

}  // namespace grapevine::nn
