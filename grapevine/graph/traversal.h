#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
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

/// What an edge is to a depth-first search.
enum class DfsLabel : std::int64_t {
  kForward = 0,  ///< leads to a node that was not reached before
  kReverse = 1,  ///< the same edge once more, when the search goes back along it
  kNonTree = 2,  ///< leads to a node that was reached before
};

struct LabeledDfsOptions {
  bool reverse = false;        ///< walk from destinations to sources
  bool reverse_edges = false;  ///< also give the edges that the search goes back along
  bool nontree_edges = false;  ///< also give the edges to nodes that were reached before
};

/// Frontiers of edges, and the `DfsLabel` of each edge in int64.
struct LabeledEdges {
  std::vector<at::Tensor> edges;
  std::vector<at::Tensor> labels;
};

/// The edges that a depth-first search meets, in that order. As in `dfs_edges_generator` a search
/// of its own starts at each of `source` `[n]`, and frontier i has the i-th edge of each that is as
/// long. Throws `Error` for ids out of range. Source: `dgl.dfs_labeled_edges_generator`.
[[nodiscard]] LabeledEdges dfs_labeled_edges_generator(const Graph& graph, const at::Tensor& source,
                                                       const LabeledDfsOptions& options = {});

}  // namespace grapevine
