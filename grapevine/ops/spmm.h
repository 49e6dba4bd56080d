#pragma once

#include "grapevine/ops/edge_index.h"
#include "grapevine/ops/message_ops.h"

namespace grapevine::ops {

/// Generalised sparse-matrix product: for each destination node, `reduce` over its in-edges of the
/// message `lhs op rhs`. No per-edge message is stored. Differentiable in both operands, twice for
/// sum and mean.
///
/// Feature shapes broadcast right-aligned after the first dimension, as in DGL; 1-D operands count
/// as `[*, 1]` and give a 1-D result when both are. `kDot` contracts the last dimension, which must
/// be equal, and keeps it as size 1 (dropped when both operands are 1-D). `kCopyLhs` ignores `rhs`.
/// Returns `[num_dst, *feature_shape]`; a node without in-edges gets 0 under every reducer. `kMax`
/// and `kMin` send the gradient to one winning edge, the one with the lowest id among equals.
///
/// Throws `Error` when an operand has the wrong number of rows, is not float32, float64, bfloat16
/// or float16, differs in dtype from the other or does not broadcast with it. O(num_edges * width
/// of the result). The operator `grapevine::gspmm(edges, "u_mul_e", "sum", lhs, rhs)`. Source:
/// DGL's `dgl.ops.gspmm`; Wang et al., 2019.
[[nodiscard]] at::Tensor gspmm(const EdgeIndexPtr& edges, BinaryOp op, Reduce reduce,
                               const Operand& lhs, const Operand& rhs = {});

}  // namespace grapevine::ops
