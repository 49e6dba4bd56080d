#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `AGNNConv`.
struct AGNNConvOptions {
  double init_beta = 1.0;             ///< how much the cosine counts, at first
  bool learn_beta = true;             ///< whether that is a parameter
  bool allow_zero_in_degree = false;  ///< whether nodes without in-edges get zeros, or an `Error`
};

/// The propagation of AGNN: a mean of the in-neighbours, weighed by how alike they are to the
/// destination. The width stays.
///
///     h_v' = sum over u of (softmax over u of beta * cos(h_u, h_v)) * h_u
///
///     AGNNConv conv;
///     at::Tensor h = conv(graph, graph.ndata()["feat"]);        // shaped as the input
///
/// `beta` `[1]` is a parameter, or a buffer if it is not learnt.
/// Source: DGL's `AGNNConv`; Thekumparampil et al., 2018.
class AGNNConvImpl : public torch::nn::Cloneable<AGNNConvImpl>, public Conv {
 public:
  explicit AGNNConvImpl(AGNNConvOptions options = {});

  void reset() override;

  /// `[num_src, *, width]` and `[num_dst, *, width]` to `[num_dst, *, width]`. Throws `Error` if a
  /// destination has no in-edge, unless that is allowed, and if the sides differ in shape beyond
  /// the first dimension.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  [[nodiscard]] bool needs_in_edges() const override { return !options.allow_zero_in_degree; }

  AGNNConvOptions options;
  at::Tensor beta;
};

TORCH_MODULE(AGNNConv);

}  // namespace grapevine::nn
