#pragma once

#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine {

struct CompactGraphsOptions {
  /// Nodes that stay even if they have no edges (ids `[n]` or a bool mask, by node type); they come
  /// first, in the order given.
  NodeIds always_preserve;
  bool copy_ndata = true;  ///< the results have the node features, gathered when read
  bool copy_edata = true;  ///< the results have the edge features (shared, not copied)
};

/// The graphs without the nodes that have no edge in any of them. All results have the same nodes,
/// numbered by first appearance in the sources and then the destinations of each relation, one
/// graph after the other; `NID` holds their ids in the originals. Edges keep their ids.
///
///     std::vector<Graph> pair = compact_graphs({positive, negative});
///
/// Throws `Error` for a block, for graphs whose node types, numbers of nodes, id types or devices
/// differ, and for bad ids. O(n log n) for n edges in all. Source: `dgl.compact_graphs`.
[[nodiscard]] std::vector<Graph> compact_graphs(const std::vector<Graph>& graphs,
                                                const CompactGraphsOptions& options = {});

/// The same for one graph.
[[nodiscard]] Graph compact_graph(const Graph& graph, const CompactGraphsOptions& options = {});

}  // namespace grapevine
