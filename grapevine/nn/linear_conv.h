#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <utility>

#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// A linear layer on the destination nodes' own features that ignores the edges: what a graph layer
/// has to beat. A stack of them is a multi-layer perceptron, known to `convs()` as "mlp".
class LinearConvImpl : public torch::nn::Cloneable<LinearConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1.
  LinearConvImpl(std::int64_t in_feats, std::int64_t out_feats);
  void reset() override;

  /// `[num_dst, in]`, of a pair the second, to `[num_dst, out]`.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  std::int64_t in_feats;
  std::int64_t out_feats;
  torch::nn::Linear linear{nullptr};
};

TORCH_MODULE(LinearConv);

}  // namespace grapevine::nn
