#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/modules/container/any.h>

#include <cstdint>
#include <string_view>

#include "grapevine/graph/graph.h"
#include "grapevine/nn/conv.h"

// What `GINConv` and `GINEConv` have in common.
namespace grapevine::nn::detail {

/// Throws `Error` unless there is a row for each node of either side, all of the same width.
void check_gin_features(std::string_view layer, const ops::EdgeIndex& edges,
                        const NodeFeatures::Sides& feat);

/// `apply_func((1 + eps) * h_dst + h_neigh)`.
[[nodiscard]] at::Tensor gin_update(std::string_view layer, torch::nn::AnyModule& apply_func,
                                    const at::Tensor& eps, const at::Tensor& h_dst,
                                    const at::Tensor& h_neigh);

/// The perceptron of the GIN paper: linear, batch normalisation, ReLU, linear.
[[nodiscard]] torch::nn::AnyModule gin_perceptron(std::int64_t in_feats, std::int64_t out_feats);

}  // namespace grapevine::nn::detail
