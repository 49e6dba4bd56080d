#include "grapevine/ops/detail/contraction.h"

#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/grouping.h"
#include "grapevine/ops/detail/message_name.h"
#include "grapevine/util/error.h"

namespace grapevine::ops::detail {
namespace {

KernelOp kernel_op(BinaryOp op, std::string_view formula) {
  switch (op) {
    case BinaryOp::kCopyLhs:
      return KernelOp::kCopy;
    case BinaryOp::kAdd:
      return KernelOp::kAdd;
    case BinaryOp::kMul:
      return KernelOp::kMul;
    default:
      fail("formula: expected copy, add or mul, of which the other messages are made, got \"{}\"",
           formula);
  }
}

BinaryOp binary_op(KernelOp op) {
  switch (op) {
    case KernelOp::kAdd:
      return BinaryOp::kAdd;
    case KernelOp::kMul:
      return BinaryOp::kMul;
    case KernelOp::kCopy:
      break;
  }
  return BinaryOp::kCopyLhs;
}

Shape checked_shape(const EdgeIndex& edges, const char* operand, const at::Tensor& data,
                    Target target) {
  check(data.defined() && data.dim() > 0, "{}: expected a tensor with one row for each {}", operand,
        name(target));
  check(is_feature_dtype(data.scalar_type()), "{} must be {}, got {}", operand, kFeatureDtypes,
        c10::toString(data.scalar_type()));
  check(data.size(0) == num_rows(edges, target), "{}: expected {} rows, got {}", operand,
        num_rows(edges, target), data.size(0));
  return {data.sizes().begin() + 1, data.sizes().end()};
}

void check_pair(const at::Tensor& lhs, const at::Tensor& rhs, const Formula& formula) {
  const bool is_sum_of_products =
      formula.message.op == BinaryOp::kMul && formula.reduce == Reduce::kSum;
  const bool has_wide_factor =
      is_sum_of_products && is_half(lhs) && rhs.scalar_type() == at::kFloat;
  check(lhs.scalar_type() == rhs.scalar_type() || has_wide_factor,
        "lhs and rhs: expected one dtype, got {} and {}", c10::toString(lhs.scalar_type()),
        c10::toString(rhs.scalar_type()));
  if (lhs.device() != rhs.device()) {
    fail("lhs and rhs: expected one device, got {} and {}", lhs.device().str(), rhs.device().str());
  }
}

/// Sums are made of copies and products alone; those may also spread over a wider output.
void check_shapes(const Contraction& contraction) {
  const MessageShapes& shapes = contraction.shapes;
  if (shapes.lhs.size() != shapes.rhs.size() || shapes.lhs.size() != shapes.out.size()) {
    fail("lhs, rhs and out_shape: expected feature shapes of one rank, got {}, {} and {}",
         to_string(shapes.lhs), to_string(shapes.rhs), to_string(shapes.out));
  }
  const std::optional<Shape> message = broadcast(shapes.lhs, shapes.rhs);
  if (!message.has_value()) {
    fail("lhs and rhs: feature shapes {} and {} do not broadcast", to_string(shapes.lhs),
         to_string(shapes.rhs));
  }
  for (const std::int64_t size : shapes.out) {
    check(size >= 0, "out_shape: expected sizes of 0 or more, got {}", size);
  }
  const bool fits = contraction.op == KernelOp::kAdd ? *message == shapes.out
                                                     : broadcast(*message, shapes.out).has_value();
  if (!fits) {
    fail("out_shape: {} does not fit messages of shape {}", to_string(shapes.out),
         to_string(*message));
  }
}

Contraction parse(const EdgeIndex& edges, const ContractionArguments& arguments,
                  const Formula& formula) {
  Contraction result{.op = kernel_op(formula.message.op, arguments.formula),
                     .lhs_target = formula.message.lhs,
                     .rhs_target = formula.message.rhs,
                     .out_target = formula.out};
  result.shapes.lhs = checked_shape(edges, "lhs", arguments.lhs, result.lhs_target);
  if (result.op == KernelOp::kCopy) {
    check(!arguments.rhs.has_value(), "rhs: expected none for the formula \"{}\"",
          arguments.formula);
    result.shapes.rhs = Shape(result.shapes.lhs.size(), 1);
  } else {
    const at::Tensor rhs = arguments.rhs.value_or(at::Tensor());
    result.shapes.rhs = checked_shape(edges, "rhs", rhs, result.rhs_target);
    check_pair(arguments.lhs, rhs, formula);
  }
  result.shapes.out = arguments.out_shape.vec();
  check_shapes(result);
  return result;
}

Formula formula(const Contraction& contraction, Reduce reduce) {
  return {{binary_op(contraction.op), contraction.lhs_target, contraction.rhs_target},
          reduce,
          contraction.out_target};
}

}  // namespace

Contraction parse_contraction(const EdgeIndex& edges, const ContractionArguments& arguments) {
  const Formula formula = parse_formula(arguments.formula);
  check(formula.reduce == Reduce::kSum || formula.reduce == Reduce::kMean,
        "contract: formula: expected sum or mean, got \"{}\"", arguments.formula);
  check(formula.reduce == Reduce::kSum || formula.out != Target::kEdge,
        "contract: formula: expected a mean for each u or v, got \"{}\"", arguments.formula);
  Contraction result = parse(edges, arguments, formula);
  result.mean = formula.reduce == Reduce::kMean;
  return result;
}

Extremum parse_extremum(const EdgeIndex& edges, const ContractionArguments& arguments) {
  const Formula formula = parse_formula(arguments.formula);
  check(formula.reduce == Reduce::kMax || formula.reduce == Reduce::kMin,
        "extremum: formula: expected max or min, got \"{}\"", arguments.formula);
  check(formula.out == Target::kDst, "extremum: formula: expected the result at v, got \"{}\"",
        arguments.formula);
  Extremum result{parse(edges, arguments, formula), formula.reduce == Reduce::kMax};
  const MessageShapes& shapes = result.message.shapes;
  Shape allowed = broadcast(shapes.lhs, shapes.rhs).value();
  if (shapes.out != allowed && result.message.op == KernelOp::kMul && !allowed.empty() &&
      shapes.lhs.back() == shapes.rhs.back()) {
    allowed.back() = 1;
  }
  if (shapes.out != allowed) {
    fail("out_shape: expected the shape {} of a message, got {}", to_string(allowed),
         to_string(shapes.out));
  }
  return result;
}

std::string formula_of(const Contraction& contraction) {
  return to_string(formula(contraction, contraction.mean ? Reduce::kMean : Reduce::kSum));
}

std::string formula_of(const Extremum& extremum) {
  return to_string(formula(extremum.message, extremum.maximum ? Reduce::kMax : Reduce::kMin));
}

at::DimVector output_shape(const EdgeIndex& edges, const Contraction& contraction) {
  at::DimVector shape = {num_rows(edges, contraction.out_target)};
  shape.append(contraction.shapes.out.begin(), contraction.shapes.out.end());
  return shape;
}

bool is_empty(const EdgeIndex& edges, const Contraction& contraction) {
  return edges.num_edges() == 0 || numel(feature_space(contraction.shapes)) == 0;
}

}  // namespace grapevine::ops::detail
