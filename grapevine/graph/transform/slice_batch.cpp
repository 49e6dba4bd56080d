#include "grapevine/graph/transform/slice_batch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include "grapevine/graph/detail/graph_draft.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

/// The rows of one graph.
struct Range {
  std::int64_t start;
  std::int64_t count;
};

Range range_of(const at::Tensor& counts, std::int64_t index) {
  return {counts.narrow(0, 0, index).sum().item<std::int64_t>(),
          counts[index].item<std::int64_t>()};
}

/// The ids of one side of the graph's edges in its own numbering.
at::Tensor own_ids(const at::Tensor& ids, const Range& edges, const Range& nodes,
                   const CanonicalEtype& type) {
  at::Tensor own = ids.narrow(0, edges.start, edges.count) - nodes.start;
  check(!((own < 0) | (own >= nodes.count)).any().item<bool>(),
        "slice_batch: an edge of relation {} leaves its graph of the batch", to_string(type));
  return own;
}

void slice_features(const Frame& from, const Range& rows, Frame& to) {
  for (const auto& [name, column] : from.columns()) {
    to.set(name, column->data().narrow(0, rows.start, rows.count));
  }
}

}  // namespace

Graph slice_batch(const Graph& graph, std::int64_t index, bool store_ids) {
  check_not_block(graph, "slice_batch");
  check(0 <= index && index < graph.batch_size(),
        "slice_batch: index: expected a graph from 0 to {}, got {}", graph.batch_size() - 1, index);
  const GraphData& data = graph.graph_data();
  const auto ids = at::TensorOptions(data.idtype).device(data.device);
  NodeCounts counts;
  std::vector<Range> nodes;
  for (const std::string& type : data.src_nodes->types) {
    nodes.push_back(range_of(graph.batch_num_nodes(type), index));
    counts[type] = nodes.back().count;
  }
  Adjacencies adjacencies;
  std::vector<Range> edges;
  for (const GraphData::Relation& relation : data.relations) {
    const Range& range = edges.emplace_back(range_of(graph.batch_num_edges(relation.type), index));
    const Range& src = nodes[relation.src];
    const Range& dst = nodes[relation.dst];
    const ops::Coo coo = detail::endpoints(*relation.adjacency);
    adjacencies[relation.type] = detail::replace_edges(
        *relation.adjacency, src.count, dst.count,
        {own_ids(coo.src, range, src, relation.type), own_ids(coo.dst, range, dst, relation.type)});
  }
  Graph result(make_graph_data(counts, adjacencies, data.idtype, data.device));
  const GraphData& part = result.graph_data();
  const auto fill = [&](const Frame& from, const Range& rows, Frame& to, const char* id_name) {
    slice_features(from, rows, to);
    if (store_ids) {
      to.set(id_name, at::arange(rows.start, rows.start + rows.count, ids));
    }
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    fill(*data.src_nodes->frames[i], nodes[i], *part.src_nodes->frames[i], NID);
  }
  for (std::size_t i = 0; i < edges.size(); ++i) {
    fill(*data.relations[i].frame, edges[i], *part.relations[i].frame, EID);
  }
  return result;
}

}  // namespace grapevine
