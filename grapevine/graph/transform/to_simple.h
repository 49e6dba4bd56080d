#pragma once

#include <map>
#include <optional>
#include <string>

#include "grapevine/graph/graph.h"

namespace grapevine {

/// How the features of parallel edges become those of one: the edge with the smallest id's, their
/// sum, or their mean.
enum class EdgeAggregator { kArbitrary, kSum, kMean };

struct ToSimpleOptions {
  /// The edge feature that holds how many edges each one stands for, in the graph's id type.
  std::optional<std::string> return_counts = "count";
  bool copy_ndata = true;   ///< the result has the node features (shared, not copied)
  bool copy_edata = false;  ///< the result has the edge features, made by `aggregator`
  EdgeAggregator aggregator = EdgeAggregator::kArbitrary;
};

/// The graph with one edge in place of each set of parallel edges. Edges are numbered in the order
/// of (source, destination). Sums and means are differentiable.
///
///     Graph simple = to_simple(g, {.copy_edata = true, .aggregator = EdgeAggregator::kSum});
///
/// Throws `Error` for a block, for a sum of bools, and for a mean of integers. O(num_edges log
/// num_edges). Source: `dgl.to_simple`.
[[nodiscard]] Graph to_simple(const Graph& graph, const ToSimpleOptions& options = {});

struct SimpleGraph {
  Graph graph;
  /// By relation: for each edge of the original `[num_edges]` its edge in `graph`, in its id type.
  std::map<CanonicalEtype, at::Tensor> edge_maps;
};

/// The same together with DGL's `writeback_mapping`.
[[nodiscard]] SimpleGraph to_simple_with_mapping(const Graph& graph,
                                                 const ToSimpleOptions& options = {});

}  // namespace grapevine
