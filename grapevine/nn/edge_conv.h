#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `EdgeConv`.
struct EdgeConvOptions {
  bool batch_norm = false;  ///< whether messages are normalised over all edges
  /// Whether nodes without in-edges get 0, or an `Error`.
  bool allow_zero_in_degree = false;
};

/// The edge convolution of dynamic graph networks on point clouds: the largest, for each feature,
/// of `theta(h_dst - h_src) + phi(h_dst)` over the in-edges. The ReLU of the paper may be applied
/// to the result.
///
///     EdgeConv conv(3, 64);
///     at::Tensor h = conv(graph, positions);      // [num_nodes, 64]
///
/// `theta` is applied to nodes, not to edges, which is the same by linearity; without batch
/// normalisation no message is stored.
///
/// Parameters: `theta` and `phi`, each with `weight` `[out, in]` and `bias` `[out]` as
/// `torch::nn::Linear` has them; with batch normalisation those of a `torch::nn::BatchNorm1d` under
/// `bn`. Known to `convs()` as "edgeconv".
/// Source: DGL's `EdgeConv`; Wang et al., 2019.
class EdgeConvImpl : public torch::nn::Cloneable<EdgeConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1.
  EdgeConvImpl(std::int64_t in_feat, std::int64_t out_feat, EdgeConvOptions options = {});

  void reset() override;

  /// `[num_src, *, in]` and `[num_dst, *, in]` to `[num_dst, *, out]`; with batch normalisation,
  /// without the dimensions between. Throws `Error` if a destination has no in-edge, unless that is
  /// allowed, for edge features, and in batch normalisation of a single edge while training.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  [[nodiscard]] bool needs_in_edges() const override { return !options.allow_zero_in_degree; }

  std::int64_t in_feat;
  std::int64_t out_feat;
  EdgeConvOptions options;
  torch::nn::Linear theta{nullptr};
  torch::nn::Linear phi{nullptr};
  torch::nn::BatchNorm1d bn{nullptr};  ///< with batch normalisation

 private:
  /// The largest normalised message of each node.
  [[nodiscard]] at::Tensor normalized(const ops::EdgeIndexPtr& edges, const at::Tensor& from_src,
                                      const at::Tensor& from_dst);
};

TORCH_MODULE(EdgeConv);

}  // namespace grapevine::nn
