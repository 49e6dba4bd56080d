#pragma once

#include "grapevine/graph/graph.h"

namespace grapevine::train {

/// Whether for every edge there is one in the opposite direction, parallel edges counted.
/// O(num_edges log num_edges). Throws `Error` unless the graph is homogeneous.
[[nodiscard]] bool is_symmetric(const Graph& graph);

/// What `prepare_graph` is to do.
struct PrepareGraphOptions {
  bool reverse_edges = true;  ///< an edge in the opposite direction for every edge
  bool self_loops = false;    ///< exactly one edge from each node to itself
  /// Keep the edge features: a reverse edge has those of its original, a new self-loop 1.
  bool edge_features = false;
};

/// A graph made fit for training, and what that took.
struct PreparedGraph {
  Graph graph;
  bool added_reverse_edges = false;
  bool added_self_loops = false;
};

/// Lets messages flow both ways: adds a reverse edge for every edge unless the graph
/// `is_symmetric`, and the self-loops that some layers need. Node features are shared with `graph`.
[[nodiscard]] PreparedGraph prepare_graph(const Graph& graph,
                                          const PrepareGraphOptions& options = {});

}  // namespace grapevine::train
