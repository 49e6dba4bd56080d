#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "grapevine/ops/edge_index.h"
#include "grapevine/ops/message_ops.h"

// Slow and simple versions of the operators, from differentiable ATen calls, that store every
// message.
namespace grapevine::testing_support {

/// The messages `[num_edges, *feature_shape]` in the order of edge ids.
[[nodiscard]] at::Tensor reference_sddmm(const ops::EdgeIndexPtr& edges, ops::BinaryOp op,
                                         const ops::Operand& lhs, const ops::Operand& rhs);

/// The reduced messages `[num_dst, *feature_shape]`.
[[nodiscard]] at::Tensor reference_spmm(const ops::EdgeIndexPtr& edges, ops::BinaryOp op,
                                        ops::Reduce reduce, const ops::Operand& lhs,
                                        const ops::Operand& rhs);

/// Softmax node by node.
[[nodiscard]] at::Tensor reference_edge_softmax(const ops::EdgeIndexPtr& edges,
                                                const at::Tensor& logits, ops::Target norm_by);

/// The operation and targets of a built-in message.
struct MessageKind {
  ops::BinaryOp op;
  ops::Target lhs;
  ops::Target rhs;
  /// "u_add_v".
  [[nodiscard]] std::string name() const;
};

/// Copies of each target and the thirty binary messages.
[[nodiscard]] std::vector<MessageKind> all_messages();
[[nodiscard]] std::vector<ops::Reduce> all_reduces();

/// Feature shapes of two operands that broadcast under `op`.
struct ShapePair {
  std::vector<std::int64_t> lhs;
  std::vector<std::int64_t> rhs;
};
[[nodiscard]] std::vector<ShapePair> shape_pairs(ops::BinaryOp op);

/// Both operands of a message with random values.
struct RandomOperands {
  ops::Operand lhs;
  ops::Operand rhs;
};
[[nodiscard]] RandomOperands random_operands(const ops::EdgeIndex& edges,
                                             const MessageKind& message, const ShapePair& shapes,
                                             at::ScalarType dtype);

/// Whether two tensors have one shape and dtype and values that agree to the dtype's precision.
[[nodiscard]] ::testing::AssertionResult all_close(const at::Tensor& actual,
                                                   const at::Tensor& expected);

}  // namespace grapevine::testing_support
