#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "grapevine/graph/graph.h"

namespace grapevine::nn {

/// The mean of the nodes' features over each graph, 0 for a graph without nodes.
///
///     AvgPooling pool;
///     at::Tensor r = pool(batch({g1, g2}), feat);   // [2, *shape]
///
/// Without parameters. Source: DGL's `AvgPooling`.
class AvgPoolingImpl : public torch::nn::Cloneable<AvgPoolingImpl> {
 public:
  void reset() override {}

  /// `[num_nodes, *shape]` to a row for each graph of the batch, `[batch_size, *shape]`. Throws
  /// `Error` for features without a row for each node, for several node types and for a block.
  at::Tensor forward(const Graph& graph, const at::Tensor& feat);
};

TORCH_MODULE(AvgPooling);

}  // namespace grapevine::nn
