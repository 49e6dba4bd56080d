#include "grapevine/graph/transform/in_subgraph.h"

#include <ATen/ops/empty.h>

#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {

Graph in_subgraph(const Graph& graph, const NodeIds& nodes) {
  check_not_block(graph, "in_subgraph");
  const GraphData::NodeSpace& space = *graph.graph_data().dst_nodes;
  std::map<std::size_t, at::Tensor> by_type;
  for (const auto& [type, ids] : nodes.map()) {
    by_type[space.index(type)] = ids;
  }
  const at::Tensor none = at::empty({0}, at::TensorOptions(graph.idtype()).device(graph.device()));
  std::map<CanonicalEtype, at::Tensor> kept;
  Graph result = rebuild_relations(graph, [&](const GraphData::Relation& relation) {
    const auto found = by_type.find(relation.dst);
    EdgeList edges = graph.in_edges(found == by_type.end() ? none : found->second, relation.type);
    kept[relation.type] = edges.eid;
    return Adjacency::from_coo_unchecked(relation.adjacency->num_src(),
                                         relation.adjacency->num_dst(),
                                         {std::move(edges.src), std::move(edges.dst)});
  });
  share_node_features(graph, result);
  for (const GraphData::Relation& relation : graph.graph_data().relations) {
    const FrameView edges = result.edges(relation.type).data;
    edges.frame()->add_slices(*relation.frame, kept[relation.type]);
    edges[EID] = kept[relation.type];
  }
  return result;
}

}  // namespace grapevine
