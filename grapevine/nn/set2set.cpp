#include "grapevine/nn/set2set.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <tuple>

#include "grapevine/graph/readout.h"
#include "grapevine/nn/detail/check_features.h"
#include "grapevine/nn/detail/pool_nodes.h"
#include "grapevine/ops/segment_reduce.h"
#include "grapevine/ops/segment_softmax.h"

namespace grapevine::nn {

Set2SetImpl::Set2SetImpl(std::int64_t in, std::int64_t iterations, std::int64_t layers)
    : input_dim(in), n_iters(iterations), n_layers(layers) {
  detail::check_positive("Set2Set: input_dim", input_dim);
  detail::check_positive("Set2Set: n_iters", n_iters);
  detail::check_positive("Set2Set: n_layers", n_layers);
  reset();
}

void Set2SetImpl::reset() {
  lstm = register_module(
      "lstm",
      torch::nn::LSTM(torch::nn::LSTMOptions(2 * input_dim, input_dim).num_layers(n_layers)));
}

void Set2SetImpl::reset_parameters() { lstm->reset_parameters(); }

at::Tensor Set2SetImpl::forward(const Graph& graph, const at::Tensor& feat) {
  detail::check_node_features("Set2Set", graph, feat, input_dim);
  const at::Tensor lengths = graph.batch_num_nodes();
  const at::Tensor start = at::zeros({n_layers, lengths.numel(), input_dim}, feat.options());
  std::tuple<at::Tensor, at::Tensor> state(start, start);
  at::Tensor q_star = at::zeros({lengths.numel(), 2 * input_dim}, feat.options());
  for (std::int64_t i = 0; i < n_iters; ++i) {
    at::Tensor q;
    std::tie(q, state) = lstm->forward(q_star.unsqueeze(0), state);
    q = q.squeeze(0);
    const at::Tensor score = (feat * broadcast_nodes(graph, q)).sum(-1, /*keepdim=*/true);
    const at::Tensor attention = ops::segment_softmax(lengths, score);
    q_star = at::cat({q, ops::segment_reduce(lengths, feat, ops::Reduce::kSum, attention)}, -1);
  }
  return q_star;
}

}  // namespace grapevine::nn
