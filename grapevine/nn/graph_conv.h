#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// How `GraphConv` weighs a message from u to v; degrees count at least 1.
enum class GraphConvNorm {
  kBoth,   ///< 1 / sqrt(out_degree(u) * in_degree(v))
  kRight,  ///< 1 / in_degree(v): the mean
  kLeft,   ///< 1 / out_degree(u): each node shares its features out
  kNone,   ///< 1: the sum
};

/// Options of `GraphConv`.
struct GraphConvOptions {
  GraphConvNorm norm = GraphConvNorm::kBoth;  ///< how messages are weighed
  bool weight = true;                         ///< whether the sum is multiplied by a matrix
  bool bias = true;                           ///< whether a bias is added
  Activation activation{};                    ///< applied to the result; none if empty
  /// Whether nodes without in-edges get the bias alone, or an `Error`.
  bool allow_zero_in_degree = false;
};

/// The graph convolution of GCN: a normalised sum over the in-neighbours, times a matrix, plus a
/// bias. Multiplies before aggregating when that is less work, as on a whole graph with `in > out`.
/// The destination features are not read: add self-loops (`add_self_loop`) for a node to see
/// itself.
///
///     GraphConv conv(1433, 16);
///     at::Tensor h = conv(graph, graph.ndata()["feat"]);        // [num_nodes, 16]
///
/// Parameters: `weight` `[in, out]` (Xavier-uniform), `bias` `[out]` (zeros). Known to `convs()` as
/// "gcn". On a block, degrees are those of the block.
/// Source: DGL's `GraphConv`, without its external weight; Kipf and Welling, 2017.
class GraphConvImpl : public torch::nn::Cloneable<GraphConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1, and for different ones without a weight.
  GraphConvImpl(std::int64_t in_feats, std::int64_t out_feats, GraphConvOptions options = {});

  void reset() override;
  void reset_parameters();

  /// `[num_src, *, in]` to `[num_dst, *, out]`. Throws `Error` if a destination has no in-edge,
  /// unless that is allowed.
  /// With `edge_feat`, a weight for each edge `[num_edges]` or `[num_edges, 1]`, its message is
  /// multiplied by that besides; the normalisation still counts edges (`EdgeWeightNorm` makes
  /// weights that replace it, for `GraphConvNorm::kNone`).
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  [[nodiscard]] bool needs_in_edges() const override { return !options.allow_zero_in_degree; }
  [[nodiscard]] bool reads_beyond_block() const override {
    return options.norm == GraphConvNorm::kBoth || options.norm == GraphConvNorm::kLeft;
  }

  std::int64_t in_feats;
  std::int64_t out_feats;
  GraphConvOptions options;
  at::Tensor weight;
  at::Tensor bias;

 private:
  /// The normalised sum.
  [[nodiscard]] at::Tensor aggregate(const Graph& graph, at::Tensor h,
                                     const at::Tensor& edge_weight) const;
};

TORCH_MODULE(GraphConv);

}  // namespace grapevine::nn
