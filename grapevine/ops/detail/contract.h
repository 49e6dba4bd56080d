#pragma once

#include <ATen/core/Tensor.h>

#include "grapevine/ops/detail/broadcast.h"
#include "grapevine/ops/edge_index.h"
#include "grapevine/ops/message_ops.h"

namespace grapevine::ops::detail {

/// The one operation behind all messages that are summed or not reduced. Over all edges e and all
/// positions f of the feature space,
///
///     out[row of e at out_target][f in shapes.out] += lhs[row of e][f in shapes.lhs] op rhs[row of
///     e][...]
///
/// where a position is brought to a shape by ignoring the dimensions in which that has size 1. So
/// one operation multiplies, sums over edges and sums over broadcast dimensions at once, and its
/// gradients are of its own kind: the result and an operand change places.
struct Contraction {
  KernelOp op = KernelOp::kCopy;
  Target lhs_target = Target::kSrc;
  Target rhs_target = Target::kEdge;  ///< without meaning for a copy
  Target out_target = Target::kDst;
  MessageShapes shapes;
  bool mean = false;  ///< divide each row by its number of edges; `out_target` is a node
};

/// `lhs` is `[rows of lhs_target, *shapes.lhs]`, `rhs` likewise (undefined for a copy), the result
/// `[rows of out_target, *shapes.out]`. Differentiable any number of times. The result does not
/// depend on the number of threads.
[[nodiscard]] at::Tensor contract(const EdgeIndexPtr& edges, const Contraction& contraction,
                                  const at::Tensor& lhs, const at::Tensor& rhs);

}  // namespace grapevine::ops::detail
