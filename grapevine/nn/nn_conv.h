#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/any.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/conv.h"
#include "grapevine/nn/in_feats.h"
#include "grapevine/ops/message_ops.h"

namespace grapevine::nn {

/// Options of `NNConv`.
struct NNConvOptions {
  ops::Reduce aggregator_type = ops::Reduce::kMean;  ///< how messages are combined
  bool residual = false;                             ///< whether the layer adds its input
  bool bias = true;                                  ///< whether a bias is added
};

/// The edge-conditioned convolution of message passing networks: `edge_func` makes a matrix of each
/// edge's features, and a node gets the sum, or the mean, over its in-edges of `h_src` times that
/// matrix, plus the residual and the bias. As in DGL, the extrema are taken of the products of each
/// entry of the matrix with its feature, before they are summed over the features.
///
///     NNConv conv(16, 8, torch::nn::AnyModule(torch::nn::Linear(5, 16 * 8)));
///     at::Tensor h = conv->forward(graph, feat, graph.edata()["feat"]);     // [num_nodes, 8]
///
/// `edge_func` is a module from `[num_edges, *]` to `[num_edges, in * out]`. The layer shares it
/// with the caller; a clone of the layer has its own. Its result takes memory for a matrix for each
/// edge; messages take none.
///
/// Parameters: those of `edge_func`; `bias` `[out]` (zeros); with a residual between different
/// widths `res_fc.weight` `[out, in_dst]` (Xavier-normal with the gain of relu). Known to `convs()`
/// as "nnconv", with a linear `edge_func`.
/// Source: DGL's `NNConv`; Gilmer et al., 2017.
class NNConvImpl : public torch::nn::Cloneable<NNConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1 and without an `edge_func`.
  NNConvImpl(const InFeats& in_feats, std::int64_t out_feats, torch::nn::AnyModule edge_func,
             NNConvOptions options = {});

  /// New parameters; `edge_func` becomes a copy of what it is.
  void reset() override;
  void reset_parameters();

  /// `[num_src, in_src]` and `[num_dst, in_dst]` to `[num_dst, out]`. `edge_feat` `[num_edges, *]`
  /// is what `edge_func` takes. Throws `Error` if there is none or `edge_func` refuses it.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  InFeats in_feats;
  std::int64_t out_feats;
  NNConvOptions options;
  torch::nn::AnyModule edge_func;
  torch::nn::Linear res_fc{nullptr};  ///< with a residual between different widths
  at::Tensor bias;

 private:
  void register_all();
  /// `edge_func` of the features: `[num_edges, in_src, out]`.
  [[nodiscard]] at::Tensor edge_matrices(const at::Tensor& edge_feat, std::int64_t num_edges);
};

TORCH_MODULE(NNConv);

}  // namespace grapevine::nn
