#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "grapevine/graph/graph.h"
#include "grapevine/graph/traversal.h"
#include "grapevine/message/function.h"

namespace grapevine {

/// The functions of a propagation.
struct Propagation {
  function::MessageFunction message;
  function::ReduceFunction reduce;
  std::optional<function::ApplyFunction> apply = std::nullopt;
};

/// `Graph::prop_nodes` in topological order. The roots come first and pull no messages, so built-in
/// reducers write 0 there. Throws `Error` as `topological_nodes_generator` does. Source:
/// `dgl.prop_nodes_topo`.
///
///     prop_nodes_topo(tree, {function::copy_u("h", "m"), function::sum("m", "h_children")});
void prop_nodes_topo(const Graph& graph, const Propagation& propagation,
                     const TraversalOptions& options = {});

/// `Graph::prop_nodes` by distance from `source` `[n]`. Source: `dgl.prop_nodes_bfs`.
void prop_nodes_bfs(const Graph& graph, const at::Tensor& source, const Propagation& propagation,
                    const TraversalOptions& options = {});

/// `Graph::prop_edges` along the edges of depth-first searches from `source` `[n]`. Source:
/// `dgl.prop_edges_dfs`, without its labelled edges.
void prop_edges_dfs(const Graph& graph, const at::Tensor& source, const Propagation& propagation,
                    const TraversalOptions& options = {});

}  // namespace grapevine
