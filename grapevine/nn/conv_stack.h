#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/any.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/nn/conv.h"
#include "grapevine/nn/model.h"

namespace grapevine::nn {

/// Options of `ConvStack`. Between two layers stand, in this order, the residual connection, the
/// normalisation, the activation and the dropout.
struct ConvStackOptions {
  std::string conv = "sage";                          ///< which layer, by its name in `convs()`
  std::map<std::string, std::string> conv_options{};  ///< its options, by name
  std::int64_t layers = 2;                            ///< how many of them
  std::int64_t hidden = 128;                          ///< width between them, of each head
  std::int64_t edge_feats = 0;                        ///< width of the edge features; 0: none
  double input_dropout = 0.0;                         ///< of the model's input, while training
  double dropout = 0.0;             ///< before every layer but the first, while training
  std::string activation = "relu";  ///< "relu", "elu" or "none"
  std::string norm = "none";        ///< "batch", "layer" or "none"
  bool residual = false;            ///< add a linear function of each layer's input to its output
};

/// A stack of the same graph convolution. Heads are laid side by side between the layers; of the
/// last layer's, the mean is taken.
///
///     ConvStack model(128, 40, ConvStackOptions{.conv = "sage", .layers = 2});
///     at::Tensor logits = model(blocks, blocks.front().srcdata()["feat"]);
class ConvStackImpl : public torch::nn::Cloneable<ConvStackImpl>, public Model {
 public:
  /// Throws `Error` for an unknown layer, sizes below 1, a dropout outside `[0, 1)` and other names
  /// than those above.
  ConvStackImpl(std::int64_t in_feats, std::int64_t out_feats, ConvStackOptions options = {});
  void reset() override;

  [[nodiscard]] torch::nn::Module& module() override { return *this; }

  /// See `Model`. Throws `Error` unless there are as many blocks as layers, and what the layers
  /// throw.
  at::Tensor forward(const LayerGraphs& graphs, const NodeFeatures& feat,
                     const std::string& edge_feat = {}) override;
  [[nodiscard]] std::size_t num_layers() const override { return layers.size(); }
  /// One layer with what goes before (dropout) and after it (residual and, unless it is the last,
  /// normalisation and activation).
  at::Tensor forward_layer(std::size_t layer, const Graph& graph, const NodeFeatures& feat,
                           const std::string& edge_feat = {}) override;
  /// Whether the first layer does, with no dropout before it.
  [[nodiscard]] bool reads_in_place() const override;
  [[nodiscard]] bool reads_beyond_block(std::size_t layer) const override;
  /// Whether a layer needs in-edges.
  [[nodiscard]] bool wants_self_loops() const override;

  std::int64_t in_feats;
  std::int64_t out_feats;
  ConvStackOptions options;
  std::vector<std::shared_ptr<Conv>> layers;
  std::vector<torch::nn::Linear> residuals;  ///< one for each layer, if there are any
  std::vector<torch::nn::AnyModule> norms;   ///< one between two layers, if there are any
};

TORCH_MODULE(ConvStack);

}  // namespace grapevine::nn
