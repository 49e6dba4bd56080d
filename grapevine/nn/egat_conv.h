#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/conv.h"
#include "grapevine/nn/in_feats.h"

namespace grapevine::nn {

/// Options of `EGATConv`.
struct EGATConvOptions {
  std::int64_t num_heads = 1;         ///< attention heads
  bool bias = true;                   ///< whether a bias is added to the edge features
  bool allow_zero_in_degree = false;  ///< whether a node without in-edges is no `Error`; DGL: never
};

/// What `EGATConv` computes.
struct EGATOutput {
  at::Tensor nodes;      ///< `[num_dst, heads, out_node]`
  at::Tensor edges;      ///< `[num_edges, heads, out_edge]`
  at::Tensor attention;  ///< `[num_edges, heads, 1]`, as it weighed the messages
};

/// Graph attention that reads edge features and makes new ones of them and of both ends:
///
///     f_uv' = leaky_relu(W_ni h_u + W_nj h_v + W_fij f_uv + bias)
///     h_v'  = sum over u of softmax over u of (attn . f_uv') * W_src h_u
///
///     EGATConv conv(20, 12, 15, 10, EGATConvOptions{.num_heads = 3});
///     auto [nodes, edges, attention] = conv->forward_with_edges(graph, h, f);
///
/// Parameters: `fc_node_src.weight` `[heads * out_node, in_src]`, `fc_ni.weight` `[heads *
/// out_edge, in_src]`, `fc_nj.weight` `[heads * out_edge, in_dst]`, `fc_fij.weight` `[heads *
/// out_edge, in_edge]`, `attn` `[1, heads, out_edge]`, all Xavier-normal with the gain of relu, and
/// `bias`
/// `[heads * out_edge]` (zeros).
/// Source: DGL's `EGATConv`; Kamiński et al., 2022 (Rossmann-toolbox), supplement.
class EGATConvImpl : public torch::nn::Cloneable<EGATConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1.
  EGATConvImpl(const InFeats& in_node_feats, std::int64_t in_edge_feats,
               std::int64_t out_node_feats, std::int64_t out_edge_feats,
               EGATConvOptions options = {});

  void reset() override;
  void reset_parameters();

  /// The new node features `[num_dst, heads, out_node]` of `[num_src, in_src]`, `[num_dst, in_dst]`
  /// and the edge features `[num_edges, in_edge]`, which it needs. Throws `Error` if a destination
  /// has no in-edge, unless that is allowed; then it gets zeros.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;
  /// The same with the new edge features. With `edge_weight` `[num_edges]`, the attention is
  /// multiplied by that after the softmax.
  [[nodiscard]] EGATOutput forward_with_edges(const Graph& graph, const NodeFeatures& feat,
                                              const at::Tensor& edge_feat,
                                              const at::Tensor& edge_weight = {});

  [[nodiscard]] std::int64_t num_heads() const override { return options.num_heads; }
  [[nodiscard]] bool needs_in_edges() const override { return !options.allow_zero_in_degree; }

  InFeats in_node_feats;
  std::int64_t in_edge_feats;
  std::int64_t out_node_feats;
  std::int64_t out_edge_feats;
  EGATConvOptions options;
  torch::nn::Linear fc_node_src{nullptr};
  torch::nn::Linear fc_ni{nullptr};
  torch::nn::Linear fc_nj{nullptr};
  torch::nn::Linear fc_fij{nullptr};
  at::Tensor attn;
  at::Tensor bias;
};

TORCH_MODULE(EGATConv);

}  // namespace grapevine::nn
