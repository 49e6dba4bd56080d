#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/graph/graph.h"

namespace grapevine::nn {

/// Reads the nodes of each graph as a set, several times over, each time asking what the last
/// answer suggests: with `q*_0 = 0`, for t from 1 to `n_iters`
///
///     q_t = lstm(q*_{t-1}),  a_v = softmax(x_v . q_t),  r_t = sum of a_v x_v,  q*_t = q_t || r_t
///
/// where softmax and sum go over the nodes of a graph; the result is the last `q*`.
///
///     Set2Set pool(64, 6, 1);
///     at::Tensor r = pool(batch({g1, g2}), feat);   // [2, 128]
///
/// Parameters: `lstm`, from `2 * input_dim` to `input_dim` features in `n_layers` layers, as
/// `torch::nn::LSTM` makes it. Source: DGL's `Set2Set`; Vinyals et al., 2016.
class Set2SetImpl : public torch::nn::Cloneable<Set2SetImpl> {
 public:
  /// Throws `Error` for values below 1.
  Set2SetImpl(std::int64_t input_dim, std::int64_t n_iters, std::int64_t n_layers);
  void reset() override;
  void reset_parameters();

  /// `[num_nodes, input_dim]` to a row for each graph of the batch, `[batch_size, 2 * input_dim]`.
  /// Throws `Error` for features of another shape, for several node types and for a block.
  at::Tensor forward(const Graph& graph, const at::Tensor& feat);

  std::int64_t input_dim;
  std::int64_t n_iters;
  std::int64_t n_layers;
  torch::nn::LSTM lstm{nullptr};
};

TORCH_MODULE(Set2Set);

}  // namespace grapevine::nn
