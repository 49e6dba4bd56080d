#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/linear.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "grapevine/nn/conv.h"
#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/in_feats.h"

// What the layers with attention heads (GAT, GATv2, EGAT, DotGat) have in common.
namespace grapevine::nn::detail {

/// Throws `Error` unless all sizes are positive.
void check_attention_sizes(std::string_view layer, const InFeats& in_feats, std::int64_t out_feats,
                           std::int64_t num_heads);

/// What is expected of the input, and its dropout.
struct AttentionInput {
  std::string_view layer;
  const InFeats& in_feats;
  double feat_drop = 0;  ///< 0 outside training
};

/// The features of both sides, checked, after dropout: one draw for a node that is on both sides.
[[nodiscard]] NodeFeatures::Sides attention_input(const Graph& graph, const NodeFeatures& feat,
                                                  const AttentionInput& input);

/// DGL's linear layers of an attention layer: `fc` for both sides, or else one for each.
struct Projections {
  torch::nn::Linear fc{nullptr};
  torch::nn::Linear fc_src{nullptr};
  torch::nn::Linear fc_dst{nullptr};
};

/// Makes and registers linear layers without bias to `width`: `fc` for one width of the input,
/// `fc_src` and `fc_dst` for a pair.
[[nodiscard]] Projections register_projections(torch::nn::Module& layer, const InFeats& in_feats,
                                               std::int64_t width);

/// Both sides `[n, *, in]` projected to `[n, *, heads, out]`; what is on both sides, once.
[[nodiscard]] NodeFeatures::Sides project(const Graph& graph, const NodeFeatures& feat,
                                          const NodeFeatures::Sides& input, Projections projections,
                                          std::int64_t num_heads);

/// `[n, *, heads * out]` as `[n, *, heads, out]`.
[[nodiscard]] at::Tensor split_heads(const at::Tensor& h, std::int64_t num_heads);

/// The dot product of each head's features with its row of `attn`: `[n, *, heads, out]` and
/// `[1, heads, out]` to `[n, *, heads, 1]`.
[[nodiscard]] at::Tensor head_scores(const at::Tensor& h, const at::Tensor& attn);

/// leaky_relu, in the memory of `h` where autograd allows it; `h` must not be used afterwards.
[[nodiscard]] at::Tensor leaky_relu_of(at::Tensor h, double negative_slope);

/// `attention` `[num_edges, *, heads, 1]` times a checked weight for each edge; unchanged without
/// weights.
[[nodiscard]] at::Tensor weigh_attention(std::string_view layer, const at::Tensor& attention,
                                         const at::Tensor& edge_weight);

/// The sum of the in-neighbours' `h_src` `[num_src, *, heads, out]`, weighed by `attention`.
[[nodiscard]] at::Tensor attend(const Graph& graph, const at::Tensor& h_src,
                                const at::Tensor& attention);

/// Makes and registers `res_fc` from `in` to `width`; an empty holder where these are equal and
/// the residual is the input itself.
[[nodiscard]] torch::nn::Linear register_residual(torch::nn::Module& layer, std::int64_t in,
                                                  std::int64_t width, bool bias);

/// The residual `[num_dst, *, heads, out]` of `input` `[num_dst, *, in]`.
[[nodiscard]] at::Tensor residual(torch::nn::Linear res_fc, const at::Tensor& input,
                                  std::int64_t num_heads);

/// Xavier-normal values with the gain of relu, and a bias of zeros; nothing for an empty holder.
void xavier_normal(const torch::nn::Linear& linear);
void xavier_normal(at::Tensor& parameter);

/// The options "heads", "out_heads" and "allow_zero_in_degree" of a layer by name, then `others`.
[[nodiscard]] std::vector<ConvOption> attention_options(std::vector<ConvOption> others = {});
/// How many heads a layer made by name has: "out_heads" for the last one.
[[nodiscard]] std::int64_t attention_heads(const ConvArguments& arguments);

}  // namespace grapevine::nn::detail
