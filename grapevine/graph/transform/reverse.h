#pragma once

#include "grapevine/graph/graph.h"

namespace grapevine {

struct ReverseOptions {
  bool copy_ndata = true;   ///< the result has the node features (shared, not copied)
  bool copy_edata = false;  ///< the result has the edge features (shared, not copied)
};

/// The graph with every edge turned round; ids stay, relation (u, e, v) becomes (v, e, u), and
/// formats that exist are shared. Throws `Error` for a block. O(1) in the number of edges. Source:
/// `dgl.reverse`.
[[nodiscard]] Graph reverse(const Graph& graph, const ReverseOptions& options = {});

}  // namespace grapevine
