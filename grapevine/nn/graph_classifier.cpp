#include "grapevine/nn/graph_classifier.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/dropout.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/pool_nodes.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

GraphClassifierImpl::GraphClassifierImpl(std::int64_t in, std::int64_t classes,
                                         GraphClassifierOptions classifier_options)
    : in_feats(in), num_classes(classes), options(std::move(classifier_options)) {
  detail::check_positive("GraphClassifier: in_feats", in_feats);
  detail::check_positive("GraphClassifier: num_classes", num_classes);
  detail::check_positive("GraphClassifier: layers", options.layers);
  detail::check_positive("GraphClassifier: hidden", options.hidden);
  detail::check_dropout("GraphClassifier: dropout", options.dropout);
  reset();
}

void GraphClassifierImpl::reset() {
  convs.clear();
  batch_norms.clear();
  linear_prediction.clear();
  std::int64_t width = in_feats;
  for (std::int64_t layer = 0; layer <= options.layers; ++layer) {
    const std::string number = std::to_string(layer);
    linear_prediction.push_back(
        register_module("linear_prediction" + number, torch::nn::Linear(width, num_classes)));
    if (layer == options.layers) {
      return;
    }
    convs.push_back(make_conv(options.conv, {.in_feats = width,
                                             .out_feats = options.hidden,
                                             .is_last = false,
                                             .options = options.conv_options}));
    auto module = std::dynamic_pointer_cast<torch::nn::Module>(convs.back());
    check(module != nullptr, "GraphClassifier: layer \"{}\" is not a torch::nn::Module",
          options.conv);
    register_module("conv" + number, std::move(module));
    width = options.hidden * std::max<std::int64_t>(convs.back()->num_heads(), 1);
    batch_norms.push_back(register_module("batch_norm" + number, torch::nn::BatchNorm1d(width)));
  }
}

at::Tensor GraphClassifierImpl::forward(const Graph& graph, const at::Tensor& feat) {
  detail::check_node_features("GraphClassifier", graph, feat, in_feats);
  check(!is_training() || feat.size(0) > 1,
        "GraphClassifier: graph: expected two nodes or more to normalise while training, got {}",
        feat.size(0));
  at::Tensor h = feat;
  at::Tensor scores;
  for (std::size_t layer = 0; layer < linear_prediction.size(); ++layer) {
    const at::Tensor pooled = detail::pool_nodes("GraphClassifier", graph, h, options.pooling);
    const at::Tensor score =
        at::dropout(linear_prediction[layer]->forward(pooled), options.dropout, is_training());
    scores = layer == 0 ? score : scores + score;
    if (layer < convs.size()) {
      const at::Tensor out = convs[layer]->forward(graph, h);
      h = batch_norms[layer]->forward(out.flatten(1)).relu();
    }
  }
  return scores;
}

}  // namespace grapevine::nn
