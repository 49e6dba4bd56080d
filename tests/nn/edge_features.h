#pragma once

#include <ATen/ops/randn.h>

#include <memory>
#include <utility>

#include "grapevine/nn/conv.h"
#include "tests/nn/layer_checks.h"

namespace grapevine::testing_support {

/// Any layer behind its interface, bound to the edge feature "e" of the graph that it is given, if
/// there is one, so that the checks of layers without edge features apply to those with some too.
class LayerOnEdges {
 public:
  using ContainedType = torch::nn::Module;
  explicit LayerOnEdges(std::shared_ptr<torch::nn::Module> module)
      : module_(std::move(module)), conv_(std::dynamic_pointer_cast<nn::Conv>(module_)) {}
  at::Tensor operator()(const Graph& graph, const nn::NodeFeatures& feat) {
    return conv_->forward(graph, feat,
                          graph.edata().contains("e") ? graph.edata()["e"].tensor() : at::Tensor());
  }
  torch::nn::Module* operator->() { return module_.get(); }

 private:
  std::shared_ptr<torch::nn::Module> module_;
  std::shared_ptr<nn::Conv> conv_;
};

/// `layer_graph()` with an edge feature "e" `[num_edges, width]`; of width 0, a weight
/// `[num_edges]`.
inline Graph graph_with_edge_features(std::int64_t width) {
  const Graph graph = layer_graph();
  graph.edata()["e"] =
      width == 0 ? at::randn({graph.num_edges()}) : at::randn({graph.num_edges(), width});
  return graph;
}

}  // namespace grapevine::testing_support
