#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "grapevine/graph/graph.h"
#include "grapevine/nn/node_features.h"

namespace grapevine::nn {

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

  /// Whether the layer, as it is now, takes features that have not been gathered from where they
  /// are (`NodeFeatures::in_place`), so that whoever makes the block need not gather them.
  [[nodiscard]] virtual bool reads_in_place() const { return false; }
};

}  // namespace grapevine::nn
