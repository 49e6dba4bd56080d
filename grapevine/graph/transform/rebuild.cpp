#include "grapevine/graph/transform/rebuild.h"

#include "grapevine/util/error.h"

namespace grapevine {

Graph rebuild_relations(const Graph& graph,
                        const std::function<AdjacencyPtr(const GraphData::Relation&)>& make) {
  const GraphData& data = graph.graph_data();
  NodeCounts num_nodes;
  for (std::size_t i = 0; i < data.src_nodes->types.size(); ++i) {
    num_nodes[data.src_nodes->types[i]] = data.src_nodes->counts[i];
  }
  Adjacencies relations;
  for (const GraphData::Relation& relation : data.relations) {
    relations[relation.type] = make(relation);
  }
  return Graph(make_graph_data(num_nodes, relations, data.idtype, data.device));
}

void share_node_features(const Graph& from, const Graph& to) {
  const GraphData& source = from.graph_data();
  const GraphData& target = to.graph_data();
  for (std::size_t i = 0; i < source.src_nodes->frames.size(); ++i) {
    target.src_nodes->frames[i]->set_columns(source.src_nodes->frames[i]->columns());
  }
}

void check_not_block(const Graph& graph, std::string_view function) {
  check(!graph.is_block(), "{}: expected a graph, got a block", function);
}

}  // namespace grapevine
