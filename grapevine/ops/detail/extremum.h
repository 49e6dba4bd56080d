#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/detail/contract.h"

namespace grapevine::ops::detail {

/// The maximum or minimum, for each destination and feature, of the messages that `message`
/// describes; its `out_target` is `kDst` and its `shapes.out` the feature space, or that with the
/// last size 1 (the messages are summed over that dimension first).
struct Extremum {
  Contraction message;
  bool maximum = true;
};

/// Both `[num_dst, *shapes.out]`; winners are edge ids, or -1 where there is no edge, or undefined
/// if not asked for.
struct ExtremumResult {
  at::Tensor values;
  at::Tensor winners;
};

/// The values; 0 without edges. The gradient goes to the winning edges alone.
[[nodiscard]] at::Tensor extremum(const EdgeIndexPtr& edges, const Extremum& extremum,
                                  const at::Tensor& lhs, const at::Tensor& rhs);

/// The values and, if `with_winners`, who won; without gradient.
[[nodiscard]] ExtremumResult find_extremum(const EdgeIndex& edges, const Extremum& extremum,
                                           const at::Tensor& lhs, const at::Tensor& rhs,
                                           bool with_winners);

}  // namespace grapevine::ops::detail
