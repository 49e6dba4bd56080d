#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `GatedGCNConv`.
struct GatedGCNConvOptions {
  double dropout = 0.0;    ///< of both outputs
  bool batch_norm = true;  ///< whether both outputs are normalised
  bool residual = true;    ///< whether the inputs are added to the outputs, if all widths are equal
  Activation activation = [](const at::Tensor& h) { return h.relu(); };  ///< of both outputs
};

/// Gated graph convolution with features of nodes and of edges. For an edge from u to v,
/// `e' = D h_u + E h_v + C e`, and for a node v,
/// `h' = A h_v + (sum of sigmoid(e') * B h_u) / (sum of sigmoid(e') + 1e-6)`, by element and over
/// the in-edges. Of both follow, in this order, batch normalisation, activation, residual, dropout.
///
///     GatedGCNConv conv(64, 16, 64);
///     auto [node, edge] = conv->forward_with_edges(graph, h, e);   // [n, 64], [num_edges, 64]
///
/// On a block or a pair, A and E read the destination features, B and D the source features; DGL
/// has it for whole graphs only.
/// Parameters: `A`, `B`, `C`, `D`, `E`, each `weight` `[out, in]` and `bias` `[out]` (as
/// `torch::nn::Linear` has them), `bn_node` and `bn_edge` (as `torch::nn::BatchNorm1d` has them),
/// also without `batch_norm`. Source: DGL's `GatedGCNConv`; Bresson and Laurent, 2017, as in
/// Dwivedi et al., 2020.
class GatedGCNConvImpl : public torch::nn::Cloneable<GatedGCNConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1 and a `dropout` outside `[0, 1)`.
  GatedGCNConvImpl(std::int64_t input_feats, std::int64_t edge_feats, std::int64_t output_feats,
                   GatedGCNConvOptions options = {});

  void reset() override;

  /// New features of the nodes and of the edges.
  struct Output {
    at::Tensor node;  ///< `[num_dst, out]`
    at::Tensor edge;  ///< `[num_edges, out]`
  };
  /// From `[num_src, in]`, `[num_dst, in]` and `[num_edges, in_edge]`.
  Output forward_with_edges(const Graph& graph, const NodeFeatures& feat,
                            const at::Tensor& edge_feat);
  /// Those of the nodes alone; `bn_edge` is left as it is.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  std::int64_t input_feats;
  std::int64_t edge_feats;
  std::int64_t output_feats;
  GatedGCNConvOptions options;
  torch::nn::Linear A{nullptr};
  torch::nn::Linear B{nullptr};
  torch::nn::Linear C{nullptr};
  torch::nn::Linear D{nullptr};
  torch::nn::Linear E{nullptr};
  torch::nn::BatchNorm1d bn_node{nullptr};
  torch::nn::BatchNorm1d bn_edge{nullptr};

 private:
  Output convolve(const Graph& graph, const NodeFeatures::Sides& feat, const at::Tensor& edge_feat);
  at::Tensor finish(at::Tensor h, torch::nn::BatchNorm1d& norm, const at::Tensor& input);
};

TORCH_MODULE(GatedGCNConv);

}  // namespace grapevine::nn
