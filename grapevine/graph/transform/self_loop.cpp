#include "grapevine/graph/transform/self_loop.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/zeros.h>

#include "grapevine/graph/detail/batch_info.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

const GraphData::Relation& loop_relation(const Graph& graph, const EtypeKey& etype,
                                         std::string_view function) {
  check_not_block(graph, function);
  const GraphData::Relation& relation = graph.graph_data().relation(etype);
  check(relation.type.src == relation.type.dst,
        "{}: relation {} joins two node types, so it has no self-loops", function,
        to_string(relation.type));
  return relation;
}

const char* reduction(EdgeFill fill) {
  switch (fill) {
    case EdgeFill::kSum:
      return "sum";
    case EdgeFill::kMean:
      return "mean";
    case EdgeFill::kMax:
      return "amax";
    case EdgeFill::kMin:
      return "amin";
  }
  fail("fill_data: unknown reduction {}", static_cast<int>(fill));
}

/// The features of the new loops: `[num_nodes, *shape]`.
at::Tensor loop_features(const GraphData::Relation& relation, const at::Tensor& feature,
                         const std::variant<double, EdgeFill>& fill) {
  const std::int64_t num_nodes = relation.adjacency->num_dst();
  std::vector<std::int64_t> shape = feature.sizes().vec();
  shape.front() = num_nodes;
  if (const double* value = std::get_if<double>(&fill)) {
    return at::full(shape, *value, feature.options());
  }
  const at::Tensor reduced = at::zeros(shape, feature.options());
  at::Tensor rows = relation.adjacency->coo().dst.to(at::kLong);
  rows = rows.view([&] {
               std::vector<std::int64_t> view(shape.size(), 1);
               view.front() = rows.numel();
               return view;
             }())
             .expand_as(feature);
  return reduced.scatter_reduce(0, rows, feature, reduction(std::get<EdgeFill>(fill)),
                                /*include_self=*/false);
}

/// A copy of `graph` with another structure for one relation; its own features are left to the
/// caller.
Graph with_relation(const Graph& graph, const CanonicalEtype& type, const AdjacencyPtr& adjacency) {
  Graph result = rebuild_relations(graph, [&](const GraphData::Relation& relation) {
    return relation.type == type ? adjacency : relation.adjacency;
  });
  share_node_features(graph, result);
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    if (relation.type != type) {
      result.edges(relation.type).data.frame()->set_columns(relation.frame->columns());
    }
  }
  return result;
}

}  // namespace

Graph add_self_loop(const Graph& graph, const AddSelfLoopOptions& options) {
  const GraphData::Relation& relation = loop_relation(graph, options.etype, "add_self_loop");
  const ops::Coo& coo = relation.adjacency->coo();
  const std::int64_t num_nodes = relation.adjacency->num_dst();
  const at::Tensor loops = at::arange(num_nodes, coo.src.options());
  Graph result = with_relation(
      graph, relation.type,
      Adjacency::from_coo_unchecked(num_nodes, num_nodes,
                                    {at::cat({coo.src, loops}), at::cat({coo.dst, loops})}));
  const FrameView edges = result.edges(relation.type).data;
  for (const auto& [name, column] : relation.frame->columns()) {
    edges[name] =
        at::cat({column->data(), loop_features(relation, column->data(), options.fill_data)});
  }
  return result;
}

Graph remove_self_loop(const Graph& graph, const EtypeKey& etype) {
  const GraphData::Relation& relation = loop_relation(graph, etype, "remove_self_loop");
  const ops::Coo& coo = relation.adjacency->coo();
  const at::Tensor kept = at::nonzero(coo.src.ne(coo.dst)).squeeze(1);
  Graph result = with_relation(graph, relation.type,
                               Adjacency::from_coo_unchecked(
                                   relation.adjacency->num_src(), relation.adjacency->num_dst(),
                                   {coo.src.index_select(0, kept), coo.dst.index_select(0, kept)}));
  result.edges(relation.type).data.frame()->add_slices(*relation.frame, kept);
  return detail::keep_batch(graph, result, relation.type, kept);
}

}  // namespace grapevine
