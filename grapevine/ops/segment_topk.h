#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace grapevine::ops {

struct SegmentTopkOptions {
  bool descending = true;  ///< the largest values; if false, the smallest
  /// The column that whole rows are ranked by, from -width to width - 1 (-1 is the last); without
  /// one, every column is ranked by itself.
  std::optional<std::int64_t> sortby = std::nullopt;
};

struct SegmentTopk {
  at::Tensor values;   ///< `[num_segments, k]` or `[num_segments, k, width]`
  at::Tensor indices;  ///< int64, of the shape of `values`, or `[num_segments, k]` with `sortby`
};

/// The first `k` rows of each segment in the order of their values: segment i has the next
/// `lengths[i]` rows of `values`. `lengths` is `[num_segments]`, int64 or int32, and `values`
/// `[num_rows]` or `[num_rows, width]` of any real dtype. An index is the row's position in its
/// segment. Of equal rows the first comes first, and NaN counts as the largest value. Where a
/// segment has fewer than `k` rows, values are 0 and indices -1. Differentiable in `values`, any
/// number of times.
///
///     auto [values, indices] = segment_topk(lengths, scores, 3);
///
/// Throws `Error` when `lengths` are negative or do not sum to the number of rows, for a negative
/// `k`, other shapes, complex values, and a `sortby` that is no column. Sorts a table padded to the
/// longest segment, or all rows where that table would have more than four times as many. Source:
/// DGL's `topk_nodes`, whose padded indices are not defined and which also turns infinite values
/// into 0.
[[nodiscard]] SegmentTopk segment_topk(const at::Tensor& lengths, const at::Tensor& values,
                                       std::int64_t k, const SegmentTopkOptions& options = {});

}  // namespace grapevine::ops
