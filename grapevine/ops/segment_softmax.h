#pragma once

#include <ATen/core/Tensor.h>

namespace grapevine::ops {

/// Softmax over the rows of each segment, separately for each feature: segment i has the next
/// `lengths[i]` rows of `values` `[num_rows, *feature_shape]`. Shape and dtype of the result are
/// those of `values`. Stable for large values; differentiable. Dtypes, errors and cost as in
/// `segment_reduce`. The operator `grapevine::segment_softmax`. Source: DGL's
/// `dgl.ops.segment_softmax`.
[[nodiscard]] at::Tensor segment_softmax(const at::Tensor& lengths, const at::Tensor& values);

}  // namespace grapevine::ops
