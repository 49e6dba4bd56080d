#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `GCN2Conv`.
struct GCN2ConvOptions {
  double alpha = 0.1;                    ///< share of the initial features
  double lambda_ = 1.0;                  ///< how strong the matrix is in the first layer
  bool project_initial_features = true;  ///< whether `weight1` serves the initial features too
  bool allow_zero_in_degree = false;     ///< whether a node without in-edges is no `Error`
  bool bias = true;                      ///< whether a bias is added
  Activation activation = {};            ///< of the output
};

/// A layer of GCNII, which stays deep without blurring: with `S = D^-1/2 A D^-1/2`, where D has the
/// in-degrees, `p = (1 - alpha) S h`, `q = alpha h_0` and `beta = log(lambda / layer + 1)`, it is
/// `(1 - beta) (p + q) + beta (p + q) W_1 + bias`, or without `project_initial_features`
/// `(1 - beta) (p + q) + beta (p W_1 + q W_2) + bias`. Add self-loops for a node to see itself.
///
///     at::Tensor h = h_0;                                          // [num_nodes, 64]
///     for (std::int64_t layer = 1; layer <= 8; ++layer) {
///       h = layers[layer - 1]->forward(graph, h, h_0).relu();      // GCN2Conv(64, layer)
///     }
///
/// Not a `Conv`, because it reads the initial features besides. Parameters: `weight1` and, without
/// `project_initial_features`, `weight2` `[in, in]` (standard normal), `bias` `[in]` (zeros).
/// Source: DGL's `GCN2Conv`; Chen et al., 2020.
class GCN2ConvImpl : public torch::nn::Cloneable<GCN2ConvImpl> {
 public:
  /// `layer` counts from 1. Throws `Error` for sizes or a `layer` below 1, an `alpha` outside
  /// `[0, 1]` and a `lambda_` below 0.
  GCN2ConvImpl(std::int64_t in_feats, std::int64_t layer, GCN2ConvOptions options = {});

  void reset() override;
  void reset_parameters();

  /// `[num_nodes, ..., in]` and the initial features of the same shape to the same shape;
  /// `edge_weight` are positive weights, `[num_edges]` or `[num_edges, 1]`. Throws `Error` for a
  /// block of some nodes, and if a node has no in-edge, unless that is allowed.
  at::Tensor forward(const Graph& graph, const at::Tensor& feat, const at::Tensor& feat_0,
                     const at::Tensor& edge_weight = {});

  /// `log(lambda / layer + 1)`: the share of the matrix.
  [[nodiscard]] double beta() const;

  std::int64_t in_feats;
  std::int64_t layer;
  GCN2ConvOptions options;
  at::Tensor weight1;
  at::Tensor weight2;
  at::Tensor bias;
};

TORCH_MODULE(GCN2Conv);

}  // namespace grapevine::nn
