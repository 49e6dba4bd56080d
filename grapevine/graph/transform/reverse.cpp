#include "grapevine/graph/transform/reverse.h"

#include "grapevine/graph/transform/rebuild.h"

namespace grapevine {

Graph reverse(const Graph& graph, const ReverseOptions& options) {
  check_not_block(graph, "reverse");
  const GraphData& data = graph.graph_data();
  NodeCounts num_nodes;
  for (std::size_t i = 0; i < data.src_nodes->types.size(); ++i) {
    num_nodes[data.src_nodes->types[i]] = data.src_nodes->counts[i];
  }
  const auto turned = [](const CanonicalEtype& type) {
    return CanonicalEtype{type.dst, type.name, type.src};
  };
  Adjacencies relations;
  for (const GraphData::Relation& relation : data.relations) {
    relations[turned(relation.type)] = relation.adjacency->reverse();
  }
  Graph result(make_graph_data(num_nodes, relations, data.idtype, data.device));
  if (options.copy_ndata) {
    share_node_features(graph, result);
  }
  if (options.copy_edata) {
    for (const GraphData::Relation& relation : data.relations) {
      result.edges(turned(relation.type)).data.frame()->set_columns(relation.frame->columns());
    }
  }
  return result;
}

}  // namespace grapevine
