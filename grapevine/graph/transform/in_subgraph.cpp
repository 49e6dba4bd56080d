#include "grapevine/graph/transform/in_subgraph.h"

#include "grapevine/graph/detail/subgraph_parts.h"
#include "grapevine/graph/transform/rebuild.h"

namespace grapevine {

Graph in_subgraph(const Graph& graph, const NodeIds& nodes,
                  const IncidentSubgraphOptions& options) {
  check_not_block(graph, "in_subgraph");
  const std::vector<at::Tensor> by_type = detail::nodes_by_type(graph, nodes, "in_subgraph: nodes");
  std::vector<EdgeList> edges;
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    edges.push_back(graph.in_edges(by_type[relation.dst], relation.type));
  }
  return detail::subgraph_of_edges(
      graph, std::move(edges),
      {.relabel_nodes = options.relabel_nodes, .store_ids = options.store_ids});
}

}  // namespace grapevine
