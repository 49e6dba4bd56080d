#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `SGConv`.
struct SGConvOptions {
  std::int64_t k = 1;                 ///< how many hops
  bool cached = false;                ///< keep the first call's k hops for all later ones
  bool bias = true;                   ///< whether `fc` has a bias
  Activation norm = {};               ///< applied to the features after the last hop
  bool allow_zero_in_degree = false;  ///< whether a node without in-edges is no `Error`
};

/// Simplified graph convolution: k hops of the normalised adjacency matrix without anything between
/// them, then one linear layer: `fc(S^k h)` with `S = D^-1/2 A D^-1/2`, where D has the in-degrees.
/// Add self-loops for a node to see itself. Multiplies before the hops when that is less work
/// (`in > out`).
///
///     SGConv conv(1433, 7, SGConvOptions{.k = 2, .cached = true});
///     at::Tensor logits = conv(graph, graph.ndata()["feat"]);     // [num_nodes, 7]
///
/// With `cached`, graph and features must stay the same; features that need a gradient are refused,
/// and `reset()` and a clone forget what was kept.
/// Parameters: `fc.weight` `[out, in]` (Xavier-uniform), `fc.bias` `[out]` (zeros). Source: DGL's
/// `SGConv`; Wu et al., 2019.
class SGConvImpl : public torch::nn::Cloneable<SGConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes or a `k` below 1.
  SGConvImpl(std::int64_t in_feats, std::int64_t out_feats, SGConvOptions options = {});

  void reset() override;
  void reset_parameters();

  /// `[num_nodes, in]` to `[num_nodes, out]`; `edge_feat` are positive weights of the edges. Throws
  /// `Error` for a block of some nodes.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  [[nodiscard]] bool needs_in_edges() const override { return !options.allow_zero_in_degree; }
  [[nodiscard]] bool reads_beyond_block() const override { return true; }

  std::int64_t in_feats;
  std::int64_t out_feats;
  SGConvOptions options;
  torch::nn::Linear fc{nullptr};

 private:
  at::Tensor cached_;
};

TORCH_MODULE(SGConv);

}  // namespace grapevine::nn
