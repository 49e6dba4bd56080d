#pragma once

#include "grapevine/graph/graph.h"
#include "grapevine/graph/id_list.h"

namespace grapevine {

/// The graph without the edges `eids` `[n]` of a relation (the only one if empty), given as a
/// tensor of the graph's id type or as numbers; an id given twice counts once. The other edges keep
/// their order and are numbered anew; all nodes stay. `Graph::remove_edges` does the same to a
/// handle.
///
///     Graph h = remove_edges(g, {0, 2}, "follows");
///
/// Features of the edges follow, gathered when read; the rest is shared, in frames of the result's
/// own. `store_ids` sets `EID` of every relation to the ids in `graph`. Batch information follows.
/// Throws `Error` for a block, an unknown relation and ids out of range. O(edges of the relation),
/// with `store_ids` of all relations. Source: `dgl.remove_edges`.
[[nodiscard]] Graph remove_edges(const Graph& graph, const IdList& eids, const EtypeKey& etype = {},
                                 bool store_ids = false);

}  // namespace grapevine
