#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <utility>

#include "grapevine/graph/graph.h"

namespace grapevine::nn {

/// The node features that a layer reads: one tensor for all nodes of the graph, or a pair for its
/// source and its destination nodes. Converts from either, so that both are simply passed to
/// `forward`.
///
///     conv(graph, graph.ndata()["feat"]);             // [num_src, *in]
///     conv(block, std::pair(h_src, h_dst));           // [num_src, *in_src], [num_dst, *in_dst]
class NodeFeatures {
 public:
  NodeFeatures(at::Tensor feat) : src_(std::move(feat)) {}  // NOLINT(google-explicit-constructor)
  NodeFeatures(const FeatureRef& feat)
      : src_(feat.tensor()) {}                          // NOLINT(google-explicit-constructor)
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
  /// `Error` for a single tensor without one row for each source node. O(1).
  [[nodiscard]] Sides split(const Graph& graph) const;
  /// Whether a pair was given.
  [[nodiscard]] bool is_pair() const { return dst_.defined(); }

 private:
  at::Tensor src_;
  at::Tensor dst_;
};

/// What all graph convolutions have in common, so that models, the trainer and the command line
/// reach a layer by name. A layer derives from `torch::nn::Cloneable<LayerImpl>` and from `Conv`,
/// and adds itself to `convs()` (nn/conv_registry.h) in its own source. `forward` is one function,
/// not several overloads, because `torch::nn::ModuleHolder` cannot call those.
class Conv {
 public:
  virtual ~Conv() = default;

  /// New features of the destination nodes: `[num_dst, *out]`, or `[num_dst, num_heads, *out]` of a
  /// layer with heads. `graph` has one relation; it may be a whole graph or a block. `edge_feat` is
  /// what the layer reads of the edges, in the order of their ids: a weight each, `[num_edges]` or
  /// `[num_edges, 1]`, or features `[num_edges, *in_edge]`; undefined for none. Throws `Error` for
  /// features of the wrong shape, for edge features that the layer does not read, and for missing
  /// ones that it needs.
  virtual at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                             const at::Tensor& edge_feat = {}) = 0;

  /// How many heads the result has a dimension for; 0 if it has none.
  [[nodiscard]] virtual std::int64_t num_heads() const { return 0; }

  /// Whether a destination without in-edges is an error, so that self-loops should be added
  /// beforehand.
  [[nodiscard]] virtual bool needs_in_edges() const { return false; }

  /// Whether a result depends on more of the graph than the in-edges of its node: on how many edges
  /// leave a source node, or on nodes several edges away. A block of some destinations does not
  /// know that, so layer-wise inference gives such a layer the whole graph.
  [[nodiscard]] virtual bool reads_beyond_block() const { return false; }
};

}  // namespace grapevine::nn
