#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <utility>

#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// Options of `SAGEConv`.
struct SAGEConvOptions {
  double feat_drop = 0.0;  ///< dropout of the input features
  bool bias = true;        ///< whether `fc_self` has a bias
};

/// GraphSAGE with the mean aggregator: `fc_self(h_dst) + fc_neigh(mean of the in-neighbours'
/// h_src)`; a node without in-edges gets `fc_self` alone. Multiplies before aggregating when that
/// is less work (`in_src > out`).
///
///     SAGEConv conv(128, 64);
///     at::Tensor h = conv(block, block.srcdata()["feat"]);      // [num_dst, 64]
///
/// Parameters: `fc_self.weight` `[out, in_dst]`, `fc_self.bias` `[out]`, `fc_neigh.weight` `[out,
/// in_src]`. Source: DGL's `SAGEConv` (aggregator "mean"); Hamilton et al., 2017, without their
/// normalisation.
class SAGEConvImpl : public torch::nn::Cloneable<SAGEConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1 or a `feat_drop` outside `[0, 1)`.
  SAGEConvImpl(std::int64_t in_feats, std::int64_t out_feats, SAGEConvOptions options = {});
  /// With different widths of the source and the destination features.
  SAGEConvImpl(std::pair<std::int64_t, std::int64_t> in_feats, std::int64_t out_feats,
               SAGEConvOptions options = {});

  void reset() override;
  /// Xavier-uniform weights with the gain of relu; the bias as `torch::nn::Linear` has it.
  void reset_parameters();

  /// `[num_src, in_src]` and `[num_dst, in_dst]` to `[num_dst, out]`.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  std::int64_t in_src_feats;
  std::int64_t in_dst_feats;
  std::int64_t out_feats;
  SAGEConvOptions options;
  torch::nn::Linear fc_self{nullptr};
  torch::nn::Linear fc_neigh{nullptr};
};

TORCH_MODULE(SAGEConv);

}  // namespace grapevine::nn
