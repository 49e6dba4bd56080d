#include "grapevine/nn/conv_stack.h"

#include <ATen/ops/dropout.h>

#include <utility>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

ConvStackImpl::ConvStackImpl(std::int64_t in, std::int64_t out, ConvStackOptions stack_options)
    : in_feats(in), out_feats(out), options(std::move(stack_options)) {
  detail::check_positive("ConvStack: in_feats", in_feats);
  detail::check_positive("ConvStack: out_feats", out_feats);
  detail::check_positive("ConvStack: layers", options.layers);
  detail::check_positive("ConvStack: hidden", options.hidden);
  check(options.dropout >= 0 && options.dropout < 1,
        "ConvStack: dropout: expected a value in [0, 1), got {}", options.dropout);
  reset();
}

void LayerGraphs::check_layers(std::size_t num_layers) const {
  check(shared_ || graphs_.size() == num_layers,
        "ConvStack: blocks: expected {}, one for each layer, got {}", num_layers, graphs_.size());
}

void ConvStackImpl::reset() {
  const auto& make = convs().get(options.conv);
  layers.clear();
  for (std::int64_t layer = 0; layer < options.layers; ++layer) {
    const std::int64_t in = layer == 0 ? in_feats : options.hidden;
    const std::int64_t out = layer + 1 == options.layers ? out_feats : options.hidden;
    layers.push_back(make(in, out));
    auto module = std::dynamic_pointer_cast<torch::nn::Module>(layers.back());
    check(module != nullptr, "ConvStack: layer \"{}\" is not a torch::nn::Module", options.conv);
    register_module("layer" + std::to_string(layer), std::move(module));
  }
}

at::Tensor ConvStackImpl::forward(const LayerGraphs& graphs, const at::Tensor& feat) {
  graphs.check_layers(layers.size());
  at::Tensor h = feat;
  for (std::size_t layer = 0; layer < layers.size(); ++layer) {
    h = forward_layer(layer, graphs[layer], h);
  }
  return h;
}

at::Tensor ConvStackImpl::forward_layer(std::size_t layer, const Graph& graph,
                                        const at::Tensor& feat) {
  check(layer < layers.size(), "ConvStack: layer: expected a value below {}, got {}", layers.size(),
        layer);
  const at::Tensor input = layer == 0 ? feat : at::dropout(feat, options.dropout, is_training());
  const at::Tensor h = layers[layer]->forward(graph, input);
  return layer + 1 == layers.size() ? h : h.relu();
}

}  // namespace grapevine::nn
