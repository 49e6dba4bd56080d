#include "grapevine/nn/conv_stack.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/dropout.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/normalization.h>

#include <algorithm>
#include <utility>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/stack_options.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {
namespace {

/// Heads side by side, or their mean.
at::Tensor merge_heads(const at::Tensor& h, bool mean) { return mean ? h.mean(1) : h.flatten(1); }

NodeFeatures dropped(const Graph& graph, const NodeFeatures& feat, double dropout) {
  const at::Tensor src = at::dropout(feat.src(), dropout, true);
  return feat.is_pair() ? NodeFeatures(src, at::dropout(feat.dst(graph), dropout, true))
                        : NodeFeatures(src);
}

}  // namespace

ConvStackImpl::ConvStackImpl(std::int64_t in, std::int64_t out, ConvStackOptions stack_options)
    : in_feats(in), out_feats(out), options(std::move(stack_options)) {
  detail::check_positive("ConvStack: in_feats", in_feats);
  detail::check_positive("ConvStack: out_feats", out_feats);
  detail::check_stack_options("ConvStack", options);
  reset();
}

void ConvStackImpl::reset() {
  layers.clear();
  residuals.clear();
  norms.clear();
  std::int64_t in = in_feats;
  for (std::int64_t layer = 0; layer < options.layers; ++layer) {
    const bool is_last = layer + 1 == options.layers;
    const std::string number = std::to_string(layer);
    layers.push_back(make_conv(options.conv, {.in_feats = in,
                                              .out_feats = is_last ? out_feats : options.hidden,
                                              .edge_feats = options.edge_feats,
                                              .is_last = is_last,
                                              .options = options.conv_options}));
    auto module = std::dynamic_pointer_cast<torch::nn::Module>(layers.back());
    check(module != nullptr, "ConvStack: layer \"{}\" is not a torch::nn::Module", options.conv);
    register_module("layer" + number, std::move(module));
    const std::int64_t heads = std::max<std::int64_t>(layers.back()->num_heads(), 1);
    const std::int64_t out = is_last ? out_feats : options.hidden * heads;
    if (options.residual) {
      residuals.push_back(register_module(
          "residual" + number, torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(false))));
    }
    if (options.norm == "batch" && !is_last) {
      norms.emplace_back(register_module("norm" + number, torch::nn::BatchNorm1d(out)));
    } else if (options.norm == "layer" && !is_last) {
      norms.emplace_back(register_module("norm" + number,
                                         torch::nn::LayerNorm(torch::nn::LayerNormOptions({out}))));
    }
    in = out;
  }
}

at::Tensor ConvStackImpl::forward(const LayerGraphs& graphs, const NodeFeatures& feat,
                                  const std::string& edge_feat) {
  graphs.check_layers(layers.size());
  at::Tensor h = forward_layer(0, graphs[0], feat, edge_feat);
  for (std::size_t layer = 1; layer < layers.size(); ++layer) {
    h = forward_layer(layer, graphs[layer], h, edge_feat);
  }
  return h;
}

at::Tensor ConvStackImpl::forward_layer(std::size_t layer, const Graph& graph,
                                        const NodeFeatures& feat, const std::string& edge_feat) {
  check(layer < layers.size(), "ConvStack: layer: expected a value below {}, got {}", layers.size(),
        layer);
  const bool is_last = layer + 1 == layers.size();
  const double dropout = layer == 0 ? options.input_dropout : options.dropout;
  const NodeFeatures input = dropout > 0 && is_training() ? dropped(graph, feat, dropout) : feat;
  const at::Tensor edges = edge_feat.empty() ? at::Tensor() : graph.edata()[edge_feat].tensor();
  at::Tensor h = layers[layer]->forward(graph, input, edges);
  if (layers[layer]->num_heads() > 0) {
    h = merge_heads(h, is_last);
  }
  if (options.residual) {
    h = h + residuals[layer]->forward(input.dst(graph));
  }
  if (is_last) {
    return h;
  }
  h = norms.empty() ? h : norms[layer].forward(h);
  const Activation activation = detail::named_activation("ConvStack", options.activation);
  return activation ? activation(h) : h;
}

bool ConvStackImpl::reads_in_place() const {
  return layers.front()->reads_in_place() && (options.input_dropout == 0 || !is_training());
}

bool ConvStackImpl::reads_beyond_block(std::size_t layer) const {
  return layers.at(layer)->reads_beyond_block();
}

bool ConvStackImpl::wants_self_loops() const {
  return std::any_of(layers.begin(), layers.end(),
                     [](const auto& layer) { return layer->needs_in_edges(); });
}

}  // namespace grapevine::nn
