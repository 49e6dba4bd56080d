#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <string>
#include <vector>

#include "grapevine/nn/conv_stack.h"
#include "grapevine/nn/gcn2_conv.h"
#include "grapevine/nn/model.h"

namespace grapevine::nn {

/// Options of `GCNII`.
struct GCNIIOptions {
  double alpha = 0.1;    ///< share of the initial features in every layer
  double lambda_ = 0.5;  ///< how strong the matrix is in the first layer
  /// How many `GCN2Conv` (`layers`), how wide, dropouts (`dropout` before each of them and before
  /// the output) and the activation after each; no normalisation and no residual.
  ConvStackOptions stack{.conv = "gcnii", .layers = 16, .hidden = 64};
};

/// A deep GCN: a linear layer to `hidden` features and an activation, the initial features of all
/// the `GCN2Conv` that follow, each with an activation, then a linear layer. Works on whole graphs.
///
///     GCNII model(1433, 7, GCNIIOptions{.stack = {.layers = 64, .hidden = 64, .dropout = 0.6}});
///     at::Tensor logits = model(add_self_loop(graph), feat);         // [num_nodes, 7]
///
/// Parameters: those of `input`, `conv1`, `conv2`, ... and `output`; the convolutions have no bias,
/// and their weights start uniform in `[-1, 1] / sqrt(hidden)` as the paper's do, not standard
/// normal as DGL's `GCN2Conv` alone. Known to `make_model` as "gcnii".
/// Source: Chen et al., 2020.
class GCNIIImpl : public torch::nn::Cloneable<GCNIIImpl>, public Model {
 public:
  /// Throws `Error` for options out of range.
  GCNIIImpl(std::int64_t in_feats, std::int64_t out_feats, GCNIIOptions options = {});
  void reset() override;

  [[nodiscard]] torch::nn::Module& module() override { return *this; }
  at::Tensor forward(const LayerGraphs& graphs, const NodeFeatures& feat,
                     const std::string& edge_feat = {}) override;
  [[nodiscard]] bool wants_self_loops() const override { return true; }

  std::int64_t in_feats;
  std::int64_t out_feats;
  GCNIIOptions options;
  torch::nn::Linear input{nullptr};
  std::vector<GCN2Conv> convs;
  torch::nn::Linear output{nullptr};
};

TORCH_MODULE(GCNII);

}  // namespace grapevine::nn
