#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "grapevine/graph/graph.h"
#include "grapevine/ops/message_ops.h"

// What the pooling layers have in common.
namespace grapevine::nn::detail {

/// Throws `Error` unless `feat` is a floating tensor with a row for each node of `graph`, which has
/// one node type and is no block; `layer` is how the message calls who asks.
void check_node_rows(std::string_view layer, const Graph& graph, const at::Tensor& feat);

/// The same and that `feat` is `[num_nodes, width]`; a width of 0 stands for any but 0.
void check_node_features(std::string_view layer, const Graph& graph, const at::Tensor& feat,
                         std::int64_t width = 0);

/// Reduces `feat` `[num_nodes, *shape]` over each graph: `[batch_size, *shape]`.
[[nodiscard]] at::Tensor pool_nodes(std::string_view layer, const Graph& graph,
                                    const at::Tensor& feat, ops::Reduce reduce);

}  // namespace grapevine::nn::detail
