#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/any.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// A linear layer for edge features of another width than the nodes'.
struct GINEEdgeProjection {
  std::int64_t edge_feats = 0;  ///< width of the edge features; 0: none, they are as wide as nodes'
  std::int64_t node_feats = 0;  ///< width of the node features
};

/// Options of `GINEConv`.
struct GINEConvOptions {
  double init_eps = 0.0;                 ///< epsilon at the start
  bool learn_eps = false;                ///< whether epsilon is a parameter
  GINEEdgeProjection edge_projection{};  ///< not in DGL's layer
};

/// The graph isomorphism layer that reads edge features: `apply_func((1 + eps) * h_dst + sum over
/// the in-edges of relu(h_src + e))`.
///
///     GINEConv conv(torch::nn::AnyModule(torch::nn::Linear(16, 8)));
///     at::Tensor h = conv->forward(graph, feat, graph.edata()["feat"]);     // [num_nodes, 8]
///
/// `apply_func` is as in `GINConv`. Parameters: `eps` `[1]`, a buffer unless it is learnt, those of
/// `apply_func` and, with an edge projection, `fc_edge.weight` `[node_feats, edge_feats]` and
/// `fc_edge.bias` `[node_feats]`. Known to `convs()` as "gine", with the perceptron of "gin" and an
/// edge projection.
/// Source: DGL's `GINEConv`; Hu et al., 2020. The projection is PyG's `edge_dim`.
class GINEConvImpl : public torch::nn::Cloneable<GINEConvImpl>, public Conv {
 public:
  /// Throws `Error` for an edge projection with sizes below 1.
  explicit GINEConvImpl(torch::nn::AnyModule apply_func = {}, GINEConvOptions options = {});

  /// `eps` as at the start and a new edge projection; `apply_func` becomes a copy of what it is.
  void reset() override;

  /// `[num_src, in]` and `[num_dst, in]` to what `apply_func` makes of `[num_dst, in]`. `edge_feat`
  /// is `[num_edges, in]`, or `[num_edges, edge_feats]` with an edge projection. Throws `Error` if
  /// there is none.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  GINEConvOptions options;
  torch::nn::AnyModule apply_func;
  at::Tensor eps;
  torch::nn::Linear fc_edge{nullptr};  ///< with an edge projection

 private:
  void register_all();
};

TORCH_MODULE(GINEConv);

}  // namespace grapevine::nn
