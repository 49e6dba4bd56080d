#pragma once

#include "grapevine/graph/graph.h"

namespace grapevine {

struct SubgraphOptions {
  bool relabel_nodes = true;  ///< if false, all nodes stay and only edges are left out
  bool store_ids = true;      ///< `EID`, and `NID` if nodes are relabelled, are set
};

/// The graph of some nodes and of all edges between them. `nodes` are ids `[n]` or a bool mask
/// `[num_nodes]`, by node type; of types left out there are no nodes. Node i of the result is
/// `nodes[i]`; edges come source after source in that order, then by id.
///
/// `NID` and `EID` hold the ids in `graph`, in its id type; features follow, gathered when read. A
/// node given twice is two nodes: both have its out-edges, and in-edges go to the first.
///
///     Graph sub = node_subgraph(g, torch::tensor({2, 0, 1}));
///
/// Throws `Error` for a block, unknown types, ids out of range, and a mask of another length.
/// O(n log n + m log n) for m edges that leave the nodes. Source: `dgl.node_subgraph`.
[[nodiscard]] Graph node_subgraph(const Graph& graph, const NodeIds& nodes,
                                  const SubgraphOptions& options = {});

}  // namespace grapevine
