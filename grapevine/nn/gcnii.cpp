#include "grapevine/nn/gcnii.h"

#include <ATen/ops/dropout.h>
#include <torch/nn/init.h>

#include <cmath>
#include <memory>
#include <utility>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/stack_options.h"
#include "grapevine/nn/model_registry.h"

namespace grapevine::nn {

namespace {
[[maybe_unused]] const bool kGCNIIRegistered = models().add(
    "gcnii",
    {.description = "deep GCN with initial features in every layer (Chen et al., 2020); whole "
                    "graphs only; reads edge weights",
     .options = {{"alpha", "0.1", "share of the initial features"},
                 {"lambda", "0.5", "how strong the matrix is in the first layer"}},
     .make = [](const ConvArguments& arguments,
                const ConvStackOptions& stack) -> std::shared_ptr<Model> {
       return GCNII(arguments.in_feats, arguments.out_feats,
                    GCNIIOptions{.alpha = arguments.number("alpha"),
                                 .lambda_ = arguments.number("lambda"),
                                 .stack = stack})
           .ptr();
     }});
}  // namespace

GCNIIImpl::GCNIIImpl(std::int64_t in, std::int64_t out, GCNIIOptions model_options)
    : in_feats(in), out_feats(out), options(std::move(model_options)) {
  detail::check_positive("GCNII: in_feats", in_feats);
  detail::check_positive("GCNII: out_feats", out_feats);
  detail::check_plain_options("GCNII", options.stack);
  reset();
}

void GCNIIImpl::reset() {
  const std::int64_t hidden = options.stack.hidden;
  const double bound = 1 / std::sqrt(static_cast<double>(hidden));
  const Activation activation = detail::named_activation("GCNII", options.stack.activation);
  input = register_module("input", torch::nn::Linear(in_feats, hidden));
  convs.clear();
  for (std::int64_t layer = 1; layer <= options.stack.layers; ++layer) {
    convs.push_back(register_module("conv" + std::to_string(layer),
                                    GCN2Conv(hidden, layer,
                                             GCN2ConvOptions{.alpha = options.alpha,
                                                             .lambda_ = options.lambda_,
                                                             .bias = false,
                                                             .activation = activation})));
    torch::nn::init::uniform_(convs.back()->weight1, -bound, bound);
  }
  output = register_module("output", torch::nn::Linear(hidden, out_feats));
}

at::Tensor GCNIIImpl::forward(const LayerGraphs& graphs, const NodeFeatures& feat,
                              const std::string& edge_feat) {
  const Graph& graph = graphs.whole("GCNII");
  const at::Tensor& h_input = feat.src();
  detail::check_features("GCNII: feat", h_input, graph.num_src_nodes(), in_feats);
  const auto drop = [this](const at::Tensor& h, double dropout) {
    return dropout > 0 ? at::dropout(h, dropout, is_training()) : h;
  };
  const at::Tensor weight = edge_feat.empty() ? at::Tensor() : graph.edata()[edge_feat].tensor();
  const Activation activation = detail::named_activation("GCNII", options.stack.activation);
  at::Tensor initial = input->forward(drop(h_input, options.stack.input_dropout));
  if (activation) {
    initial = activation(initial);
  }
  at::Tensor h = initial;
  for (GCN2Conv& conv : convs) {
    h = conv(graph, drop(h, options.stack.dropout), initial, weight);
  }
  return output->forward(drop(h, options.stack.dropout));
}

}  // namespace grapevine::nn
