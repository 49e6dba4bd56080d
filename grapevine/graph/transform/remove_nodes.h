#pragma once

#include <string_view>

#include "grapevine/graph/graph.h"
#include "grapevine/graph/id_list.h"

namespace grapevine {

/// The graph without the nodes `nodes` `[n]` of a type (the only one if empty) and without their
/// edges in every relation, given as a tensor of the graph's id type or as numbers; an id given
/// twice counts once. The other nodes and edges keep their order and are numbered anew.
/// `Graph::remove_nodes` does the same to a handle.
///
///     Graph h = remove_nodes(g, {0, 2}, "user");
///
/// Features follow, gathered when read; the rest is shared, in frames of the result's own.
/// `store_ids` sets `NID` of every node type and `EID` of every relation to the ids in `graph`.
/// Batch information follows. Throws `Error` for a block, an unknown type and ids out of range.
/// O(nodes of the type + edges of its relations), with `store_ids` of all types. Source:
/// `dgl.remove_nodes`.
[[nodiscard]] Graph remove_nodes(const Graph& graph, const IdList& nodes,
                                 std::string_view ntype = {}, bool store_ids = false);

}  // namespace grapevine
