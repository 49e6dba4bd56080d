#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/message_ops.h"

namespace grapevine::ops {

/// Reduces consecutive rows: segment i has the next `lengths[i]` rows of `values`. `lengths` is
/// `[num_segments]`, int64 or int32, `values` `[num_rows, *feature_shape]`, float32, float64,
/// bfloat16 or float16; returns `[num_segments, *feature_shape]` in the dtype of `values`, sums of
/// half precision rounded once. An empty segment gives 0 under every reducer. `kMax` and `kMin`
/// send the gradient to one winner, the first among equals; sum and mean are differentiable twice.
///
/// With `weight`, `[num_rows, *shape]` of the same rank and dtype, reduces `values * weight`, whose
/// feature shapes broadcast, without making that product; the gradient reaches both.
///
/// Throws `Error` when `lengths` are negative or do not sum to the number of rows, for a `weight`
/// that does not fit, and for other dtypes. O(num_rows * width). The operator
/// `grapevine::segment_reduce(lengths, values, "mean", weight)`.
/// Source: DGL's `dgl.ops.segment_reduce`.
///
///     segment_reduce(graphs_nodes, features, Reduce::kMean);  // one row for each graph of a batch
[[nodiscard]] at::Tensor segment_reduce(const at::Tensor& lengths, const at::Tensor& values,
                                        Reduce reduce = Reduce::kSum,
                                        const at::Tensor& weight = {});

}  // namespace grapevine::ops
