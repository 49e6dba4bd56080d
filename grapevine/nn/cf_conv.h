#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Widths of `CFConv`.
struct CFConvOptions {
  std::int64_t node_in_feats = 0;  ///< of the node features
  std::int64_t edge_in_feats = 0;  ///< of the edge features, a distance in a radial basis
  std::int64_t hidden_feats = 0;   ///< of the messages
  std::int64_t out_feats = 0;      ///< of the result
};

/// The continuous-filter convolution of SchNet: `h' = ssp(linear_out(sum_j filter(e_ij) *
/// linear(h_j)))`, where `filter` is a perceptron of two layers with `ssp` after each, and `ssp(x)
/// = ln(e^x / 2 + 1 / 2)` is the shifted softplus.
///
///     CFConv conv(CFConvOptions{16, 32, 64, 64});
///     at::Tensor h = conv(graph, feat, graph.edata()["distance"]);          // [num_nodes, 64]
///
/// Parameters: `project_edge.0` and `project_edge.2` (the filter), `project_node` and
/// `project_out.0`. A node without in-edges gets `ssp` of the last bias. Known to `convs()` as
/// "cf", with messages as wide as the result. Source: DGL's `CFConv`; Schuett et al., 2017.
class CFConvImpl : public torch::nn::Cloneable<CFConvImpl>, public Conv {
 public:
  /// Throws `Error` for widths below 1.
  explicit CFConvImpl(CFConvOptions options);

  void reset() override;

  /// `[num_src, node_in_feats]` and `[num_edges, edge_in_feats]` to `[num_dst, out_feats]`. Of a
  /// pair, only the source features are read. Throws `Error` if there are no edge features.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  CFConvOptions options;
  torch::nn::Sequential project_edge{nullptr};
  torch::nn::Linear project_node{nullptr};
  torch::nn::Sequential project_out{nullptr};
};

TORCH_MODULE(CFConv);

}  // namespace grapevine::nn
