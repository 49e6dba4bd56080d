#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/attention_output.h"
#include "grapevine/nn/conv.h"
#include "grapevine/nn/in_feats.h"

namespace grapevine::nn {

/// Options of `DotGatConv`.
struct DotGatConvOptions {
  bool allow_zero_in_degree = false;  ///< whether nodes without in-edges get zeros, or an `Error`
};

/// Graph attention by scaled dot products, as in a transformer:
///
///     h_v' = sum over u of a_uv * W h_u
///     a_uv = softmax over u of (W h_u . W h_v) / sqrt(out)
///
///     DotGatConv conv(1433, 8, 8);
///     at::Tensor h = conv(graph, graph.ndata()["feat"]);        // [num_nodes, 8, 8]
///
/// Parameters: `fc.weight` `[heads * out, in]`, or `fc_src.weight` and `fc_dst.weight` when made
/// with a pair of widths, initialised as `torch::nn::Linear` does it.
/// Source: DGL's `DotGatConv`; Vaswani et al., 2017, on the edges of a graph.
class DotGatConvImpl : public torch::nn::Cloneable<DotGatConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1.
  DotGatConvImpl(const InFeats& in_feats, std::int64_t out_feats, std::int64_t num_heads,
                 DotGatConvOptions options = {});

  void reset() override;

  /// `[num_src, *, in_src]` and `[num_dst, *, in_dst]` to `[num_dst, *, heads, out]`. Throws
  /// `Error` if a destination has no in-edge, unless that is allowed.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;
  /// The same, with the attention that weighed the messages.
  [[nodiscard]] AttentionOutput forward_with_attention(const Graph& graph,
                                                       const NodeFeatures& feat);

  [[nodiscard]] std::int64_t num_heads() const override { return heads; }
  [[nodiscard]] bool needs_in_edges() const override { return !options.allow_zero_in_degree; }

  InFeats in_feats;
  std::int64_t out_feats;
  std::int64_t heads;
  DotGatConvOptions options;
  torch::nn::Linear fc{nullptr};      ///< of both sides; empty when made with a pair of widths
  torch::nn::Linear fc_src{nullptr};  ///< empty when made with one width
  torch::nn::Linear fc_dst{nullptr};
};

TORCH_MODULE(DotGatConv);

}  // namespace grapevine::nn
