#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/detail/contraction.h"
#include "grapevine/ops/edge_index.h"

namespace grapevine::ops::detail {

/// Both `[num_dst, *shapes.out]`. A winner is the row of the operand that is copied, or else the id
/// of an edge; -1 where there is no edge. In int32 if no number of nodes or edges needs more, else
/// int64. If they were not asked for they are empty.
struct ExtremumResult {
  at::Tensor values;
  at::Tensor winners;
};

/// The values, 0 without edges, and, if `with_winners`, where they are from: the edge with the
/// lowest id among equals, and NaN before all. The gradient goes to the winners alone.
/// Half-precision messages are computed and compared in float32. The operator `grapevine::extremum`
/// of PyTorch's dispatcher.
[[nodiscard]] ExtremumResult extremum(const EdgeIndexPtr& edges, const Extremum& extremum,
                                      const at::Tensor& lhs, const at::Tensor& rhs,
                                      bool with_winners = false);

}  // namespace grapevine::ops::detail
