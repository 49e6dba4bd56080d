#include "grapevine/graph/detail/batch_info.h"

#include <ATen/ops/full.h>

#include <memory>
#include <utility>

#include "grapevine/graph/detail/graph_draft.h"

namespace grapevine::detail {

GraphData::Batch batch_of(const Graph& graph) {
  const GraphData& data = graph.graph_data();
  if (data.batch) {
    return *data.batch;
  }
  const auto ids = at::TensorOptions(data.idtype).device(data.device);
  GraphData::Batch single;
  for (const std::int64_t count : data.src_nodes->counts) {
    single.num_nodes.push_back(at::full({1}, count, ids));
  }
  for (const GraphData::Relation& relation : data.relations) {
    single.num_edges.push_back(at::full({1}, relation.adjacency->num_edges(), ids));
  }
  return single;
}

Graph with_batch(const Graph& graph, GraphData::Batch batch) {
  auto data = std::make_shared<GraphData>(graph.graph_data());
  data->batch = std::make_shared<const GraphData::Batch>(std::move(batch));
  return Graph(std::move(data));
}

Graph keep_batch(const Graph& from, const Graph& to, const CanonicalEtype& relation,
                 const at::Tensor& kept) {
  if (!from.graph_data().batch) {
    return to;
  }
  const GraphData& data = from.graph_data();
  GraphData::Batch batch = *data.batch;
  at::Tensor& counts =
      batch.num_edges[static_cast<std::size_t>(&data.relation(relation) - data.relations.data())];
  counts = count_kept(counts, kept);
  return with_batch(to, std::move(batch));
}

}  // namespace grapevine::detail
