#include "grapevine/nn/appnp.h"

#include <ATen/ops/dropout.h>

#include <memory>
#include <utility>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/stack_options.h"
#include "grapevine/nn/model_registry.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kAPPNPRegistered = models().add(
    "appnp",
    {.description =
         "a perceptron, then personalised PageRank (Klicpera et al., 2019); whole graphs only; "
         "reads edge weights",
     .options = {{"k", "10", "steps of the propagation"},
                 {"alpha", "0.1", "how likely it returns to the start"},
                 {"edge_drop", "0", "share of the edges that a step leaves out"}},
     .make = [](const ConvArguments& arguments,
                const ConvStackOptions& stack) -> std::shared_ptr<Model> {
       return APPNP(arguments.in_feats, arguments.out_feats,
                    APPNPOptions{.k = arguments.integer("k"),
                                 .alpha = arguments.number("alpha"),
                                 .edge_drop = arguments.number("edge_drop"),
                                 .perceptron = stack})
           .ptr();
     }});
}  // namespace

APPNPImpl::APPNPImpl(std::int64_t in, std::int64_t out, APPNPOptions model_options)
    : in_feats(in), out_feats(out), options(std::move(model_options)) {
  detail::check_positive("APPNP: in_feats", in_feats);
  detail::check_positive("APPNP: out_feats", out_feats);
  detail::check_plain_options("APPNP", options.perceptron);
  reset();
}

void APPNPImpl::reset() {
  const std::int64_t layers = options.perceptron.layers;
  linears.clear();
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    linears.push_back(register_module(
        "linear" + std::to_string(layer),
        torch::nn::Linear(layer == 0 ? in_feats : options.perceptron.hidden,
                          layer + 1 == layers ? out_feats : options.perceptron.hidden)));
  }
  propagate = register_module(
      "propagate", APPNPConv(options.k, options.alpha, APPNPConvOptions{options.edge_drop}));
}

at::Tensor APPNPImpl::forward(const LayerGraphs& graphs, const NodeFeatures& feat,
                              const std::string& edge_feat) {
  const Graph& graph = graphs.whole("APPNP");
  at::Tensor h = feat.src();
  detail::check_features("APPNP: feat", h, graph.num_src_nodes(), in_feats);
  const ConvStackOptions& perceptron = options.perceptron;
  const Activation activation = detail::named_activation("APPNP", perceptron.activation);
  for (std::size_t layer = 0; layer < linears.size(); ++layer) {
    const double dropout = layer == 0 ? perceptron.input_dropout : perceptron.dropout;
    h = linears[layer]->forward(dropout > 0 ? at::dropout(h, dropout, is_training()) : h);
    if (activation && layer + 1 < linears.size()) {
      h = activation(h);
    }
  }
  return propagate(graph, h, edge_feat.empty() ? at::Tensor() : graph.edata()[edge_feat].tensor());
}

}  // namespace grapevine::nn
