#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/container/sequential.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "grapevine/nn/conv.h"

namespace grapevine::nn {

/// How `PNAConv` combines the messages that reach a node, for each feature.
enum class PNAAggregator {
  kMean,
  kMax,
  kMin,
  kSum,
  kStd,      ///< standard deviation
  kVar,      ///< variance
  kMoment3,  ///< the third root of the third central moment; likewise the next two
  kMoment4,
  kMoment5,
};

/// What `PNAConv` multiplies the combined messages of a node of in-degree d by.
enum class PNAScaler {
  kIdentity,       ///< 1
  kAmplification,  ///< log(d + 1) / delta
  kAttenuation,    ///< delta / log(d + 1)
};

/// Options of `PNAConv`; those without a default of DGL's have the paper's.
struct PNAConvOptions {
  std::vector<PNAAggregator> aggregators{PNAAggregator::kMean, PNAAggregator::kMax,
                                         PNAAggregator::kMin, PNAAggregator::kStd};
  std::vector<PNAScaler> scalers{PNAScaler::kIdentity, PNAScaler::kAmplification,
                                 PNAScaler::kAttenuation};
  double delta = 1.0;               ///< the mean of log(d + 1) over the training graphs' nodes
  double dropout = 0.0;             ///< of each tower's output
  std::int64_t num_towers = 1;      ///< divides both sizes
  std::int64_t edge_feat_size = 0;  ///< width of the edge features; 0: none
  bool residual = true;             ///< add the input, if the sizes are equal
};

/// One tower of `PNAConv`: what messages are made with (`M`), and what combines them with the
/// node's own features (`U`).
class PNATowerImpl : public torch::nn::Cloneable<PNATowerImpl> {
 public:
  /// `num_combined` is the number of aggregators times that of scalers.
  PNATowerImpl(std::int64_t in_size, std::int64_t out_size, std::int64_t num_combined,
               std::int64_t edge_feat_size);
  void reset() override;

  std::int64_t in_size;
  std::int64_t out_size;
  std::int64_t num_combined;
  std::int64_t edge_feat_size;
  torch::nn::Linear M{nullptr};
  torch::nn::Linear U{nullptr};
  torch::nn::BatchNorm1d batchnorm{nullptr};
};

TORCH_MODULE(PNATower);

/// Principal neighbourhood aggregation. Each tower takes its share of the features; a message is
/// `M` of source, destination and edge features, side by side; every aggregator combines the
/// messages of a node, every scaler scales each of the results, and `U` takes these and the node's
/// own features. Each tower's output is divided by the root of the number of nodes of its graph,
/// batch normalised and dropped out; all of them go through a linear layer and a leaky ReLU, and
/// the input is added. Without in-edges all that is combined is 0.
///
///     PNAConv conv(64, 64, PNAConvOptions{.delta = 1.3, .num_towers = 4});
///     at::Tensor h = conv(graph, graph.ndata()["feat"]);        // [num_nodes, 64]
///
/// What the destination adds to a message is the same for all of them and is added after combining.
/// So no message is stored, unless for the moments, or for std and var with edge features.
///
/// Parameters: for tower i, `towers.i.M`, `towers.i.U` and `towers.i.batchnorm`; `mixing_layer.0`.
/// Known to `convs()` as "pna". Source: DGL's `PNAConv`; Corso et al., 2020.
class PNAConvImpl : public torch::nn::Cloneable<PNAConvImpl>, public Conv {
 public:
  /// Throws `Error` for sizes below 1 or that `num_towers` does not divide, no aggregators or
  /// scalers, a `delta` that is not positive and a `dropout` outside `[0, 1)`.
  PNAConvImpl(std::int64_t in_size, std::int64_t out_size, PNAConvOptions options = {});
  void reset() override;

  /// `[num_nodes, in]` to `[num_nodes, out]`. `edge_feat` is `[num_edges, edge_feat_size]`, or
  /// undefined without a size. The graphs of a batch count apart. Throws `Error` for a block, a
  /// bipartite graph or a pair of features, as the layer needs the number of nodes of each graph,
  /// and for a single node while training.
  at::Tensor forward(const Graph& graph, const NodeFeatures& feat,
                     const at::Tensor& edge_feat = {}) override;

  [[nodiscard]] bool reads_beyond_block() const override { return true; }

  std::int64_t in_size;
  std::int64_t out_size;
  PNAConvOptions options;
  torch::nn::ModuleList towers{nullptr};
  torch::nn::Sequential mixing_layer{nullptr};

 private:
  [[nodiscard]] at::Tensor check_input(const Graph& graph, const NodeFeatures& feat,
                                       const at::Tensor& edge_feat) const;
  [[nodiscard]] std::vector<at::Tensor> combine(const Graph& graph, const at::Tensor& h,
                                                const at::Tensor& edge_feat) const;
  [[nodiscard]] at::Tensor update(std::size_t tower, const at::Tensor& h,
                                  const std::vector<at::Tensor>& combined,
                                  const at::Tensor& factors) const;
  [[nodiscard]] at::Tensor scale_factors(const at::Tensor& in_degrees) const;
};

TORCH_MODULE(PNAConv);

}  // namespace grapevine::nn
