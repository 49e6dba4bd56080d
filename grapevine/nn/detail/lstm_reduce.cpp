#include "grapevine/nn/detail/lstm_reduce.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/lstm_cell.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <tuple>
#include <vector>

namespace grapevine::nn::detail {

namespace {

/// The in-edges of all nodes, sequences side by side: the first edge of every node, then the second
/// of those that have one, and so on; nodes by descending in-degree.
struct PackedEdges {
  at::Tensor src;          ///< `[num_edges]`, source of each
  at::Tensor ids;          ///< `[num_edges]`
  at::Tensor batch_sizes;  ///< `[max in-degree]`, how many nodes have an i-th edge, on the CPU
  at::Tensor nodes;        ///< those with in-edges, in their order
};

/// Positions in the CSC, node after node, each node's edges by ascending id.
at::Tensor positions_by_id(const ops::Csr& in_edges, const at::Tensor& owner) {
  if (!in_edges.edge_ids.defined()) {
    return at::arange(owner.numel(), owner.options());
  }
  const at::Tensor by_id = at::argsort(in_edges.edge_ids, /*stable=*/true);
  return by_id.index_select(0, at::argsort(owner.index_select(0, by_id), /*stable=*/true));
}

PackedEdges pack(const ops::EdgeIndex& edges) {
  const ops::Csr& in_edges = edges.csc();
  const at::Tensor degrees = in_edges.indptr.diff();
  const at::Tensor owner =
      at::arange(degrees.numel(), degrees.options()).repeat_interleave(degrees);
  const at::Tensor order = at::argsort(degrees, /*stable=*/true, /*dim=*/0, /*descending=*/true);
  const at::Tensor place =
      at::empty_like(order).scatter_(0, order, at::arange(order.numel(), order.options()));

  // Nodes with more than i edges: all but those with i or fewer.
  const at::Tensor with_up_to = at::bincount(degrees).cumsum(0);
  const at::Tensor batch_sizes = edges.num_dst() - with_up_to.narrow(0, 0, with_up_to.numel() - 1);
  const at::Tensor step =
      at::arange(owner.numel(), owner.options()) - in_edges.indptr.index_select(0, owner);
  const at::Tensor target =
      (batch_sizes.cumsum(0) - batch_sizes).index_select(0, step) + place.index_select(0, owner);
  const at::Tensor position =
      at::empty_like(target).scatter_(0, target, positions_by_id(in_edges, owner));
  const std::int64_t num_receivers = batch_sizes[0].item<std::int64_t>();
  return {
      .src = in_edges.indices.index_select(0, position),
      .ids = in_edges.edge_ids.defined() ? in_edges.edge_ids.index_select(0, position) : position,
      .batch_sizes = batch_sizes.cpu(),
      .nodes = order.narrow(0, 0, num_receivers)};
}

/// The state of each sequence after its last step. `torch::nn::LSTM` takes packed sequences too,
/// but its gradient of each step's input is as large as all of them.
at::Tensor last_states(torch::nn::LSTM& lstm, const at::Tensor& messages,
                       const at::Tensor& batch_sizes) {
  const auto weights = lstm->named_parameters(/*recurse=*/false);
  const std::vector<std::int64_t> sizes(
      batch_sizes.const_data_ptr<std::int64_t>(),
      batch_sizes.const_data_ptr<std::int64_t>() + batch_sizes.numel());
  const std::vector<at::Tensor> inputs = messages.unsafe_split_with_sizes(sizes);
  at::Tensor h = at::zeros({sizes.front(), lstm->options.hidden_size()}, messages.options());
  at::Tensor c = h;
  std::vector<at::Tensor> finished;  // the shortest sequences first
  for (std::size_t step = 0; step < sizes.size(); ++step) {
    const std::int64_t num_done = h.size(0) - sizes[step];
    if (num_done > 0) {
      const std::vector<at::Tensor> parts = h.unsafe_split_with_sizes({sizes[step], num_done});
      finished.push_back(parts[1]);
      h = parts[0];
      c = c.narrow(0, 0, sizes[step]);
    }
    std::tie(h, c) =
        at::lstm_cell(inputs[step], {h, c}, weights["weight_ih_l0"], weights["weight_hh_l0"],
                      weights["bias_ih_l0"], weights["bias_hh_l0"]);
  }
  finished.push_back(h);
  std::reverse(finished.begin(), finished.end());
  return at::cat(finished);
}

}  // namespace

at::Tensor lstm_reduce(torch::nn::LSTM& lstm, const ops::EdgeIndex& edges, const at::Tensor& h,
                       const at::Tensor& edge_weight) {
  const at::Tensor zeros = at::zeros({edges.num_dst(), lstm->options.hidden_size()}, h.options());
  if (edges.num_edges() == 0) {
    return zeros;
  }
  const PackedEdges packed = pack(edges);
  at::Tensor messages = h.index_select(0, packed.src);
  if (edge_weight.defined()) {
    messages = messages * edge_weight.index_select(0, packed.ids);
  }
  return zeros.index_copy(0, packed.nodes, last_states(lstm, messages, packed.batch_sizes));
}

}  // namespace grapevine::nn::detail
