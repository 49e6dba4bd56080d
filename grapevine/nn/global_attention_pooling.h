#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/any.h>
#include <torch/nn/pimpl.h>

#include "grapevine/graph/graph.h"

namespace grapevine::nn {

/// What `GlobalAttentionPooling` gives with its attention.
struct AttentionPooled {
  at::Tensor pooled;     ///< `[batch_size, out]`
  at::Tensor attention;  ///< `[num_nodes, 1]`; sums to 1 over each graph
};

/// A sum of the nodes over each graph, weighted by attention:
///
///     r = sum over the nodes v of softmax(gate_nn(x_v)) * feat_nn(x_v)
///
/// where the softmax goes over the nodes of a graph. A graph without nodes gives 0.
///
///     GlobalAttentionPooling pool(torch::nn::AnyModule(torch::nn::Linear(64, 1)));
///     at::Tensor r = pool(batch({g1, g2}), feat);   // [2, 64]
///
/// `gate_nn` and `feat_nn` are modules from a tensor to a tensor, `feat_nn` is optional. The layer
/// shares them with the caller; a clone of the layer has its own. Parameters are theirs. Source:
/// DGL's `GlobalAttentionPooling`; Li et al., 2016.
class GlobalAttentionPoolingImpl : public torch::nn::Cloneable<GlobalAttentionPoolingImpl> {
 public:
  /// Throws `Error` for an empty `gate_nn`.
  explicit GlobalAttentionPoolingImpl(torch::nn::AnyModule gate_nn,
                                      torch::nn::AnyModule feat_nn = {});
  /// Both modules become copies of what they are.
  void reset() override;

  /// `[num_nodes, in]` to a row for each graph of the batch, `[batch_size, out]`, where `out` is
  /// the width that `feat_nn` gives, or `in`. Throws `Error` for features of another shape, for
  /// modules that do not take them, a gate that is not `[num_nodes, 1]`, several node types and a
  /// block.
  at::Tensor forward(const Graph& graph, const at::Tensor& feat);
  /// The same and the nodes' weights, DGL's `get_attention`.
  AttentionPooled forward_with_attention(const Graph& graph, const at::Tensor& feat);

  torch::nn::AnyModule gate_nn;
  torch::nn::AnyModule feat_nn;

 private:
  void register_all();
};

TORCH_MODULE(GlobalAttentionPooling);

}  // namespace grapevine::nn
