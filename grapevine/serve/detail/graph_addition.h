#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "grapevine/graph/graph.h"
#include "grapevine/serve/predictor.h"
#include "grapevine/train/model_description.h"

namespace grapevine::serve::detail {

/// The features of the nodes of `addition`, `[num_new_nodes, in_feats]`
/// float32. Throws `Error` for others than the model reads.
[[nodiscard]] at::Tensor added_feat(const train::ModelDescription& description,
                                    const GraphAddition& addition);

/// A prepared graph with `num_nodes` more nodes and the edges of `addition`,
/// prepared likewise. Throws `Error` for ids out of range and edge features
/// other than the model reads.
[[nodiscard]] Graph with_addition(const train::ModelDescription& description, const Graph& graph,
                                  const GraphAddition& addition, std::int64_t num_nodes);

}  // namespace grapevine::serve::detail
