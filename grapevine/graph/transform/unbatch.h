#pragma once

#include <map>
#include <string>
#include <vector>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// The graphs of a batch, each a single graph with its own numbering. Features are views of the
/// batch's; gradients reach them. Formats stay restricted as the batch's are.
///
/// Throws `Error` for a block, and for an edge that joins two graphs of the batch. O(nodes +
/// edges). Source: `dgl.unbatch`.
[[nodiscard]] std::vector<Graph> unbatch(const Graph& graph);

/// The same with other parts than the graph knows of: part i has the next `node_split[i]` nodes and
/// `edge_split[i]` edges. `[num_parts]`, int64 or int32; those of the batch if undefined. With
/// several types, the counts of each; those of the batch if the map is empty. Also throws `Error`
/// for counts that are negative or do not sum to the number of nodes or edges, unequal lengths, and
/// types that are unknown or left out.
[[nodiscard]] std::vector<Graph> unbatch(const Graph& graph, const at::Tensor& node_split,
                                         const at::Tensor& edge_split = {});
[[nodiscard]] std::vector<Graph> unbatch(const Graph& graph,
                                         const std::map<std::string, at::Tensor>& node_split,
                                         const std::map<CanonicalEtype, at::Tensor>& edge_split);

}  // namespace grapevine
