#pragma once

#include "grapevine/graph/graph.h"

namespace grapevine {

/// The graph of all edges that enter `nodes` (by node type; types left out keep no in-edges), over
/// the same nodes. Edges come node after node in the order given; `edata[EID]` has their ids in
/// `graph`, and features follow, gathered when read. Throws `Error` for a block, unknown types and
/// ids out of range. O(edges of the result). Source: `dgl.in_subgraph` with `relabel_nodes=False`.
[[nodiscard]] Graph in_subgraph(const Graph& graph, const NodeIds& nodes);

}  // namespace grapevine
