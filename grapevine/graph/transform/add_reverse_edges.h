#pragma once

#include "grapevine/graph/graph.h"

namespace grapevine {

struct AddReverseEdgesOptions {
  bool copy_ndata = true;  ///< the result has the node features (shared, not copied)
  bool copy_edata =
      false;  ///< the result has the edge features, each reverse edge those of its original
  bool exclude_self = true;  ///< no reverse edges for self-loops
  bool ignore_bipartite =
      false;  ///< leave relations between two node types as they are instead of an error
};

/// The graph with a reverse edge added for every edge. Edges i of the original keep their ids; the
/// reversed ones follow in the same order. With `copy_edata`, `edata[EID]` has for each edge the id
/// of its original. Throws `Error` for a block, and for a relation between two node types unless
/// `ignore_bipartite`. O(num_edges). Source: `dgl.add_reverse_edges`.
[[nodiscard]] Graph add_reverse_edges(const Graph& graph,
                                      const AddReverseEdgesOptions& options = {});

}  // namespace grapevine
