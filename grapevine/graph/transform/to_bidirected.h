#pragma once

#include "grapevine/graph/graph.h"

namespace grapevine {

struct ToBidirectedOptions {
  bool copy_ndata = false;  ///< the result has the node features (shared, not copied)
};

/// The simple graph with an edge in both directions wherever `graph` has one in either. Edges are
/// numbered in the order of (source, destination) and have no features. Throws `Error` for a block
/// and for a relation between two node types. O(num_edges log num_edges). Source:
/// `dgl.to_bidirected`.
[[nodiscard]] Graph to_bidirected(const Graph& graph, const ToBidirectedOptions& options = {});

}  // namespace grapevine
