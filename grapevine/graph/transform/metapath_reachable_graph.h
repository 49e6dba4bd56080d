#pragma once

#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// The graph with an edge from u to v wherever a path along the relations of `metapath`, one after
/// the other, leads from u to v. Its node types are those of the path's start and end, its only
/// relation is "_E", and edges are single and in the order of (source, destination). Node features
/// are shared.
///
///     Graph coauthors = metapath_reachable_graph(g, {"writes", "written-by"});
///
/// Throws `Error` for a block, an empty path, unknown relations, and relations that do not join.
/// O(p log p) time and memory for p paths of one step more than the distinct pairs before it.
/// Source: `dgl.metapath_reachable_graph`.
[[nodiscard]] Graph metapath_reachable_graph(const Graph& graph,
                                             const std::vector<EtypeKey>& metapath);

}  // namespace grapevine
