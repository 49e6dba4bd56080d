#include "grapevine/io/detail/graph_columns.h"

#include <ATen/ops/_unique2.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <tuple>

#include "grapevine/util/error.h"

namespace grapevine::io {
namespace {

/// Nothing in a file proves how wide its labels become.
constexpr std::int64_t kMaxLabels = 1000;

}  // namespace

void set_node_column(std::vector<Graph>& graphs, const std::string& name, const at::Tensor& table) {
  std::int64_t begin = 0;
  for (const Graph& graph : graphs) {
    graph.ndata()[name] = table.narrow(0, begin, graph.num_nodes());
    begin += graph.num_nodes();
  }
}

void set_edge_column(std::vector<Graph>& graphs, const std::string& name, const at::Tensor& table) {
  std::int64_t begin = 0;
  for (const Graph& graph : graphs) {
    graph.edata()[name] = table.narrow(0, begin, graph.num_edges());
    begin += graph.num_edges();
  }
}

at::Tensor in_degrees_of_all(const std::vector<Graph>& graphs) {
  std::vector<at::Tensor> degrees;
  for (const Graph& graph : graphs) {
    degrees.push_back(graph.adjacency()->in_degrees().to(at::kLong));
  }
  return at::cat(degrees);
}

at::Tensor one_hot(const at::Tensor& labels, const std::string& what) {
  const auto [values, positions, unused] =
      at::_unique2(labels, /*sorted=*/true, /*return_inverse=*/true);
  check(values.numel() <= kMaxLabels, "{}: expected {} different values or fewer, got {}", what,
        kMaxLabels, values.numel());
  return at::zeros({labels.numel(), values.numel()}, at::kFloat)
      .scatter_(1, positions.unsqueeze(1), 1);
}

}  // namespace grapevine::io
