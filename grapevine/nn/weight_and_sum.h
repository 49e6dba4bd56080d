#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/graph/graph.h"

namespace grapevine::nn {

/// A sum of the nodes over each graph, each weighted by itself: the sum of
/// `sigmoid(linear(x_v)) * x_v`. A graph without nodes gives 0.
///
///     WeightAndSum pool(64);
///     at::Tensor r = pool(batch({g1, g2}), feat);   // [2, 64]
///
/// Parameters: `atom_weighting.0.weight` `[1, in_feats]` and `atom_weighting.0.bias` `[1]`, as
/// `torch::nn::Linear` makes them. Source: DGL's `WeightAndSum`.
class WeightAndSumImpl : public torch::nn::Cloneable<WeightAndSumImpl> {
 public:
  /// Throws `Error` for a width below 1.
  explicit WeightAndSumImpl(std::int64_t in_feats);
  void reset() override;

  /// `[num_nodes, in_feats]` to a row for each graph of the batch, `[batch_size, in_feats]`. Throws
  /// `Error` for features of another shape, for several node types and for a block.
  at::Tensor forward(const Graph& graph, const at::Tensor& feat);

  std::int64_t in_feats;
  torch::nn::Sequential atom_weighting{nullptr};
};

TORCH_MODULE(WeightAndSum);

}  // namespace grapevine::nn
