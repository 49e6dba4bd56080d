#include "grapevine/graph/transform/node_subgraph.h"

#include "grapevine/graph/detail/row_edges.h"
#include "grapevine/graph/detail/subgraph_parts.h"
#include "grapevine/graph/transform/rebuild.h"

namespace grapevine {

Graph node_subgraph(const Graph& graph, const NodeIds& nodes, const SubgraphOptions& options) {
  check_not_block(graph, "node_subgraph");
  const GraphData& data = graph.graph_data();
  std::vector<at::Tensor> by_type = detail::nodes_by_type(graph, nodes, "node_subgraph: nodes");
  std::vector<detail::IdLookup> lookups;
  for (const at::Tensor& ids : by_type) {
    lookups.emplace_back(ids);
  }
  detail::SubgraphParts parts{.nodes = {}, .edges = {}, .store_ids = options.store_ids};
  for (const GraphData::Relation& relation : data.relations) {
    const detail::RowEdges out =
        detail::edges_of_rows(relation.adjacency->csr(), by_type[relation.src]);
    const at::Tensor dst = lookups[relation.dst].find(out.others);
    const at::Tensor kept = dst.ge(0).nonzero().squeeze(1);
    EdgeList edges{{}, {}, out.edge_ids.index_select(0, kept)};
    if (options.relabel_nodes) {
      edges.src = out.query.index_select(0, kept).to(data.idtype);
      edges.dst = dst.index_select(0, kept).to(data.idtype);
    } else {
      edges.src = out.rows.index_select(0, kept);
      edges.dst = out.others.index_select(0, kept);
    }
    parts.edges.push_back(std::move(edges));
  }
  if (options.relabel_nodes) {
    parts.nodes = std::move(by_type);
  }
  return detail::assemble_subgraph(graph, parts);
}

}  // namespace grapevine
