#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/any.h>
#include <torch/nn/pimpl.h>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/conv.h"
#include "grapevine/ops/message_ops.h"

namespace grapevine::nn {

/// Options of `GINConv`.
struct GINConvOptions {
  ops::Reduce aggregator_type = ops::Reduce::kSum;  ///< how neighbours are combined
  double init_eps = 0.0;                            ///< epsilon at the start
  bool learn_eps = false;                           ///< whether epsilon is a parameter
  Activation activation{};                          ///< applied to the result; none if empty
};

/// The layer of the graph isomorphism network: `apply_func((1 + eps) * h_dst + sum of the
/// in-neighbours' h_src)`, or their mean or extremum, which is 0 without in-edges.
///
///     GINConv conv(torch::nn::AnyModule(Chain(torch::nn::Linear(16, 32), torch::nn::ReLU(),
///                                             torch::nn::Linear(32, 8))));
///     at::Tensor h = conv(graph, graph.ndata()["feat"]);        // [num_nodes, 8]
///
/// `apply_func` is a module from a tensor to a tensor; with none the sum is the result. The layer
/// shares the module with the caller; a clone of the layer has its own.
///
/// Parameters: `eps` `[1]`, a buffer unless it is learnt, and those of `apply_func`. Known to
/// `convs()` as "gin", with the perceptron of the paper: linear, batch normalisation, ReLU, linear.
/// Source: DGL's `GINConv`; Xu et al., 2019.
class GINConvImpl : public torch::nn::Cloneable<GINConvImpl>, public Conv {
 public:
  explicit GINConvImpl(torch::nn::AnyModule apply_func = {}, GINConvOptions options = {});

  /// `eps` as at the start; `apply_func` becomes a copy of what it is.
  void reset() override;

  /// `[num_src, *, in]` and `[num_dst, *, in]` to what `apply_func` makes of `[num_dst, *, in]`.
  /// `edge_feat` is a weight for each edge, `[num_edges]` or `[num_edges, 1]`, or undefined. Throws
  /// `Error` if `apply_func` does not take such a tensor.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;
  [[nodiscard]] bool reads_in_place() const override { return true; }

  GINConvOptions options;
  torch::nn::AnyModule apply_func;
  at::Tensor eps;

 private:
  void register_all();
};

TORCH_MODULE(GINConv);

}  // namespace grapevine::nn
