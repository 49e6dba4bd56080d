#include "grapevine/nn/node_features.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/index_select.h>

#include <optional>

#include "grapevine/nn/detail/check_features.h"

namespace grapevine::nn {
namespace {

/// The rows that these features are of a larger tensor, as long as they are not gathered.
std::optional<Column::Pick> pick_of(const ColumnPtr& column) {
  return column == nullptr ? std::nullopt : column->pick();
}

}  // namespace

NodeFeatures::NodeFeatures(const FeatureRef& feat) : NodeFeatures(feat.column()) {}

NodeFeatures::NodeFeatures(ColumnPtr column) {
  if (column->is_lazy()) {
    column_ = std::move(column);
  } else {
    src_ = column->data();
  }
}

NodeFeatures::Sides NodeFeatures::split(const Graph& graph) const {
  if (dst_.defined()) {
    return {src_, dst_};
  }
  const AdjacencyPtr& edges = graph.adjacency();
  const at::Tensor& feat = src();
  detail::check_rows("feat", feat, edges->num_src());
  return {feat, graph.is_block() ? feat.narrow(0, 0, edges->num_dst()) : feat};
}

at::Tensor NodeFeatures::dst(const Graph& graph) const {
  const auto pick = pick_of(column_);
  const std::int64_t num_dst = graph.adjacency()->num_dst();
  return pick && graph.is_block() && pick->rows.size(0) >= num_dst
             ? pick->source.index_select(0, pick->rows.narrow(0, 0, num_dst))
             : split(graph).dst;
}

NodeFeatures::InPlace NodeFeatures::in_place(const Graph& graph) const {
  const AdjacencyPtr& edges = graph.adjacency();
  const auto pick = pick_of(column_);
  const bool needs_gradient = pick && pick->source.requires_grad() && at::GradMode::is_enabled();
  if (!pick || needs_gradient || pick->rows.size(0) != edges->num_src()) {
    return {edges, *this};
  }
  const ops::Csr& in_edges = edges->csc();
  return {Adjacency::from_csc_unchecked(pick->source.size(0), edges->num_dst(),
                                        {.indptr = in_edges.indptr,
                                         .indices = pick->rows.index_select(0, in_edges.indices),
                                         .edge_ids = in_edges.edge_ids}),
          NodeFeatures(pick->source, dst(graph))};
}

}  // namespace grapevine::nn
