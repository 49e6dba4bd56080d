#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `GatedGraphConv`.
struct GatedGraphConvOptions {
  bool bias = true;  ///< whether `gru` has biases; the matrices always have
};

/// Gated graph convolution: a gated recurrent unit reads `n_steps` times what the in-neighbours
/// send, `h_v <- gru(sum over u -> v of linears[type(u -> v)](h_u), h_v)`. It starts from the
/// input, padded with zeros to `out_feats`.
///
///     GatedGraphConv conv(10, 16, 5, 3);
///     at::Tensor h = conv(graph, feat, graph.edata()["type"]);    // [num_nodes, 16]
///
/// Each matrix is applied once to each node that has an out-edge of its type, not to each edge.
/// Parameters: `linears.i.weight` `[out, out]` (Xavier-normal with the gain of relu) and
/// `linears.i.bias` `[out]` (zeros) for each edge type, `gru` (as `torch::nn::GRUCell` has them).
/// Source: DGL's `GatedGraphConv`; Li et al., 2016.
class GatedGraphConvImpl : public torch::nn::Cloneable<GatedGraphConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes, steps or types below 1 and for `in_feats` above `out_feats`.
  GatedGraphConvImpl(std::int64_t in_feats, std::int64_t out_feats, std::int64_t n_steps,
                     std::int64_t n_etypes, GatedGraphConvOptions options = {});

  void reset() override;
  void reset_parameters();

  /// `[num_nodes, in]` to `[num_nodes, out]`; `etypes` `[num_edges]`, int64 or int32, is each
  /// edge's type in `[0, n_etypes)`, which may be left out if there is but one. Throws `Error` for
  /// types that are missing, misshapen or out of range and for a block of some nodes.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& etypes = {}) override;

  [[nodiscard]] bool reads_beyond_block() const override { return true; }

  std::int64_t in_feats;
  std::int64_t out_feats;
  std::int64_t n_steps;
  std::int64_t n_etypes;
  GatedGraphConvOptions options;
  torch::nn::ModuleList linears{nullptr};
  torch::nn::GRUCell gru{nullptr};

 private:
  void check_etypes(const Graph& graph, const at::Tensor& etypes) const;
};

TORCH_MODULE(GatedGraphConv);

}  // namespace grapevine::nn
