#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <string>
#include <vector>

#include "grapevine/nn/appnp_conv.h"
#include "grapevine/nn/conv_stack.h"
#include "grapevine/nn/model.h"

namespace grapevine::nn {

/// Options of `APPNP`.
struct APPNPOptions {
  std::int64_t k = 10;     ///< steps of the propagation
  double alpha = 0.1;      ///< how likely it returns to the start
  double edge_drop = 0.0;  ///< share of the edges that a step leaves out while training
  /// Sizes, dropouts and the activation of the perceptron; no normalisation and no residual.
  ConvStackOptions perceptron{.conv = "appnp", .hidden = 64};
};

/// Predict, then propagate: a perceptron on each node's own features, whose predictions
/// `APPNPConv` spreads by personalised PageRank. Works on whole graphs.
///
///     APPNP model(1433, 7, APPNPOptions{.k = 10, .alpha = 0.1});
///     at::Tensor logits = model(add_self_loop(graph), feat);         // [num_nodes, 7]
///
/// Parameters: those of the linear layers, `linear0`, `linear1`, ... Known to `make_model` as
/// "appnp". Source: DGL's example "appnp"; Klicpera et al., 2019.
class APPNPImpl : public torch::nn::Cloneable<APPNPImpl>, public Model {
 public:
  /// Throws `Error` for options out of range.
  APPNPImpl(std::int64_t in_feats, std::int64_t out_feats, APPNPOptions options = {});
  void reset() override;

  [[nodiscard]] torch::nn::Module& module() override { return *this; }
  at::Tensor forward(const LayerGraphs& graphs, const NodeFeatures& feat,
                     const std::string& edge_feat = {}) override;
  [[nodiscard]] bool wants_self_loops() const override { return true; }

  std::int64_t in_feats;
  std::int64_t out_feats;
  APPNPOptions options;
  std::vector<torch::nn::Linear> linears;
  APPNPConv propagate{nullptr};
};

TORCH_MODULE(APPNP);

}  // namespace grapevine::nn
