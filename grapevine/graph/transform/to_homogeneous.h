#pragma once

#include <string>
#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine {

struct ToHomogeneousOptions {
  std::vector<std::string> ndata;  ///< node features to keep; each type must have them
  std::vector<std::string> edata;  ///< edge features to keep; each relation must have them
  bool store_type = true;          ///< whether `NTYPE` and `ETYPE` are set
};

/// The graph with all node types made one and all relations made one. Nodes come type after type in
/// the order of `ntypes()`, edges relation after relation in that of `canonical_etypes()`.
///
/// `ndata()[NTYPE]` and `edata()[ETYPE]` hold positions in those lists (int64), `ndata()[NID]` and
/// `edata()[EID]` ids within the type, in the graph's id type.
///
///     Graph one = to_homogeneous(g, {.ndata = {"feat"}});
///
/// Throws `Error` for a block, a feature that a type lacks or that has different dtypes or shapes,
/// and counts that do not fit the id type. O(num_nodes + num_edges). Source: `dgl.to_homogeneous`.
[[nodiscard]] Graph to_homogeneous(const Graph& graph, const ToHomogeneousOptions& options = {});

}  // namespace grapevine
