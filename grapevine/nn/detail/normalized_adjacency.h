#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "grapevine/graph/graph.h"
#include "grapevine/nn/conv.h"

namespace grapevine::nn::detail {

/// Which degrees an edge without a weight from u to v is normalised by.
enum class DegreeNorm {
  kIn,    ///< 1 / sqrt(in_degree(u) * in_degree(v))
  kBoth,  ///< 1 / sqrt(out_degree(u) * in_degree(v))
};

/// Multiplication by the normalised adjacency matrix: the hop of layers that take several. With
/// weights, an edge counts `weight / sqrt(sum of u's out-edges * sum of v's in-edges)` instead.
/// Degrees count at least 1. The factors are made once, one for each edge, so a hop is one fused
/// product.
class NormalizedAdjacency {
 public:
  /// `edge_weight` is `[num_edges]`, `[num_edges, 1]` or undefined; `like` has the features' dtype.
  /// Throws `Error` for weights of another shape and for those that are not positive.
  NormalizedAdjacency(std::string_view layer, const Graph& graph, const at::Tensor& edge_weight,
                      const at::Tensor& like, DegreeNorm norm = DegreeNorm::kIn);

  /// `[num_nodes, *]` to the same shape.
  [[nodiscard]] at::Tensor operator*(const at::Tensor& h) const { return multiply(h, factors_); }
  /// With other factors of the edges, `[num_edges, 1]`.
  [[nodiscard]] at::Tensor multiply(const at::Tensor& h, const at::Tensor& factors) const;
  /// `[num_edges, 1]`.
  [[nodiscard]] const at::Tensor& factors() const { return factors_; }

 private:
  AdjacencyPtr edges_;
  at::Tensor factors_;
};

/// The features of all nodes, for a layer that needs the same nodes on both sides. Throws `Error`
/// for a graph or block whose source nodes are not its destination nodes, for a pair of features
/// and for the wrong number of rows.
[[nodiscard]] at::Tensor features_of_all_nodes(std::string_view layer, const Graph& graph,
                                               const NodeFeatures& feat);

/// The same, and throws `Error` unless they are `[num_nodes, ..., width]` of a floating dtype.
[[nodiscard]] at::Tensor features_of_all_nodes(std::string_view layer, const Graph& graph,
                                               const NodeFeatures& feat, std::int64_t width);

/// Throws `Error` if `hops` is negative, or less than `least`.
void check_hops(std::string_view name, std::int64_t hops, std::int64_t least);

}  // namespace grapevine::nn::detail
