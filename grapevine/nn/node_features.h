#pragma once

#include <ATen/core/Tensor.h>

#include <utility>

#include "grapevine/graph/graph.h"

namespace grapevine::nn {

/// The node features that a layer reads: one tensor for all nodes of the graph, or a pair for its
/// source and its destination nodes. Converts from either, and from a feature of a graph, so that
/// all are simply passed to `forward`. A feature of a block that has not been gathered stays so
/// until a layer asks for its rows; one that only sums over them never does, see `in_place`.
///
///     conv(graph, graph.ndata()["feat"]);             // [num_src, *in]
///     conv(block, std::pair(h_src, h_dst));           // [num_src, *in_src], [num_dst, *in_dst]
class NodeFeatures {
 public:
  NodeFeatures(at::Tensor feat) : src_(std::move(feat)) {}  // NOLINT(google-explicit-constructor)
  /// Throws `Error` if there is no such feature.
  NodeFeatures(const FeatureRef& feat);                 // NOLINT(google-explicit-constructor)
  NodeFeatures(ColumnPtr column);                       // NOLINT(google-explicit-constructor)
  NodeFeatures(std::pair<at::Tensor, at::Tensor> feat)  // NOLINT(google-explicit-constructor)
      : src_(std::move(feat.first)), dst_(std::move(feat.second)) {}
  NodeFeatures(at::Tensor src, at::Tensor dst) : src_(std::move(src)), dst_(std::move(dst)) {}

  /// Features of the source and of the destination nodes.
  struct Sides {
    at::Tensor src;
    at::Tensor dst;
  };
  /// The pair as it is; of a single tensor, the same tensor for both sides of a whole graph, and on
  /// a block its first rows for the destination nodes, which are the first source nodes. Throws
  /// `Error` for a single tensor without one row for each source node. O(1), but for rows that must
  /// be gathered first.
  [[nodiscard]] Sides split(const Graph& graph) const;
  /// The second of them, with no other row gathered.
  [[nodiscard]] at::Tensor dst(const Graph& graph) const;
  /// Whether a pair was given.
  [[nodiscard]] bool is_pair() const { return dst_.defined(); }
  /// The tensor that was given, or the first of the pair; gathers it if need be.
  [[nodiscard]] const at::Tensor& src() const { return column_ ? column_->data() : src_; }

  struct InPlace;
  /// The edges of `graph` and these features for a layer that only aggregates the sources'. For
  /// rows of a larger tensor that have not been gathered, the edges lead from the rows of that
  /// tensor, and the features are a pair of it and the destinations' rows: a gather of `num_src`
  /// rows is saved. Otherwise the graph's own edges and these features. No gradient flows to
  /// features that are rows of another tensor, so those that need one are gathered.
  [[nodiscard]] InPlace in_place(const Graph& graph) const;

 private:
  at::Tensor src_;
  at::Tensor dst_;
  ColumnPtr column_;  // in place of `src_`, if it may have to be gathered
};

struct NodeFeatures::InPlace {
  ops::EdgeIndexPtr edges;
  NodeFeatures feat;
};

}  // namespace grapevine::nn
