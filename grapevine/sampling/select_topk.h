#pragma once

#include <string>

#include "grapevine/sampling/sample_neighbors.h"

namespace grapevine::sampling {

struct SelectTopkOptions {
  EdgeDirection edge_dir = EdgeDirection::kIn;
  bool ascending = false;  ///< the smallest weights rather than the largest
};

/// The graph, over all nodes of `graph`, of the `k` edges of each node that have the largest
/// weights; -1 takes all. `weight` names an edge feature `[num_edges]` of every relation: float32,
/// float64, int32 or int64. Of equal weights the one that comes first among the node's edges wins.
/// Otherwise as `sample_neighbors`, the edges of a node from the first choice to the last.
///
///     Graph strongest = select_topk(g, g.nodes().ids(), 3, "weight");
///
/// Throws `Error` as `sample_neighbors` does, for a relation without the feature and for NaN.
/// O(degrees of the nodes * log(k)). Source: `dgl.sampling.select_topk`.
[[nodiscard]] Graph select_topk(const Graph& graph, const NodeIds& nodes, const Fanout& k,
                                const std::string& weight, const SelectTopkOptions& options = {});

}  // namespace grapevine::sampling
