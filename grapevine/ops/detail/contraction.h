#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <string_view>

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

/// The maximum or minimum, for each destination and feature, of the messages that `message`
/// describes; its `out_target` is `kDst` and its `shapes.out` the feature space, or that with the
/// last size 1 (the messages are summed over that dimension first).
struct Extremum {
  Contraction message;
  bool maximum = true;
};

/// The arguments of the operators `contract` and `extremum` besides the edges.
struct ContractionArguments {
  std::string_view formula;  ///< "u_mul_e->sum_v"; what of it differs between the two: the reducer
  const at::Tensor& lhs;
  const std::optional<at::Tensor>& rhs;
  at::IntArrayRef out_shape;  ///< without the first dimension
};

/// What the arguments mean, checked in full: whatever comes back, the kernels can run. Throws
/// `Error` for formulas that the operator does not have, rows, dtypes and devices that do not fit,
/// and shapes that do not broadcast. Reads no values.
[[nodiscard]] Contraction parse_contraction(const EdgeIndex& edges,
                                            const ContractionArguments& arguments);
[[nodiscard]] Extremum parse_extremum(const EdgeIndex& edges,
                                      const ContractionArguments& arguments);

/// The formula of an operation, for the other way.
[[nodiscard]] std::string formula_of(const Contraction& contraction);
[[nodiscard]] std::string formula_of(const Extremum& extremum);

/// `[rows of out_target, *shapes.out]`.
[[nodiscard]] at::DimVector output_shape(const EdgeIndex& edges, const Contraction& contraction);

/// Whether no message reaches any output, so that the result is known without looking: 0.
[[nodiscard]] bool is_empty(const EdgeIndex& edges, const Contraction& contraction);

}  // namespace grapevine::ops::detail
