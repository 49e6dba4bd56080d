#include "grapevine/message/propagate.h"

namespace grapevine {
namespace {

void over_nodes(const Graph& graph, const std::vector<at::Tensor>& frontiers,
                const Propagation& propagation) {
  if (propagation.apply.has_value()) {
    graph.prop_nodes(frontiers, propagation.message, propagation.reduce, *propagation.apply);
  } else {
    graph.prop_nodes(frontiers, propagation.message, propagation.reduce);
  }
}

}  // namespace

void prop_nodes_topo(const Graph& graph, const Propagation& propagation,
                     const TraversalOptions& options) {
  over_nodes(graph, topological_nodes_generator(graph, options), propagation);
}

void prop_nodes_bfs(const Graph& graph, const at::Tensor& source, const Propagation& propagation,
                    const TraversalOptions& options) {
  over_nodes(graph, bfs_nodes_generator(graph, source, options), propagation);
}

void prop_edges_dfs(const Graph& graph, const at::Tensor& source, const Propagation& propagation,
                    const TraversalOptions& options) {
  const std::vector<at::Tensor> frontiers = dfs_edges_generator(graph, source, options);
  if (propagation.apply.has_value()) {
    graph.prop_edges(frontiers, propagation.message, propagation.reduce, *propagation.apply);
  } else {
    graph.prop_edges(frontiers, propagation.message, propagation.reduce);
  }
}

}  // namespace grapevine
