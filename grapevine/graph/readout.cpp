#include "grapevine/graph/readout.h"

#include <ATen/ops/repeat_interleave.h>

#include <algorithm>
#include <vector>

#include "grapevine/ops/segment_reduce.h"
#include "grapevine/ops/segment_softmax.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

using ops::Reduce;

/// `[n, *shape]` as `[n, 1, ..., *shape]` with `dim` dimensions.
at::Tensor with_dim(const at::Tensor& rows, std::int64_t dim) {
  std::vector<std::int64_t> shape = rows.sizes().vec();
  shape.insert(shape.begin() + 1, static_cast<std::size_t>(dim - rows.dim()), 1);
  return rows.reshape(shape);
}

/// Reduces a feature, multiplied with another one if `weight` names it.
at::Tensor reduced(const at::Tensor& counts, const Frame& frame, const std::string& feature,
                   const std::string& weight, Reduce op) {
  const at::Tensor& rows = frame.get(feature);
  if (weight.empty()) {
    return ops::segment_reduce(counts, rows, op);
  }
  const at::Tensor& weights = frame.get(weight);
  const std::int64_t dim = std::max(rows.dim(), weights.dim());
  const at::Tensor left = with_dim(rows, dim);
  const at::Tensor right = with_dim(weights, dim);
  for (std::int64_t i = 1; i < dim; ++i) {
    check(left.size(i) == right.size(i) || left.size(i) == 1 || right.size(i) == 1,
          "readout: the shapes [{}] of {} feature \"{}\" and [{}] of its weight \"{}\" do not "
          "broadcast",
          fmt::join(rows.sizes().slice(1), ", "), frame.entity(), feature,
          fmt::join(weights.sizes().slice(1), ", "), weight);
  }
  return left.scalar_type() == right.scalar_type()
             ? ops::segment_reduce(counts, left, op, right)
             : ops::segment_reduce(counts, left.mul(right), op);
}

/// Row i of `graph_feat`, `counts[i]` times for each i.
at::Tensor broadcast(const char* function, const at::Tensor& graph_feat, const at::Tensor& counts,
                     std::int64_t num_rows) {
  check(graph_feat.defined(), "{}: graph_feat: expected a tensor, got an undefined one", function);
  check(graph_feat.dim() > 0 && graph_feat.size(0) == counts.numel(),
        "{}: graph_feat: expected {} rows, one for each graph of the batch, got {}", function,
        counts.numel(),
        graph_feat.dim() > 0 ? fmt::format("{}", graph_feat.size(0)) : std::string("a scalar"));
  check(graph_feat.device() == counts.device(),
        "{}: graph_feat: expected a tensor on {}, as the graph is, got one on {}", function,
        counts.device().str(), graph_feat.device().str());
  return graph_feat.repeat_interleave(counts, /*dim=*/0, num_rows);
}

}  // namespace

at::Tensor readout_nodes(const Graph& graph, const std::string& feature, const std::string& weight,
                         Reduce op, std::string_view ntype) {
  const Frame& frame = *graph.nodes(ntype).data.frame();
  return reduced(graph.batch_num_nodes(ntype), frame, feature, weight, op);
}

at::Tensor sum_nodes(const Graph& graph, const std::string& feature, const std::string& weight,
                     std::string_view ntype) {
  return readout_nodes(graph, feature, weight, Reduce::kSum, ntype);
}

at::Tensor mean_nodes(const Graph& graph, const std::string& feature, const std::string& weight,
                      std::string_view ntype) {
  return readout_nodes(graph, feature, weight, Reduce::kMean, ntype);
}

at::Tensor max_nodes(const Graph& graph, const std::string& feature, const std::string& weight,
                     std::string_view ntype) {
  return readout_nodes(graph, feature, weight, Reduce::kMax, ntype);
}

at::Tensor min_nodes(const Graph& graph, const std::string& feature, const std::string& weight,
                     std::string_view ntype) {
  return readout_nodes(graph, feature, weight, Reduce::kMin, ntype);
}

at::Tensor readout_edges(const Graph& graph, const std::string& feature, const std::string& weight,
                         Reduce op, const EtypeKey& etype) {
  const Frame& frame = *graph.edges(etype).data.frame();
  return reduced(graph.batch_num_edges(etype), frame, feature, weight, op);
}

at::Tensor sum_edges(const Graph& graph, const std::string& feature, const std::string& weight,
                     const EtypeKey& etype) {
  return readout_edges(graph, feature, weight, Reduce::kSum, etype);
}

at::Tensor mean_edges(const Graph& graph, const std::string& feature, const std::string& weight,
                      const EtypeKey& etype) {
  return readout_edges(graph, feature, weight, Reduce::kMean, etype);
}

at::Tensor max_edges(const Graph& graph, const std::string& feature, const std::string& weight,
                     const EtypeKey& etype) {
  return readout_edges(graph, feature, weight, Reduce::kMax, etype);
}

at::Tensor min_edges(const Graph& graph, const std::string& feature, const std::string& weight,
                     const EtypeKey& etype) {
  return readout_edges(graph, feature, weight, Reduce::kMin, etype);
}

at::Tensor softmax_nodes(const Graph& graph, const std::string& feature, std::string_view ntype) {
  const Frame& frame = *graph.nodes(ntype).data.frame();
  return ops::segment_softmax(graph.batch_num_nodes(ntype), frame.get(feature));
}

at::Tensor softmax_edges(const Graph& graph, const std::string& feature, const EtypeKey& etype) {
  const Frame& frame = *graph.edges(etype).data.frame();
  return ops::segment_softmax(graph.batch_num_edges(etype), frame.get(feature));
}

at::Tensor broadcast_nodes(const Graph& graph, const at::Tensor& graph_feat,
                           std::string_view ntype) {
  return broadcast("broadcast_nodes", graph_feat, graph.batch_num_nodes(ntype),
                   graph.nodes(ntype).data.frame()->num_rows());
}

at::Tensor broadcast_edges(const Graph& graph, const at::Tensor& graph_feat,
                           const EtypeKey& etype) {
  return broadcast("broadcast_edges", graph_feat, graph.batch_num_edges(etype),
                   graph.edges(etype).data.frame()->num_rows());
}

ops::SegmentTopk topk_nodes(const Graph& graph, const std::string& feature, std::int64_t k,
                            const TopkNodesOptions& options) {
  const Frame& frame = *graph.nodes(options.ntype).data.frame();
  return ops::segment_topk(graph.batch_num_nodes(options.ntype), frame.get(feature), k,
                           {.descending = options.descending, .sortby = options.sortby});
}

ops::SegmentTopk topk_edges(const Graph& graph, const std::string& feature, std::int64_t k,
                            const TopkEdgesOptions& options) {
  const Frame& frame = *graph.edges(options.etype).data.frame();
  return ops::segment_topk(graph.batch_num_edges(options.etype), frame.get(feature), k,
                           {.descending = options.descending, .sortby = options.sortby});
}

}  // namespace grapevine
