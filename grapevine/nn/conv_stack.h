#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `ConvStack`.
struct ConvStackOptions {
  std::string conv = "sage";  ///< which layer, by its name in `convs()`
  std::int64_t layers = 2;    ///< how many of them
  std::int64_t hidden = 128;  ///< width between them
  double dropout = 0.0;       ///< before every layer but the first, while training
};

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

 private:
  std::vector<Graph> graphs_;
  bool shared_;
};

/// A stack of the same graph convolution with relu and dropout between the layers.
///
///     ConvStack model(128, 40, ConvStackOptions{.conv = "sage", .layers = 2});
///     at::Tensor logits = model(blocks, blocks.front().srcdata()["feat"]);
class ConvStackImpl : public torch::nn::Cloneable<ConvStackImpl> {
 public:
  /// Throws `Error` for an unknown layer, sizes below 1 or a dropout outside `[0, 1)`.
  ConvStackImpl(std::int64_t in_feats, std::int64_t out_feats, ConvStackOptions options = {});
  void reset() override;

  /// `[num_nodes, in]` to `[num_nodes, out]` on a whole graph; on blocks, the input's first,
  /// `[blocks.front().num_src_nodes(), in]` to `[blocks.back().num_dst_nodes(), out]`. Throws
  /// `Error` unless there are as many blocks as layers.
  at::Tensor forward(const LayerGraphs& graphs, const at::Tensor& feat);
  /// One layer with what goes before (dropout) and after it (relu, unless it is the last).
  at::Tensor forward_layer(std::size_t layer, const Graph& graph, const at::Tensor& feat);

  std::int64_t in_feats;
  std::int64_t out_feats;
  ConvStackOptions options;
  std::vector<std::shared_ptr<Conv>> layers;
};

TORCH_MODULE(ConvStack);

}  // namespace grapevine::nn
