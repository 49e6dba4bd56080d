#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "grapevine/graph/graph.h"

namespace grapevine::nn::detail {

/// Throws `Error` unless `data` is a tensor with `rows` rows; `name` is how the message calls it.
void check_rows(std::string_view name, const at::Tensor& data, std::int64_t rows);

/// Throws `Error` unless `data` is `[rows, ..., width]` of a floating dtype.
void check_features(std::string_view name, const at::Tensor& data, std::int64_t rows,
                    std::int64_t width);

/// A weight for each edge as `[num_edges, 1]`, which broadcasts with features of any shape. Throws
/// `Error` unless it is `[num_edges]` or `[num_edges, 1]` of a floating dtype.
[[nodiscard]] at::Tensor edge_weights(std::string_view layer, const at::Tensor& edge_weight,
                                      std::int64_t num_edges);

/// Throws `Error` if there are edge features, for a layer that reads none.
void check_no_edge_features(std::string_view layer, const at::Tensor& edge_feat);

/// Throws `Error` unless `probability` is in `[0, 1)`.
void check_dropout(std::string_view name, double probability);

/// Throws `Error` if a destination has no in-edge.
void check_in_degrees(std::string_view layer, const Graph& graph);

/// Throws `Error` unless `size` is positive.
void check_positive(std::string_view name, std::int64_t size);

}  // namespace grapevine::nn::detail
