#pragma once

#include "grapevine/graph/transform/edge_subgraph.h"

namespace grapevine::sampling {

/// A sampled graph without some edges of the graph that it was taken from: those whose
/// `edata()[EID]` is among `excluded`. All nodes stay, the other edges keep their order, their
/// features and their `EID`. A node that loses an edge gets no other in its place.
///
///     Graph frontier = exclude_edges(sample_neighbors(g, seeds, 5, {}, key), target_edges);
///
/// `excluded` are ids `[n]` by relation, in the graph's id type; ids that no edge has are ignored.
/// Throws `Error` for a block, unknown relations and ids of another kind. O(edges). Source:
/// `dgl.sampling.sample_neighbors(..., exclude_edges=...)`.
[[nodiscard]] Graph exclude_edges(const Graph& sampled, const EdgeIds& excluded);

}  // namespace grapevine::sampling
