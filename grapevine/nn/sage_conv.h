#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/pimpl.h>

#include <cstdint>

#include "grapevine/nn/activation.h"
#include "grapevine/nn/conv.h"
#include "grapevine/nn/in_feats.h"

namespace grapevine::nn {

/// How `SAGEConv` combines the in-neighbours' features h_u, each times the edge's weight if there
/// are weights.
enum class SAGEAggregator {
  kMean,  ///< their mean
  kGcn,   ///< (h_v + their sum) / (in-degree + 1), in which the node itself counts as one of them
  kPool,  ///< the largest relu(fc_pool(h_u)), for each feature
  kLstm,  ///< the last state of an LSTM that reads them in the order of edge ids
};

/// Options of `SAGEConv`.
struct SAGEConvOptions {
  SAGEAggregator aggregator_type = SAGEAggregator::kMean;  ///< how neighbours are combined
  double feat_drop = 0.0;                                  ///< dropout of the input features
  bool bias = true;                                        ///< whether a bias is added
  Activation activation{};                                 ///< applied to the result; none if empty
};

/// GraphSAGE: `fc_self(h_dst) + fc_neigh(aggregate of the in-neighbours' h_src)`; with the
/// aggregator gcn, `fc_neigh(aggregate) + bias`. The aggregate of a node without in-edges is 0,
/// with gcn its own features. Mean and gcn multiply before aggregating when that is less work, as
/// it is on a whole graph with `in_src > out`.
///
///     SAGEConv conv(128, 64);
///     at::Tensor h = conv(block, block.srcdata()["feat"]);      // [num_dst, 64]
///     SAGEConv pool(128, 64, SAGEConvOptions{.aggregator_type = SAGEAggregator::kPool});
///
/// Parameters: `fc_neigh.weight` `[out, in_src]`; `fc_self.weight` `[out, in_dst]` and
/// `fc_self.bias` `[out]`, with gcn `bias` `[out]` instead; with pool `fc_pool.weight` `[in_src,
/// in_src]` and `fc_pool.bias` `[in_src]`; with lstm those of a `torch::nn::LSTM` from `in_src` to
/// `in_src`, under `lstm`. Known to `convs()` as "sage".
/// Source: DGL's `SAGEConv`; Hamilton et al., 2017, without their normalisation, which is the
/// caller's to apply.
class SAGEConvImpl : public torch::nn::Cloneable<SAGEConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1, a `feat_drop` outside `[0, 1)` and, with gcn, different
  /// widths of source and destination.
  SAGEConvImpl(const InFeats& in_feats, std::int64_t out_feats, SAGEConvOptions options = {});

  void reset() override;
  /// Xavier-uniform weights with the gain of relu, gcn's bias 0; the other biases and the LSTM as
  /// torch has them.
  void reset_parameters();

  /// `[num_src, *, in_src]` and `[num_dst, *, in_dst]` to `[num_dst, *, out]`; with lstm, without
  /// the dimensions between. `edge_feat` is a weight for each edge, `[num_edges]` or `[num_edges,
  /// 1]`, or undefined.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;
  /// Mean and gcn do, unless dropout changes the features before.
  [[nodiscard]] bool reads_in_place() const override;

  InFeats in_feats;
  std::int64_t out_feats;
  SAGEConvOptions options;
  torch::nn::Linear fc_neigh{nullptr};
  torch::nn::Linear fc_self{nullptr};  ///< none with gcn
  torch::nn::Linear fc_pool{nullptr};  ///< with pool
  torch::nn::LSTM lstm{nullptr};       ///< with lstm
  at::Tensor bias;                     ///< with gcn

 private:
  /// `fc_neigh` of the aggregate over `edges`.
  [[nodiscard]] at::Tensor neighbors(const Graph& graph, const ops::EdgeIndexPtr& edges,
                                     const NodeFeatures& h, const at::Tensor& edge_weight);
};

TORCH_MODULE(SAGEConv);

}  // namespace grapevine::nn
