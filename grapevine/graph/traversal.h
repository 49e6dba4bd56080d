#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "grapevine/graph/graph.h"

// The orders in which features travel through a graph, as lists of frontiers for
// `Graph::prop_nodes` and `Graph::prop_edges`. All take a homogeneous graph; frontiers have its id
// type and device. They run on the CPU, in O(nodes + edges) for each source of a depth-first
// search, once for the others. Nodes and edges of a frontier stand in the order of discovery:
// successors by edge id.
namespace grapevine {

/// Which way a traversal walks along edges.
struct TraversalOptions {
  bool reverse = false;  ///< from destinations to sources
};

/// Nodes such that every edge leads to a later frontier; the first has the nodes without in-edges.
/// Throws `Error` if the graph has a cycle. Source: `dgl.topological_nodes_generator`.
[[nodiscard]] std::vector<at::Tensor> topological_nodes_generator(
    const Graph& graph, const TraversalOptions& options = {});

/// The nodes at distance 0, 1, ... from `source` `[n]`, as far as it reaches. Throws `Error` for
/// ids out of range. Source: `dgl.bfs_nodes_generator`.
[[nodiscard]] std::vector<at::Tensor> bfs_nodes_generator(const Graph& graph,
                                                          const at::Tensor& source,
                                                          const TraversalOptions& options = {});

/// The edges by which a breadth-first search from `source` `[n]` first reaches each node. Source:
/// `dgl.bfs_edges_generator`.
[[nodiscard]] std::vector<at::Tensor> bfs_edges_generator(const Graph& graph,
                                                          const at::Tensor& source,
                                                          const TraversalOptions& options = {});

/// The edges by which a depth-first search reaches each node. A search of its own starts at each of
/// `source` `[n]`; frontier i has the i-th edge of each. Source: `dgl.dfs_edges_generator`.
[[nodiscard]] std::vector<at::Tensor> dfs_edges_generator(const Graph& graph,
                                                          const at::Tensor& source,
                                                          const TraversalOptions& options = {});

}  // namespace grapevine
