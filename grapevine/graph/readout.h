#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "grapevine/graph/graph.h"
#include "grapevine/ops/message_ops.h"
#include "grapevine/ops/segment_topk.h"

// What a batch of graphs knows of each graph as a whole. All functions work on one node type or
// relation, the only one if none is named; they read a feature by name and store nothing. A single
// graph is a batch of one. They throw `Error` for unknown features and types, and the functions on
// nodes for a block. Differentiable.
//
//     Graph both = batch({g1, g2});
//     at::Tensor scores = classifier->forward(mean_nodes(both, "h"));  // [2, num_classes]
namespace grapevine {

/// The sum, mean, maximum or minimum of a node feature `[num_nodes, *shape]` over each graph:
/// `[batch_size, *shape]`. A graph without nodes gives 0. With a `weight`, the name of another node
/// feature, each node's feature is multiplied with it first; shapes after the first dimension
/// broadcast, right-aligned. A weighted mean still divides by the number of nodes. Dtypes are those
/// of `ops::segment_reduce`. Throws `Error` if the shapes do not fit.
///
///     readout_nodes(g, "h", "attention", ops::Reduce::kSum);
///
/// Source: `dgl.readout_nodes`.
[[nodiscard]] at::Tensor readout_nodes(const Graph& graph, const std::string& feature,
                                       const std::string& weight = {},
                                       ops::Reduce op = ops::Reduce::kSum,
                                       std::string_view ntype = {});
[[nodiscard]] at::Tensor sum_nodes(const Graph& graph, const std::string& feature,
                                   const std::string& weight = {}, std::string_view ntype = {});
[[nodiscard]] at::Tensor mean_nodes(const Graph& graph, const std::string& feature,
                                    const std::string& weight = {}, std::string_view ntype = {});
[[nodiscard]] at::Tensor max_nodes(const Graph& graph, const std::string& feature,
                                   const std::string& weight = {}, std::string_view ntype = {});
[[nodiscard]] at::Tensor min_nodes(const Graph& graph, const std::string& feature,
                                   const std::string& weight = {}, std::string_view ntype = {});

/// The same for an edge feature `[num_edges, *shape]`. Source: `dgl.readout_edges`.
[[nodiscard]] at::Tensor readout_edges(const Graph& graph, const std::string& feature,
                                       const std::string& weight = {},
                                       ops::Reduce op = ops::Reduce::kSum,
                                       const EtypeKey& etype = {});
[[nodiscard]] at::Tensor sum_edges(const Graph& graph, const std::string& feature,
                                   const std::string& weight = {}, const EtypeKey& etype = {});
[[nodiscard]] at::Tensor mean_edges(const Graph& graph, const std::string& feature,
                                    const std::string& weight = {}, const EtypeKey& etype = {});
[[nodiscard]] at::Tensor max_edges(const Graph& graph, const std::string& feature,
                                   const std::string& weight = {}, const EtypeKey& etype = {});
[[nodiscard]] at::Tensor min_edges(const Graph& graph, const std::string& feature,
                                   const std::string& weight = {}, const EtypeKey& etype = {});

/// Softmax of a feature over the nodes of each graph, separately for each column:
/// `[num_nodes, *shape]`. Source: `dgl.softmax_nodes`.
[[nodiscard]] at::Tensor softmax_nodes(const Graph& graph, const std::string& feature,
                                       std::string_view ntype = {});
/// The same over the edges of each graph: `[num_edges, *shape]`. Source: `dgl.softmax_edges`.
[[nodiscard]] at::Tensor softmax_edges(const Graph& graph, const std::string& feature,
                                       const EtypeKey& etype = {});

/// Gives every node the row of its graph in `graph_feat` `[batch_size, *shape]`:
/// `[num_nodes, *shape]`, any dtype. Throws `Error` for another number of rows or device. Source:
/// `dgl.broadcast_nodes`.
[[nodiscard]] at::Tensor broadcast_nodes(const Graph& graph, const at::Tensor& graph_feat,
                                         std::string_view ntype = {});
/// The same for edges: `[num_edges, *shape]`. Source: `dgl.broadcast_edges`.
[[nodiscard]] at::Tensor broadcast_edges(const Graph& graph, const at::Tensor& graph_feat,
                                         const EtypeKey& etype = {});

struct TopkNodesOptions {
  bool descending = true;  ///< the largest values; if false, the smallest
  /// The column that whole nodes are ranked by (-1 is the last); without one, every column is
  /// ranked by itself.
  std::optional<std::int64_t> sortby = std::nullopt;
  std::string ntype = {};
};

struct TopkEdgesOptions {
  bool descending = true;  ///< the largest values; if false, the smallest
  /// The column that whole edges are ranked by (-1 is the last); without one, every column is
  /// ranked by itself.
  std::optional<std::int64_t> sortby = std::nullopt;
  EtypeKey etype = {};
};

/// The `k` nodes of each graph with the largest or smallest values of a feature `[num_nodes]` or
/// `[num_nodes, width]`: values `[batch_size, k]` or `[batch_size, k, width]` and the nodes'
/// positions in their graphs, of the same shape, or `[batch_size, k]` with `sortby`. Where a graph
/// has fewer nodes, values are 0 and positions -1; order and errors as in `ops::segment_topk`.
///
///     auto [values, nodes] = topk_nodes(g, "h", 3, {.sortby = -1});  // as SortPooling does
///
/// Source: `dgl.topk_nodes`.
[[nodiscard]] ops::SegmentTopk topk_nodes(const Graph& graph, const std::string& feature,
                                          std::int64_t k, const TopkNodesOptions& options = {});
/// The same for the edges of each graph. Source: `dgl.topk_edges`.
[[nodiscard]] ops::SegmentTopk topk_edges(const Graph& graph, const std::string& feature,
                                          std::int64_t k, const TopkEdgesOptions& options = {});

}  // namespace grapevine
