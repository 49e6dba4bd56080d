#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/graph/graph.h"

namespace grapevine::nn {

/// The `k` nodes of each graph whose largest feature is largest, one after the other, each with its
/// features in ascending order; 0 where a graph has fewer nodes. So graphs of any size get one
/// length, and the order of the nodes does not matter.
///
///     SortPooling pool(30);
///     at::Tensor r = pool(batch({g1, g2}), feat);   // [2, 30 * width]
///
/// Without parameters. Source: DGL's `SortPooling`; Zhang et al., 2018.
class SortPoolingImpl : public torch::nn::Cloneable<SortPoolingImpl> {
 public:
  /// Throws `Error` for a `k` below 1.
  explicit SortPoolingImpl(std::int64_t k);
  void reset() override {}

  /// `[num_nodes, width]` to a row for each graph of the batch, `[batch_size, k * width]`. Throws
  /// `Error` for features of another shape, for several node types and for a block.
  at::Tensor forward(const Graph& graph, const at::Tensor& feat);

  std::int64_t k;
};

TORCH_MODULE(SortPooling);

}  // namespace grapevine::nn
