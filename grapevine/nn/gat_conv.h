#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/attention_output.h"
#include "grapevine/nn/conv.h"
#include "grapevine/nn/in_feats.h"

namespace grapevine::nn {

/// Options of `GATConv`.
struct GATConvOptions {
  double feat_drop = 0.0;             ///< dropout of the input features
  double attn_drop = 0.0;             ///< dropout of the attention
  double negative_slope = 0.2;        ///< of the leaky relu on the scores
  bool residual = false;              ///< whether the destination's features are added
  bool allow_zero_in_degree = false;  ///< whether a node without in-edges is no `Error`
  bool bias = true;                   ///< whether a bias is added
  Activation activation{};            ///< of the result; none if empty
};

/// Graph attention. Each head sums the projected in-neighbours, weighed by how much the destination
/// attends to them:
///
///     h_v' = sum over u of a_uv * W h_u
///     a_uv = softmax over u of leaky_relu(attn_l . W h_u + attn_r . W h_v)
///
/// The scores are sums of one number for each end of an edge, so that nothing wider than the number
/// of heads is stored for an edge.
///
///     GATConv conv(1433, 8, 8);
///     at::Tensor h = conv(graph, graph.ndata()["feat"]);        // [num_nodes, 8, 8]
///
/// Parameters: `fc.weight` `[heads * out, in]`, or `fc_src.weight` and `fc_dst.weight` when made
/// with a pair of widths; `attn_l`, `attn_r` `[1, heads, out]`; with `residual`, `res_fc.weight`
/// `[heads * out, in_dst]` unless `in_dst == heads * out`; all Xavier-normal with the gain of relu.
/// The bias (zeros) is `res_fc.bias` if there is a `res_fc`, else `bias`; both `[heads * out]`.
/// Source: DGL's `GATConv`; Veličković et al., 2018.
class GATConvImpl : public torch::nn::Cloneable<GATConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1 and a dropout outside `[0, 1)`.
  GATConvImpl(const InFeats& in_feats, std::int64_t out_feats, std::int64_t num_heads,
              GATConvOptions options = {});

  void reset() override;
  void reset_parameters();

  /// `[num_src, *, in_src]` and `[num_dst, *, in_dst]` to `[num_dst, *, heads, out]`. With
  /// `edge_feat`, a weight for each edge, the attention is multiplied by that after the softmax.
  /// Throws `Error` if a destination has no in-edge, unless that is allowed; then it gets the
  /// residual and the bias alone.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;
  /// The same, with the attention that weighed the messages: after its dropout and the edge
  /// weights.
  [[nodiscard]] AttentionOutput forward_with_attention(const Graph& graph, const NodeFeatures& feat,
                                                       const at::Tensor& edge_feat = {});

  [[nodiscard]] std::int64_t num_heads() const override { return heads; }
  [[nodiscard]] bool needs_in_edges() const override { return !options.allow_zero_in_degree; }

  InFeats in_feats;
  std::int64_t out_feats;
  std::int64_t heads;
  GATConvOptions options;
  torch::nn::Linear fc{nullptr};      ///< of both sides; empty when made with a pair of widths
  torch::nn::Linear fc_src{nullptr};  ///< empty when made with one width
  torch::nn::Linear fc_dst{nullptr};
  at::Tensor attn_l;
  at::Tensor attn_r;
  torch::nn::Linear res_fc{nullptr};
  at::Tensor bias;
};

TORCH_MODULE(GATConv);

}  // namespace grapevine::nn
