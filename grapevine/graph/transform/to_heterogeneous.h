#pragma once

#include <string>
#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine {

struct ToHeterogeneousOptions {
  std::string ntype_field = NTYPE;  ///< node feature `[num_nodes]`: positions in `ntypes`
  std::string etype_field = ETYPE;  ///< edge feature `[num_edges]`: positions in `etypes`
  /// The relations of the result. If empty, those that edges show.
  std::vector<CanonicalEtype> metagraph;
};

/// The graph with the nodes of a homogeneous one split by type and its edges by relation, which is
/// the type of the source, a name out of `etypes`, and the type of the destination; a name may
/// stand in several relations. Nodes and edges keep their order within their type.
///
/// `NID` and `EID` hold the ids in `graph`, in its id type; other features follow, gathered when
/// read, except the type fields.
///
///     Graph one = to_homogeneous(g);
///     Graph again = to_heterogeneous(one, g.ntypes(), g.etypes());
///
/// Throws `Error` if `graph` is not homogeneous, for names that are empty or given twice among
/// `ntypes`, for missing type fields or ones that are not integers `[n]` in range, and for edges
/// whose relation `metagraph` lacks. O(num_nodes log num_nodes + num_edges log num_edges). Source:
/// `dgl.to_heterogeneous`.
[[nodiscard]] Graph to_heterogeneous(const Graph& graph, const std::vector<std::string>& ntypes,
                                     const std::vector<std::string>& etypes,
                                     const ToHeterogeneousOptions& options = {});

}  // namespace grapevine
