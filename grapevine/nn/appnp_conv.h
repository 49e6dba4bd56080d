#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `APPNPConv`.
struct APPNPConvOptions {
  double edge_drop = 0.0;  ///< share of the edges that a hop leaves out while training
};

/// Personalised PageRank by k steps of `h <- (1 - alpha) * S h + alpha * h_0`, where h_0 is the
/// input and `S = D_in^-1/2 A D_out^-1/2`. Has no parameters: what it spreads are the predictions
/// of another model. Add self-loops for a node to see itself.
///
///     APPNPConv conv(10, 0.1);
///     at::Tensor logits = conv(graph, perceptron(graph.ndata()["feat"]));
///
/// Source: DGL's `APPNPConv`; Klicpera et al., 2019.
class APPNPConvImpl : public torch::nn::Cloneable<APPNPConvImpl>, public Conv {
 public:
  /// Throws `Error` for a `k` below 0, an `alpha` outside `[0, 1]` and an `edge_drop` outside
  /// `[0, 1)`.
  APPNPConvImpl(std::int64_t k, double alpha, APPNPConvOptions options = {});

  void reset() override {}

  /// `[num_nodes, *]` to the same shape; `edge_feat` are positive weights of the edges. Throws
  /// `Error` for a block of some nodes.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  [[nodiscard]] bool reads_beyond_block() const override { return true; }

  std::int64_t k;
  double alpha;
  APPNPConvOptions options;
};

TORCH_MODULE(APPNPConv);

}  // namespace grapevine::nn
