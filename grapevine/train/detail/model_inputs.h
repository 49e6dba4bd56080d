#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "grapevine/graph/graph.h"

namespace grapevine::train::detail {

/// What a model reads of a graph.
struct ModelInputs {
  Graph graph;      ///< the structure, with the edge feature that is read and no other feature
  at::Tensor feat;  ///< `[num_nodes, num_features]` float32
};

/// Takes the node feature `feature` and, unless the name is empty, the edge feature `edge_feature`,
/// as float32; one number for each edge becomes a column of one.
[[nodiscard]] ModelInputs model_inputs(const Graph& graph, const std::string& feature,
                                       const std::string& edge_feature);

/// Throws `Error` that begins with `what` unless `graph` is homogeneous and has these features:
/// floats `[num_nodes, num_features]`, and numbers `[num_edges]` or `[num_edges, num_features]`.
void check_model_inputs(const Graph& graph, const std::string& feature,
                        const std::string& edge_feature, const std::string& what);

/// Width of the edge feature, which may be one number for each edge; 0 for an empty name.
[[nodiscard]] std::int64_t edge_feats_of(const Graph& graph, const std::string& edge_feature);

}  // namespace grapevine::train::detail
