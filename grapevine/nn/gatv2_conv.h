#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <map>
#include <string>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/attention_output.h"
#include "grapevine/nn/conv.h"
#include "grapevine/nn/in_feats.h"
#include "grapevine/nn/state_dict.h"

namespace grapevine::nn {

/// Options of `GATv2Conv`.
struct GATv2ConvOptions {
  double feat_drop = 0.0;             ///< dropout of the input features
  double attn_drop = 0.0;             ///< dropout of the attention
  double negative_slope = 0.2;        ///< of the leaky relu in the scores
  bool residual = false;              ///< whether the destination's features are added
  bool allow_zero_in_degree = false;  ///< whether a node without in-edges is no `Error`
  bool bias = true;                   ///< whether the linear layers have a bias
  bool share_weights = false;         ///< whether `fc_src` serves for both sides
  Activation activation{};            ///< of the result; none if empty
};

/// Graph attention in which the ranking of the neighbours depends on the destination: the leaky
/// relu stands before the product with the attention vector, not after it.
///
///     h_v' = sum over u of a_uv * W_src h_u
///     a_uv = softmax over u of attn . leaky_relu(W_src h_u + W_dst h_v)
///
/// The scores need the sum of both ends of every edge: `[num_edges, heads * out]` is stored once.
///
///     GATv2Conv conv(1433, 8, 8);
///     at::Tensor h = conv(graph, graph.ndata()["feat"]);        // [num_nodes, 8, 8]
///
/// Parameters: `fc_src.weight` `[heads * out, in_src]`, `fc_dst.weight` `[heads * out, in_dst]`,
/// `attn` `[1, heads, out]`; with `residual`, `res_fc.weight` `[heads * out, in_dst]` unless
/// `in_dst == heads * out`; all Xavier-normal with the gain of relu. Their biases, `[heads * out]`,
/// are zeros. With `share_weights` only `fc_src` is registered; a `state_dict` has it as `fc_dst`,
/// too.
/// Source: DGL's `GATv2Conv`; Brody et al., 2022.
class GATv2ConvImpl : public torch::nn::Cloneable<GATv2ConvImpl>,
                      public Conv,
                      public TiedParameters {
 public:
  /// Throws `Error` for sizes below 1, a dropout outside `[0, 1)`, and shared weights of sides of
  /// different widths.
  GATv2ConvImpl(const InFeats& in_feats, std::int64_t out_feats, std::int64_t num_heads,
                GATv2ConvOptions options = {});

  void reset() override;
  void reset_parameters();
  [[nodiscard]] std::map<std::string, std::string> tied_parameters() const override;

  /// `[num_src, *, in_src]` and `[num_dst, *, in_dst]` to `[num_dst, *, heads, out]`. Throws
  /// `Error` if a destination has no in-edge, unless that is allowed; then it gets the residual
  /// alone.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;
  /// The same, with the attention that weighed the messages: after its dropout.
  [[nodiscard]] AttentionOutput forward_with_attention(const Graph& graph,
                                                       const NodeFeatures& feat);

  [[nodiscard]] std::int64_t num_heads() const override { return heads; }
  [[nodiscard]] bool needs_in_edges() const override { return !options.allow_zero_in_degree; }

  InFeats in_feats;
  std::int64_t out_feats;
  std::int64_t heads;
  GATv2ConvOptions options;
  torch::nn::Linear fc_src{nullptr};
  torch::nn::Linear fc_dst{nullptr};  ///< `fc_src` itself when weights are shared
  at::Tensor attn;
  torch::nn::Linear res_fc{nullptr};
};

TORCH_MODULE(GATv2Conv);

}  // namespace grapevine::nn
