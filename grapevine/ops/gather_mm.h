#pragma once

#include <ATen/core/Tensor.h>

namespace grapevine::ops {

/// Multiplies each row with a matrix of its own choice: row i of the result is `a[i]` times
/// `b[idx_b[i]]`, for `a` `[n, k]`, `b` `[r, k, m]` and `idx_b` `[n]`, int64 or int32; returns
/// `[n, m]`. Rows are grouped by matrix, so that no matrix is copied for each row. Differentiable
/// any number of times.
///
/// Throws `Error` when sizes do not fit, an index is not in `[0, r)`, and when dtypes or devices
/// differ. O(n * k * m + n log n). The operator `grapevine::gather_mm`. Source: DGL's
/// `dgl.ops.gather_mm`.
///
///     gather_mm(features, weight_of_each_relation, relation_of_each_edge);
[[nodiscard]] at::Tensor gather_mm(const at::Tensor& a, const at::Tensor& b,
                                   const at::Tensor& idx_b);

}  // namespace grapevine::ops
