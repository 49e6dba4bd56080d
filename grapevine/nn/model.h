#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/nn/node_features.h"

namespace grapevine::nn {

/// The graph that each layer works on: one whole graph for all of them, or a block for each.
/// Converts from either.
class LayerGraphs {
 public:
  LayerGraphs(Graph graph)
      : graphs_{std::move(graph)}, shared_(true) {}  // NOLINT(google-explicit-constructor)
  LayerGraphs(std::vector<Graph> blocks)
      : graphs_(std::move(blocks)), shared_(false) {}  // NOLINT(google-explicit-constructor)
  /// Throws `Error` unless there is a graph for each of `num_layers` layers.
  void check_layers(std::size_t num_layers) const;
  [[nodiscard]] const Graph& operator[](std::size_t layer) const {
    return shared_ ? graphs_.front() : graphs_[layer];
  }
  /// The one graph, for `model`, which works on nothing else. Throws `Error` for blocks.
  [[nodiscard]] const Graph& whole(std::string_view model) const;

 private:
  std::vector<Graph> graphs_;
  bool shared_;
};

/// What the trainer, inference and the command line ask of a model that classifies nodes. One is a
/// module, `torch::nn::Cloneable<ModelImpl>`, and a `Model` besides; `make_model`
/// (nn/model_registry.h) makes one by name. Unless it says otherwise, a model is of one piece and
/// sees whole graphs.
class Model {
 public:
  virtual ~Model() = default;

  /// The model as the module that it is: its parameters, modes and devices.
  [[nodiscard]] virtual torch::nn::Module& module() = 0;

  /// `[num_nodes, in]` to `[num_nodes, out]` on a whole graph; on blocks, the input's first,
  /// `[blocks.front().num_src_nodes(), in]` to `[blocks.back().num_dst_nodes(), out]`. Reads the
  /// edge feature `edge_feat` of the graph or of each block; with an empty name, none. Throws
  /// `Error` for features that do not fit, and for blocks if the model needs the whole graph.
  virtual at::Tensor forward(const LayerGraphs& graphs, const NodeFeatures& feat,
                             const std::string& edge_feat = {}) = 0;

  /// How many layers inference can compute one by one for all nodes, which is also how many blocks
  /// `forward` takes.
  [[nodiscard]] virtual std::size_t num_layers() const { return 1; }
  /// One of them: what `layer - 1` returned, or the input, to the features of the destinations.
  virtual at::Tensor forward_layer(std::size_t layer, const Graph& graph, const NodeFeatures& feat,
                                   const std::string& edge_feat = {});
  /// Whether `forward` takes features of the input nodes from where they are, so that a loader need
  /// not gather them; see `Conv::reads_in_place`.
  [[nodiscard]] virtual bool reads_in_place() const { return false; }
  /// Whether that layer must be given the whole graph; see `Conv::reads_beyond_block`.
  [[nodiscard]] virtual bool reads_beyond_block(std::size_t /*layer*/) const { return true; }

  /// Whether each node should have an edge to itself, by the paper or because it must have
  /// in-edges.
  [[nodiscard]] virtual bool wants_self_loops() const { return false; }
};

}  // namespace grapevine::nn
