#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "grapevine/graph/graph.h"

namespace grapevine::nn {

/// What `EdgeWeightNorm` divides the weight of an edge from u to v by.
enum class EdgeWeightNormBy {
  kBoth,   ///< sqrt(sum of the weights that leave u) * sqrt(sum of those that enter v)
  kRight,  ///< the sum of the weights that enter v
  kNone,   ///< nothing
};

/// Options of `EdgeWeightNorm`.
struct EdgeWeightNormOptions {
  EdgeWeightNormBy norm = EdgeWeightNormBy::kBoth;  ///< what weights are divided by
  double eps = 0.0;                                 ///< added to every sum
};

/// Normalises edge weights as GCN does degrees, for a `GraphConv` without a norm of its own.
///
///     const at::Tensor weight = EdgeWeightNorm()(graph, graph.edata()["weight"]);
///     GraphConv conv(128, 16, GraphConvOptions{.norm = GraphConvNorm::kNone});
///     at::Tensor h = conv->forward(graph, feat, weight);
///
/// No parameters. On a block, sums are those of the block.
/// Source: DGL's `EdgeWeightNorm`; Kipf and Welling, 2017.
class EdgeWeightNormImpl : public torch::nn::Cloneable<EdgeWeightNormImpl> {
 public:
  explicit EdgeWeightNormImpl(EdgeWeightNormOptions options = {});
  void reset() override {}

  /// `[num_edges]`, or `[num_edges, 1]`, to the same shape. Throws `Error` for another shape and,
  /// under `kBoth`, for weights that are not positive.
  at::Tensor forward(const Graph& graph, const at::Tensor& edge_weight);

  EdgeWeightNormOptions options;
};

TORCH_MODULE(EdgeWeightNorm);

}  // namespace grapevine::nn
