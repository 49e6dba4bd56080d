#pragma once

#include "grapevine/graph/graph.h"

namespace grapevine {

struct IncidentSubgraphOptions {
  bool relabel_nodes = false;  ///< keep only the endpoints of the edges, by first appearance
  bool store_ids = true;       ///< `EID`, and `NID` if nodes are relabelled, are set
};

/// The graph of all edges that enter `nodes` (ids `[n]` or a bool mask `[num_nodes]`, by node type;
/// types left out keep no in-edges), over the same nodes unless `relabel_nodes`. Edges come node
/// after node in the order given; `edata[EID]` has their ids in `graph`, and features follow,
/// gathered when read. Throws `Error` for a block, unknown types, ids out of range, and a mask of
/// another length. O(edges of the result). Source: `dgl.in_subgraph`.
[[nodiscard]] Graph in_subgraph(const Graph& graph, const NodeIds& nodes,
                                const IncidentSubgraphOptions& options = {});

}  // namespace grapevine
