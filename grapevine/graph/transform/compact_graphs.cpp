#include "grapevine/graph/transform/compact_graphs.h"

#include "grapevine/graph/detail/subgraph_parts.h"
#include "grapevine/graph/transform/rebuild.h"
#include "grapevine/util/error.h"

namespace grapevine {
namespace {

void check_graphs(const std::vector<Graph>& graphs) {
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    check_not_block(graphs[i], "compact_graphs");
    const GraphData::NodeSpace& first = *graphs.front().graph_data().src_nodes;
    const GraphData::NodeSpace& other = *graphs[i].graph_data().src_nodes;
    check(other.types == first.types,
          "compact_graphs: graphs: expected node types [{}] as in the first, got [{}] in graph {}",
          fmt::join(first.types, ", "), fmt::join(other.types, ", "), i);
    check(other.counts == first.counts,
          "compact_graphs: graphs: expected [{}] nodes of types [{}] as in the first, got [{}] in "
          "graph {}",
          fmt::join(first.counts, ", "), fmt::join(first.types, ", "),
          fmt::join(other.counts, ", "), i);
    check(graphs[i].idtype() == graphs.front().idtype(),
          "compact_graphs: graphs: expected ids of type {} as in the first, got {} in graph {}",
          at::toString(graphs.front().idtype()), at::toString(graphs[i].idtype()), i);
    check(graphs[i].device() == graphs.front().device(),
          "compact_graphs: graphs: expected all on {} as the first, got {} for graph {}",
          graphs.front().device().str(), graphs[i].device().str(), i);
  }
}

/// `graph` over `nodes`, with the endpoints of its relations from `columns` on.
Graph compact(const Graph& graph, const std::vector<at::Tensor>& nodes,
              const detail::NodeColumn* columns, const CompactGraphsOptions& options) {
  const GraphData& data = graph.graph_data();
  NodeCounts counts;
  for (std::size_t type = 0; type < nodes.size(); ++type) {
    counts[data.src_nodes->types[type]] = nodes[type].numel();
  }
  Adjacencies adjacencies;
  for (const GraphData::Relation& relation : data.relations) {
    adjacencies[relation.type] =
        Adjacency::from_coo_unchecked(counts.at(relation.type.src), counts.at(relation.type.dst),
                                      {columns[0].ids, columns[1].ids});
    columns += 2;
  }
  Graph result(make_graph_data(counts, adjacencies, data.idtype, data.device));
  for (std::size_t type = 0; type < nodes.size(); ++type) {
    Frame& frame = *result.graph_data().src_nodes->frames[type];
    if (options.copy_ndata) {
      frame.add_slices(*data.src_nodes->frames[type], nodes[type]);
    }
    frame.set(NID, nodes[type]);
  }
  if (options.copy_edata) {
    for (std::size_t i = 0; i < data.relations.size(); ++i) {
      result.graph_data().relations[i].frame->set_columns(data.relations[i].frame->columns());
    }
  }
  return result;
}

}  // namespace

std::vector<Graph> compact_graphs(const std::vector<Graph>& graphs,
                                  const CompactGraphsOptions& options) {
  if (graphs.empty()) {
    return {};
  }
  check_graphs(graphs);
  const std::vector<at::Tensor> preserved = detail::nodes_by_type(
      graphs.front(), options.always_preserve, "compact_graphs: always_preserve");
  std::vector<detail::NodeColumn> columns;
  for (std::size_t type = 0; type < preserved.size(); ++type) {
    columns.push_back({type, preserved[type]});
  }
  for (const Graph& graph : graphs) {
    for (const GraphData::Relation& relation : graph.graph_data().relations) {
      columns.push_back({relation.src, relation.adjacency->coo().src});
      columns.push_back({relation.dst, relation.adjacency->coo().dst});
    }
  }
  const std::vector<at::Tensor> nodes = detail::number_nodes(
      columns, preserved.size(),
      at::TensorOptions(graphs.front().idtype()).device(graphs.front().device()));
  std::vector<Graph> result;
  const detail::NodeColumn* next = columns.data() + preserved.size();
  for (const Graph& graph : graphs) {
    result.push_back(compact(graph, nodes, next, options));
    next += 2 * graph.graph_data().relations.size();
  }
  return result;
}

Graph compact_graph(const Graph& graph, const CompactGraphsOptions& options) {
  return compact_graphs({graph}, options).front();
}

}  // namespace grapevine
