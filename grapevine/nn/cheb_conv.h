#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `ChebConv`.
struct ChebConvOptions {
  Activation activation = [](const at::Tensor& h) { return h.relu(); };  ///< of the output
  bool bias = true;         ///< whether `linear` has a bias
  double lambda_max = 2.0;  ///< what `forward` takes for the largest eigenvalue of every graph
};

/// Chebyshev graph convolution: `activation(sum over i = 0 .. k - 1 of T_i(L) h W_i)` with the
/// Chebyshev polynomials T_0 = 1, T_1(x) = x, T_i(x) = 2 x T_{i-1}(x) - T_{i-2}(x), and the
/// normalised Laplacian, scaled to [-1, 1]: `L = 2 / lambda_max * (1 - D^-1/2 A D^-1/2) - 1`, where
/// D has the in-degrees. When the output is narrower than the input (`in > out`), the sum is taken
/// by Clenshaw's recurrence, each hop of the output's width.
///
///     ChebConv conv(1433, 16, 3);
///     at::Tensor h = conv(graph, graph.ndata()["feat"]);          // [num_nodes, 16]
///     h = conv->forward_with_lambda_max(graph, feat, laplacian_lambda_max(graph));
///
/// Parameters: `linear.weight` `[out, k * in]`, the matrices side by side, `linear.bias` `[out]`;
/// both as `torch::nn::Linear` has them. Source: DGL's `ChebConv`; Defferrard et al., 2016.
class ChebConvImpl : public torch::nn::Cloneable<ChebConvImpl>, public Conv {
 public:
  /// `k` is the number of polynomials. Throws `Error` for sizes or a `k` below 1 and a `lambda_max`
  /// that is not positive.
  ChebConvImpl(std::int64_t in_feats, std::int64_t out_feats, std::int64_t k,
               ChebConvOptions options = {});

  void reset() override;
  void reset_parameters();

  /// `[num_nodes, in]` to `[num_nodes, out]`, with `options.lambda_max`. Throws `Error` for edge
  /// features and for a block of some nodes.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;
  /// With the largest eigenvalue of the normalised Laplacian of each graph of a batch,
  /// `[batch_size]` or `[batch_size, 1]`; `laplacian_lambda_max` (graph/transform) computes it.
  /// Throws `Error` for another shape and for values that are not positive.
  at::Tensor forward_with_lambda_max(const Graph& graph, const NodeFeatures& feat,
                                     const at::Tensor& lambda_max);

  [[nodiscard]] bool reads_beyond_block() const override { return true; }

  std::int64_t in_feats;
  std::int64_t out_feats;
  std::int64_t k;
  ChebConvOptions options;
  torch::nn::Linear linear{nullptr};

 private:
  [[nodiscard]] at::Tensor filter(const Graph& graph, const at::Tensor& h, const at::Tensor& scale);
};

TORCH_MODULE(ChebConv);

}  // namespace grapevine::nn
