#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "grapevine/graph/graph.h"
#include "grapevine/nn/conv_stack.h"
#include "grapevine/nn/model.h"
#include "grapevine/train/inference.h"
#include "grapevine/train/prepare_graph.h"

namespace grapevine::train {

/// What it takes, besides its weights, to make a model that classifies nodes again, and to show it
/// graphs as it has learnt to read them.
struct ModelDescription {
  std::int64_t in_feats = 1;
  std::int64_t out_feats = 1;      ///< classes
  nn::ConvStackOptions options{};  ///< which model, and all its options
  std::string feature = "feat";    ///< which node feature is the input
  std::string edge_feature{};      ///< which edge feature the layers read; empty: none
  bool reverse_edges = true;       ///< whether the graph was given reverse edges
  bool self_loops = false;         ///< whether it was given self-loops
};

/// The model, untrained. Throws `Error` as `nn::make_model` does.
[[nodiscard]] std::shared_ptr<nn::Model> make_model(const ModelDescription& description);

/// How a graph is made as those were that the model learnt from.
[[nodiscard]] PrepareGraphOptions prepare_options(const ModelDescription& description);

/// Throws `Error` that says what differs unless `graph`, which `name` stands for in the message, is
/// homogeneous and has the features that the model reads, in their widths.
void check_fits(const ModelDescription& description, const Graph& graph, const std::string& name);

/// The model's scores of every node, `[num_nodes, out_feats]` on the graph's device, by layer-wise
/// inference; `options` but for the edge feature, which the description names. The graph is taken
/// as it is; see `prepare_options`. Throws `Error` as `check_fits` does.
[[nodiscard]] at::Tensor predict_nodes(nn::Model& model, const ModelDescription& description,
                                       const Graph& graph, InferenceOptions options = {});

}  // namespace grapevine::train
