#include "grapevine/nn/model.h"

#include "grapevine/util/error.h"

namespace grapevine::nn {

void LayerGraphs::check_layers(std::size_t num_layers) const {
  check(shared_ || graphs_.size() == num_layers, "blocks: expected {}, one for each layer, got {}",
        num_layers, graphs_.size());
}

const Graph& LayerGraphs::whole(std::string_view model) const {
  check(shared_,
        "{}: expected the whole graph, got {} blocks; it trains on full graphs "
        "only (--full-graph)",
        model, graphs_.size());
  return graphs_.front();
}

at::Tensor Model::forward_layer(std::size_t layer, const Graph& graph, const NodeFeatures& feat,
                                const std::string& edge_feat) {
  check(layer == 0, "layer: expected 0 in a model of one piece, got {}", layer);
  return forward(graph, feat, edge_feat);
}

}  // namespace grapevine::nn
