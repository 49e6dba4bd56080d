#include "grapevine/ops/detail/message_operands.h"

#include <algorithm>
#include <string>

#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/grouping.h"
#include "grapevine/util/error.h"

namespace grapevine::ops::detail {
namespace {

std::string row_name(Target target) {
  return target == Target::kEdge ? "edge"
                                 : (target == Target::kSrc ? "source node" : "destination node");
}

void check_operand(const std::string& message, const EdgeIndex& edges, const Operand& operand) {
  const std::string_view letter = name(operand.target);
  check(operand.data.defined() && operand.data.dim() > 0,
        "{}: feature of {}: expected a tensor with one row for each {}", message, letter,
        row_name(operand.target));
  const at::ScalarType dtype = operand.data.scalar_type();
  check(is_feature_dtype(dtype), "{}: feature of {} must be {}, got {}", message, letter,
        kFeatureDtypes, c10::toString(dtype));
  const std::int64_t expected = num_rows(edges, operand.target);
  check(operand.data.size(0) == expected,
        "{}: feature of {}: expected {} rows, one for each {}, got {}", message, letter, expected,
        row_name(operand.target), operand.data.size(0));
}

void check_pair(const std::string& message, const Operand& lhs, const Operand& rhs) {
  check(lhs.data.scalar_type() == rhs.data.scalar_type(),
        "{}: expected features of one dtype, got {} of {} and {} of {}", message,
        c10::toString(lhs.data.scalar_type()), name(lhs.target),
        c10::toString(rhs.data.scalar_type()), name(rhs.target));
  if (lhs.data.device() != rhs.data.device()) {
    fail("{}: expected features on one device, got {} of {} and {} of {}", message,
         lhs.data.device().str(), name(lhs.target), rhs.data.device().str(), name(rhs.target));
  }
}

/// Sizes after the first dimension; a 1-D tensor counts as one feature of size 1.
Shape feature_shape(const at::Tensor& data) {
  return data.dim() == 1 ? Shape{1} : Shape(data.sizes().begin() + 1, data.sizes().end());
}

at::Tensor reshape_features(const at::Tensor& data, const Shape& shape) {
  at::DimVector sizes = {data.size(0)};
  sizes.append(shape.begin(), shape.end());
  return data.sizes() == sizes ? data : data.reshape(sizes);
}

KernelOp kernel_op(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd:
    case BinaryOp::kSub:
      return KernelOp::kAdd;
    case BinaryOp::kMul:
    case BinaryOp::kDiv:
    case BinaryOp::kDot:
      return KernelOp::kMul;
    case BinaryOp::kCopyLhs:
      break;
  }
  return KernelOp::kCopy;
}

MessageShapes common_shapes(const std::string& message, BinaryOp op, const Operand& lhs,
                            const Operand& rhs) {
  const Shape lhs_shape = feature_shape(lhs.data);
  const Shape rhs_shape = feature_shape(rhs.data);
  const std::optional<Shape> space = broadcast(lhs_shape, rhs_shape);
  if (!space.has_value()) {
    fail("{}: feature shapes {} of {} and {} of {} do not broadcast", message, to_string(lhs_shape),
         name(lhs.target), to_string(rhs_shape), name(rhs.target));
  }
  MessageShapes shapes{pad(lhs_shape, space->size()), pad(rhs_shape, space->size()), *space};
  if (op == BinaryOp::kDot) {
    if (lhs_shape.back() != rhs_shape.back()) {
      fail("{}: expected feature shapes with the same last size, got {} of {} and {} of {}",
           message, to_string(lhs_shape), name(lhs.target), to_string(rhs_shape), name(rhs.target));
    }
    shapes.out.back() = 1;
  }
  return shapes;
}

/// sub and div through the inverse of rhs. A reciprocal in half precision would be rounded once
/// more than the quotient is, so it is taken in float32.
void invert_rhs(BinaryOp op, MessageOperands& operands) {
  if (op == BinaryOp::kSub) {
    operands.rhs = operands.rhs.neg();
  } else if (op == BinaryOp::kDiv) {
    operands.lhs = widened(operands.lhs);
    operands.rhs = widened(operands.rhs).reciprocal();
  }
}

}  // namespace

at::Tensor MessageOperands::finish(const at::Tensor& out) const {
  const at::Tensor rounded = rounded_to(dtype, out);
  return flatten ? rounded.squeeze(-1) : rounded;
}

MessageOperands prepare_message(const CalledMessage& called, const EdgeIndex& edges,
                                const at::Tensor& lhs_data,
                                const std::optional<at::Tensor>& rhs_data) {
  const BinaryOp op = called.message.op;
  const std::string message = std::string(called.caller) + ' ' + to_string(called.message);
  Operand lhs{called.message.lhs, lhs_data};
  Operand rhs{called.message.rhs, rhs_data.value_or(at::Tensor())};
  promote_under_autocast(lhs.data, rhs.data);
  check_operand(message, edges, lhs);
  MessageOperands result{.contraction = {.op = kernel_op(op), .lhs_target = lhs.target},
                         .dtype = lhs.data.scalar_type()};
  MessageShapes& shapes = result.contraction.shapes;
  if (op == BinaryOp::kCopyLhs) {
    shapes.lhs = shapes.out = feature_shape(lhs.data);
    shapes.rhs = Shape(shapes.lhs.size(), 1);
    result.flatten = lhs.data.dim() == 1;
    result.lhs = reshape_features(lhs.data, shapes.lhs);
    return result;
  }
  check_operand(message, edges, rhs);
  check_pair(message, lhs, rhs);
  shapes = common_shapes(message, op, lhs, rhs);
  result.contraction.rhs_target = rhs.target;
  result.flatten = lhs.data.dim() == 1 && rhs.data.dim() == 1;
  result.lhs = reshape_features(lhs.data, shapes.lhs);
  result.rhs = reshape_features(rhs.data, shapes.rhs);
  invert_rhs(op, result);
  return result;
}

}  // namespace grapevine::ops::detail
