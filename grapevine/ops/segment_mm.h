#pragma once

#include <ATen/core/Tensor.h>

namespace grapevine::ops {

/// A matrix product for each segment of rows: the next `lengths[i]` rows of `a` `[n, k]` are
/// multiplied with `b[i]`, of `b` `[num_segments, k, m]`; returns `[n, m]`. `lengths` is
/// `[num_segments]`, int64 or int32, best on the CPU. Differentiable any number of times.
///
/// Throws `Error` when sizes do not fit, `lengths` are negative or do not sum to n, and when dtypes
/// or devices of `a` and `b` differ. One product a segment that is not empty, O(n * k * m) in all.
/// The operator `grapevine::segment_mm`. Source: DGL's `dgl.ops.segment_mm`.
[[nodiscard]] at::Tensor segment_mm(const at::Tensor& a, const at::Tensor& b,
                                    const at::Tensor& lengths);

}  // namespace grapevine::ops
