#pragma once

#include <optional>

#include "grapevine/graph/graph.h"

namespace grapevine {

struct ToBlockOptions {
  /// Destination nodes are the first source nodes, in order. If false, sources are only nodes that
  /// send.
  bool include_dst_in_src = true;
};

/// The block that computes `dst_nodes` from the edges of `g`, which holds all of them and is not a
/// block itself, often a frontier that a sampler picked. Destinations are `dst_nodes` in the order
/// given, by default the nodes with in-edges in ascending order; sources are the destinations, then
/// other nodes in the order in which edges name them. Edge i is edge i of the relation.
///
/// `srcdata()[NID]`, `dstdata()[NID]` and `edata()[EID]` hold the ids in `g`, in its id type, and
/// all features of `g` come along, gathered when first read. Node types that `dst_nodes` lacks have
/// no destinations, and edges into them are left out. A node given twice is two destinations; its
/// in-edges go to the first.
///
///     Graph block = to_block(frontier, seeds);
///     block.edata()[EID] = frontier.edata()[EID];   // ids of the graph that the frontier was
///     picked from
///
/// Throws `Error` for node ids out of range or of another type than the graph's, and if a node with
/// in-edges is missing from the ids of its type. O(nodes + edges). Nodes are numbered on the CPU,
/// so the structure of a graph on another device goes there and the block's comes back. Source:
/// `dgl.to_block`.
[[nodiscard]] Graph to_block(const Graph& g, const std::optional<NodeIds>& dst_nodes = std::nullopt,
                             const ToBlockOptions& options = {});

}  // namespace grapevine
