#include "grapevine/graph/transform/to_simple.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include "grapevine/graph/detail/parallel_edges.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

at::Tensor sum_by_group(const at::Tensor& feature, const detail::ParallelEdges& edges) {
  std::vector<std::int64_t> shape = feature.sizes().vec();
  shape.front() = edges.first.numel();
  return at::zeros(shape, feature.options()).index_add(0, edges.group, feature);
}

at::Tensor mean_by_group(const at::Tensor& feature, const detail::ParallelEdges& edges) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(feature.dim()), 1);
  shape.front() = edges.first.numel();
  return sum_by_group(feature, edges) / edges.counts.view(shape).to(feature.scalar_type());
}

void aggregate_features(const Frame& from, const detail::ParallelEdges& edges,
                        EdgeAggregator aggregator, Frame& to) {
  if (aggregator == EdgeAggregator::kArbitrary) {
    to.add_slices(from, edges.first);
    return;
  }
  for (const auto& [name, column] : from.columns()) {
    const at::Tensor& feature = column->data();
    if (aggregator == EdgeAggregator::kSum) {
      check(feature.scalar_type() != at::kBool,
            "to_simple: aggregator: edge feature \"{}\" of type Bool has no sum", name);
      to.set(name, sum_by_group(feature, edges));
    } else {
      check(feature.is_floating_point() || feature.is_complex(),
            "to_simple: aggregator: the mean of edge feature \"{}\" needs a floating type, got {}",
            name, at::toString(feature.scalar_type()));
      to.set(name, mean_by_group(feature, edges));
    }
  }
}

}  // namespace

Graph to_simple(const Graph& graph, const ToSimpleOptions& options) {
  return to_simple_with_mapping(graph, options).graph;
}

SimpleGraph to_simple_with_mapping(const Graph& graph, const ToSimpleOptions& options) {
  check_not_block(graph, "to_simple");
  std::map<CanonicalEtype, detail::ParallelEdges> groups;
  Graph simple = rebuild_relations(graph, [&](const GraphData::Relation& relation) {
    const ops::Coo& coo = relation.adjacency->coo();
    detail::ParallelEdges edges = detail::group_parallel_edges({coo.src, coo.dst});
    AdjacencyPtr adjacency = Adjacency::from_coo_unchecked(
        relation.adjacency->num_src(), relation.adjacency->num_dst(),
        {coo.src.index_select(0, edges.first), coo.dst.index_select(0, edges.first)});
    groups.emplace(relation.type, std::move(edges));
    return adjacency;
  });
  if (options.copy_ndata) {
    share_node_features(graph, simple);
  }
  SimpleGraph result{std::move(simple), {}};
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    const detail::ParallelEdges& edges = groups.at(relation.type);
    Frame& frame = *result.graph.graph_data().relation(relation.type).frame;
    if (options.copy_edata) {
      aggregate_features(*relation.frame, edges, options.aggregator, frame);
    }
    if (options.return_counts) {
      frame.set(*options.return_counts, edges.counts.to(graph.idtype()));
    }
    result.edge_maps[relation.type] = edges.group.to(graph.idtype());
  }
  return result;
}

}  // namespace grapevine
