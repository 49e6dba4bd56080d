#pragma once

#include "grapevine/graph/transform/in_subgraph.h"

namespace grapevine {

/// The graph of all edges that leave `nodes` (ids `[n]` or a bool mask `[num_nodes]`, by node type;
/// types left out keep no out-edges), over the same nodes unless `relabel_nodes`. Edges come node
/// after node in the order given; `edata[EID]` has their ids in `graph`, and features follow,
/// gathered when read. Throws `Error` for a block, unknown types, ids out of range, and a mask of
/// another length. O(edges of the result). Source: `dgl.out_subgraph`.
[[nodiscard]] Graph out_subgraph(const Graph& graph, const NodeIds& nodes,
                                 const IncidentSubgraphOptions& options = {});

}  // namespace grapevine
