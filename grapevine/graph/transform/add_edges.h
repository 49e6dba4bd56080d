#pragma once

#include <map>
#include <string>

#include "grapevine/graph/graph.h"
#include "grapevine/graph/id_list.h"

namespace grapevine {

/// The graph with an edge from `src[i]` to `dst[i]` added to a relation (the only one if empty),
/// numbered after the others. Both are `[n]`, or one of them `[1]`, which stands for all; tensors
/// of the graph's id type, or numbers. Nodes that do not exist are added, their features 0. `data`
/// gives features `[n, *shape]` of the new edges; those it does not give are 0. A feature that only
/// `data` has is 0 for the old edges. `Graph::add_edges` does the same to a handle.
///
///     Graph h = add_edges(g, {1, 3}, {0, 1}, {{"w", torch::ones({2})}}, "follows");
///
/// Frames are the result's own, with the same tensors for types that do not grow; other relations
/// are shared. Batch information is dropped if edges are added. Throws `Error` for a block, an
/// unknown relation, negative ids, lengths that do not fit, more nodes or edges than ids of the
/// graph's type can name, and data with other rows, or of another shape, dtype or device than the
/// feature has. O(edges of the relation), times the width of its features, and for node types that
/// grow as `add_nodes`; so add many edges at once rather than one by one. Source: `dgl.add_edges`.
[[nodiscard]] Graph add_edges(const Graph& graph, const IdList& src, const IdList& dst,
                              const std::map<std::string, at::Tensor>& data = {},
                              const EtypeKey& etype = {});

}  // namespace grapevine
