#include "grapevine/nn/edge_weight_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "grapevine/nn/detail/check_features.h"
#include "grapevine/util/error.h"

namespace grapevine::nn {

namespace {
/// For each edge, the sum of the weights of all edges at its `ends`.
at::Tensor sum_at(const at::Tensor& ends, std::int64_t num_nodes, const at::Tensor& weight,
                  double power, double eps) {
  const at::Tensor sums =
      at::zeros({num_nodes}, weight.options()).index_add(0, ends, weight).add(eps);
  return sums.pow(power).index_select(0, ends);
}
}  // namespace

EdgeWeightNormImpl::EdgeWeightNormImpl(EdgeWeightNormOptions norm_options)
    : options(norm_options) {}

at::Tensor EdgeWeightNormImpl::forward(const Graph& graph, const at::Tensor& edge_weight) {
  const AdjacencyPtr& edges = graph.adjacency();
  const at::Tensor weight =
      detail::edge_weights("EdgeWeightNorm", edge_weight, edges->num_edges()).squeeze(1);
  if (options.norm == EdgeWeightNormBy::kNone) {
    return edge_weight;
  }
  const bool is_both = options.norm == EdgeWeightNormBy::kBoth;
  const ops::Coo& coo = edges->coo();
  at::Tensor factor = sum_at(coo.dst, edges->num_dst(), weight, is_both ? -0.5 : -1.0, options.eps);
  if (is_both) {
    check(weight.gt(0).all().item<bool>(),
          "EdgeWeightNorm: edge weight: norm both expects positive weights, got a smallest of {}",
          weight.numel() > 0 ? weight.min().item<double>() : 0.0);
    factor = factor * sum_at(coo.src, edges->num_src(), weight, -0.5, options.eps);
  }
  return (weight * factor).view_as(edge_weight);
}

}  // namespace grapevine::nn
