#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "grapevine/graph/graph.h"
#include "grapevine/nn/model.h"

namespace grapevine::train {

/// Options of `layerwise_inference`.
struct InferenceOptions {
  std::int64_t batch_size = 65536;  ///< nodes whose new features are computed at a time
  std::string edge_feature;         ///< the edge feature that the model reads; empty: none
  /// A folder on whose disk the features that each layer computes are kept (`io::scratch_tensor`),
  /// so that only those of a batch take memory; empty: in memory. A layer that gets the whole graph
  /// computes its features in memory all the same.
  std::filesystem::path scratch{};
};

/// The model's output for every node, `[num_nodes, out]`, computed one layer at a time over the
/// whole graph, each layer in batches of nodes with all their in-edges. Equal to
/// `model.forward(graph, feat)`, but needs memory for two layers' features and one batch only, and
/// each node's features are computed once a layer; a layer that reads beyond a block, and a model
/// of one piece, get the whole graph. Blocks are computed on the model's device; the features
/// between layers stay where `feat` is. A graph that is not on the CPU is there whole anyway, so
/// each of its layers is computed in one batch. Evaluation mode, without gradients. With `scratch`
/// and `feat` mapped from a file, the graph's structure and a batch are all that is in memory.
///
/// Throws `Error` unless `graph` is homogeneous and `feat` is `[num_nodes, in]`.
/// Source: the inference part of DGL's tutorial L1, "Training GNN with Neighbor Sampling for Node
/// Classification".
[[nodiscard]] at::Tensor layerwise_inference(nn::Model& model, const Graph& graph,
                                             const at::Tensor& feat,
                                             const InferenceOptions& options = {});

}  // namespace grapevine::train
