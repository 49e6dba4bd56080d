#pragma once

#include "grapevine/ops/edge_index.h"
#include "grapevine/ops/message_ops.h"

namespace grapevine::ops {

/// Generalised sampled dense-dense product: `lhs op rhs` for each edge, in the order of edge ids:
/// `[num_edges, *feature_shape]`. Shapes, dtypes and errors as in `gspmm`. Differentiable twice.
/// The operator `grapevine::gsddmm(edges, "u_dot_v", lhs, rhs)`. Source: DGL's `dgl.ops.gsddmm`.
[[nodiscard]] at::Tensor gsddmm(const EdgeIndexPtr& edges, BinaryOp op, const Operand& lhs,
                                const Operand& rhs = {});

}  // namespace grapevine::ops
