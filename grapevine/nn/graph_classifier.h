#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "grapevine/nn/conv.h"
#include "grapevine/ops/message_ops.h"

namespace grapevine::nn {

/// Options of `GraphClassifier`; the defaults are the GIN paper's.
struct GraphClassifierOptions {
  std::string conv = "gin";                           ///< which layer, by its name in `convs()`
  std::map<std::string, std::string> conv_options{};  ///< its options, by name
  std::int64_t layers = 4;   ///< how many of them; the paper counts the input as one more
  std::int64_t hidden = 64;  ///< width between them, of each head
  double dropout = 0.5;      ///< of each layer's scores, while training
  ops::Reduce pooling = ops::Reduce::kSum;  ///< how a graph's nodes are put together
};

/// A classifier of whole graphs: layers of the same graph convolution, each followed by batch
/// normalisation and ReLU, and a score that every layer's output adds to,
///
///     h_0 = feat,  h_i = relu(batch_norm_i(conv_i(graph, h_{i-1})))
///     scores = sum over i from 0 of dropout(linear_i(pool(h_i)))
///
/// where `pool` reduces over the nodes of each graph, by a sum unless told otherwise. With the
/// layer "gin" it is the graph isomorphism network, whose perceptrons have two layers with batch
/// normalisation between them.
///
///     GraphClassifier model(3, 2);
///     at::Tensor scores = model(batch({g1, g2}), feat);   // [2, 2]
///
/// Parameters: those of `conv0` and `batch_norm0`, `conv1` and `batch_norm1` and so on, and of
/// `linear_prediction0` for the input, `linear_prediction1` for the first layer's output and so on.
/// Source: Xu et al., 2019; DGL's example `gin`.
class GraphClassifierImpl : public torch::nn::Cloneable<GraphClassifierImpl> {
 public:
  /// Throws `Error` for an unknown layer, sizes below 1 and a dropout outside `[0, 1)`.
  GraphClassifierImpl(std::int64_t in_feats, std::int64_t num_classes,
                      GraphClassifierOptions options = {});
  void reset() override;

  /// `[num_nodes, in]` to a row for each graph of the batch, `[batch_size, num_classes]`. Throws
  /// `Error` for features of another shape and, while training, for fewer than two nodes, which
  /// cannot be normalised.
  at::Tensor forward(const Graph& graph, const at::Tensor& feat);

  std::int64_t in_feats;
  std::int64_t num_classes;
  GraphClassifierOptions options;
  std::vector<std::shared_ptr<Conv>> convs;
  std::vector<torch::nn::BatchNorm1d> batch_norms;
  std::vector<torch::nn::Linear> linear_prediction;
};

TORCH_MODULE(GraphClassifier);

}  // namespace grapevine::nn
