#include "grapevine/graph/detail/block_parts.h"

namespace grapevine::detail {
namespace {

NodeCounts count(const std::vector<std::string>& types, const std::vector<at::Tensor>& nodes) {
  NodeCounts counts;
  for (std::size_t type = 0; type < types.size(); ++type) {
    counts[types[type]] = nodes[type].numel();
  }
  return counts;
}

void add_node_features(const GraphData::NodeSpace& parent, const std::vector<at::Tensor>& nodes,
                       const GraphData::NodeSpace& block) {
  for (std::size_t type = 0; type < nodes.size(); ++type) {
    block.frames[type]->add_slices(*parent.frames[type], nodes[type]);
    block.frames[type]->set(NID, nodes[type]);
  }
}

}  // namespace

Graph assemble_block(const Graph& parent, const BlockParts& parts) {
  const GraphData& data = parent.graph_data();
  Adjacencies adjacencies;
  for (const BlockRelation& relation : parts.relations) {
    adjacencies[relation.type] = relation.adjacency;
  }
  Graph block(make_block_data(count(data.src_nodes->types, parts.src_nodes),
                              count(data.dst_nodes->types, parts.dst_nodes), adjacencies,
                              data.idtype, data.device));
  add_node_features(*data.src_nodes, parts.src_nodes, *block.graph_data().src_nodes);
  add_node_features(*data.dst_nodes, parts.dst_nodes, *block.graph_data().dst_nodes);
  for (const BlockRelation& relation : parts.relations) {
    const FramePtr& frame = block.graph_data().relation(relation.type).frame;
    const ColumnPtr edge_ids =
        relation.edge_ids.defined()
            ? std::make_shared<Column>(relation.edge_ids)
            : Column::slice(std::make_shared<Column>(relation.ids_by_position), relation.positions);
    frame->add_slices(*relation.parent_edges, edge_ids);
    frame->add_column(EID, edge_ids);
  }
  return block;
}

}  // namespace grapevine::detail
