#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `TAGConv`.
struct TAGConvOptions {
  std::int64_t k = 2;          ///< how many hops
  bool bias = true;            ///< whether `lin` has a bias
  Activation activation = {};  ///< of the output
};

/// Topology-adaptive graph convolution: a matrix for each number of hops up to k, and their sum:
/// `sum over i = 0 .. k of S^i h W_i` with `S = D^-1/2 A D^-1/2`, where D has the in-degrees.
/// When the output is narrower than the input (`in > out`), each hop is of the output's width.
///
///     TAGConv conv(1433, 16, TAGConvOptions{.k = 3});
///     at::Tensor h = conv(graph, graph.ndata()["feat"]);          // [num_nodes, 16]
///
/// Parameters: `lin.weight` `[out, (k + 1) * in]`, the matrices side by side (Xavier-normal with
/// the gain of relu), `lin.bias` `[out]` (as `torch::nn::Linear` has it). Source: DGL's `TAGConv`;
/// Du et al., 2017.
class TAGConvImpl : public torch::nn::Cloneable<TAGConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1 and a `k` below 0.
  TAGConvImpl(std::int64_t in_feats, std::int64_t out_feats, TAGConvOptions options = {});

  void reset() override;
  void reset_parameters();

  /// `[num_nodes, in]` to `[num_nodes, out]`; `edge_feat` are positive weights of the edges. Throws
  /// `Error` for a block of some nodes.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  [[nodiscard]] bool reads_beyond_block() const override { return true; }

  std::int64_t in_feats;
  std::int64_t out_feats;
  TAGConvOptions options;
  torch::nn::Linear lin{nullptr};
};

TORCH_MODULE(TAGConv);

}  // namespace grapevine::nn
