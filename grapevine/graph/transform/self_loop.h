#pragma once

#include <string>
#include <variant>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// How the edge features of new self-loops are made of the in-edges of their node; 0 for a node
/// without any.
enum class EdgeFill { kSum, kMean, kMax, kMin };

struct AddSelfLoopOptions {
  /// A value for every element, or a reduction of the in-edges' features.
  std::variant<double, EdgeFill> fill_data = 1.0;
  /// The relation, which must join a node type with itself; the only one if empty.
  EtypeKey etype = {};
};

/// The graph with one edge from each node to itself added after the existing ones; loops that exist
/// stay, so call `remove_self_loop` first to have exactly one. Node features are shared; edge
/// features are extended by `fill_data`. Throws `Error` for a block or a relation between two node
/// types. O(num_edges + num_nodes). Source: `dgl.add_self_loop`.
[[nodiscard]] Graph add_self_loop(const Graph& graph, const AddSelfLoopOptions& options = {});

/// The graph without edges from a node to itself. The others keep their order and are numbered
/// anew; features of nodes are shared and those of edges follow. A batch stays one. Throws `Error`
/// as `add_self_loop`. Source: `dgl.remove_self_loop`.
[[nodiscard]] Graph remove_self_loop(const Graph& graph, const EtypeKey& etype = {});

}  // namespace grapevine
