#pragma once

#include "grapevine/graph/graph.h"

namespace grapevine {

struct LineGraphOptions {
  bool backtracking = true;  ///< whether (u, v) leads to (v, u)
  bool shared = false;       ///< the edge features of the graph are the result's node features
};

/// The graph whose nodes are the edges of `graph`, by id, with an edge from i to j if edge j starts
/// where edge i ends and they are not the same. Edges are in the order of (i, j). Throws `Error` if
/// `graph` is not homogeneous, or if the edges of the result do not fit its id type. O(edges of the
/// result). Source: `dgl.line_graph`.
[[nodiscard]] Graph line_graph(const Graph& graph, const LineGraphOptions& options = {});

}  // namespace grapevine
