#pragma once

#include <cstdint>

#include "grapevine/graph/transform/node_subgraph.h"

namespace grapevine {

struct KhopSubgraph {
  Graph graph;
  NodeIds seed_positions;  ///< the node of `graph` that each seed is, by the types of the seeds
};

/// The graph of all nodes from which `nodes` are reached in at most `k` steps, of any relations,
/// and of all edges between them. `nodes` are ids `[n]` or a bool mask `[num_nodes]`, by node type.
/// Nodes of the result are in ascending order of their ids in `graph`; everything else is as in
/// `node_subgraph`.
///
///     auto [sub, seeds] = khop_in_subgraph(g, torch::tensor({0}), 2);
///
/// Throws `Error` for a block, a negative `k`, unknown types, ids out of range, and a mask of
/// another length. O(edges that enter the nodes passed, times a logarithm). Source:
/// `dgl.khop_in_subgraph`.
[[nodiscard]] KhopSubgraph khop_in_subgraph(const Graph& graph, const NodeIds& nodes,
                                            std::int64_t k, const SubgraphOptions& options = {});

/// The same for all nodes that are reached from `nodes`. Source: `dgl.khop_out_subgraph`.
[[nodiscard]] KhopSubgraph khop_out_subgraph(const Graph& graph, const NodeIds& nodes,
                                             std::int64_t k, const SubgraphOptions& options = {});

}  // namespace grapevine
