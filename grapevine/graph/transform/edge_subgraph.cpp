#include "grapevine/graph/transform/edge_subgraph.h"

#include <ATen/ops/empty.h>

#include "grapevine/graph/detail/subgraph_parts.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

std::map<CanonicalEtype, at::Tensor> ids_by_relation(const Graph& graph, const EdgeIds& edges) {
  std::map<CanonicalEtype, at::Tensor> result;
  for (const auto& [key, ids] : edges.entries()) {
    const GraphData::Relation& relation = graph.graph_data().relation(key);
    check(!result.contains(relation.type), "edge_subgraph: edges name relation {} twice",
          to_string(relation.type));
    result[relation.type] = detail::ids_or_mask(graph, ids, "edge_subgraph: edges", "edge",
                                                relation.adjacency->num_edges());
  }
  return result;
}

}  // namespace

Graph edge_subgraph(const Graph& graph, const EdgeIds& edges, const SubgraphOptions& options) {
  check_not_block(graph, "edge_subgraph");
  const GraphData& data = graph.graph_data();
  const std::map<CanonicalEtype, at::Tensor> given = ids_by_relation(graph, edges);
  const at::Tensor none = at::empty({0}, at::TensorOptions(data.idtype).device(data.device));
  std::vector<EdgeList> kept;
  for (const GraphData::Relation& relation : data.relations) {
    const auto found = given.find(relation.type);
    const at::Tensor& ids = found == given.end() ? none : found->second;
    const ops::Coo& coo = relation.adjacency->coo();
    kept.push_back({coo.src.index_select(0, ids), coo.dst.index_select(0, ids), ids});
  }
  return detail::subgraph_of_edges(
      graph, std::move(kept),
      {.relabel_nodes = options.relabel_nodes, .store_ids = options.store_ids});
}

}  // namespace grapevine
