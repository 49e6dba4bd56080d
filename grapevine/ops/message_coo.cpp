#include "grapevine/ops/detail/message_coo.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "grapevine/ops/detail/contract_coo.h"
#include "grapevine/ops/detail/coo_arguments.h"
#include "grapevine/ops/detail/extremum_coo.h"
#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/message_name.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/util/error.h"

// grapevine::gspmm_coo(src, dst, num_src, num_dst, "u_mul_e", "sum", lhs, rhs) and
// grapevine::gsddmm_coo(..., "u_add_v", lhs, rhs): `gspmm` and `gsddmm` of edges that are tensors,
// for programs that are traced. Both are made of contract_coo and extremum_coo.
namespace grapevine::ops::detail {
namespace {

/// A message as those two take it: operands of one rank, and copies, sums and products alone.
struct Message {
  BinaryOp op;
  at::Tensor lhs;
  at::Tensor rhs;
  SymShape out_shape;
  at::ScalarType dtype;  ///< of the result; the operands may be wider
  bool flatten;          ///< whether the result loses its last dimension
};

/// Features with ones between the first dimension and the others, up to `rank` dimensions.
at::Tensor padded(const at::Tensor& features, std::int64_t rank) {
  SymShape shape = sym_feature_shape(features);
  shape.insert(shape.begin(), static_cast<std::size_t>(rank - features.dim()), 1);
  return features.reshape_symint(sym_with_rows(features.sym_size(0), shape));
}

SymShape broadcast_shape(std::string_view message, const SymShape& lhs, const SymShape& rhs) {
  SymShape shape = lhs;
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 1) {
      shape[i] = rhs[i];
    } else {
      check(rhs[i] == 1 || rhs[i] == shape[i], "{}: the feature shapes do not broadcast", message);
    }
  }
  return shape;
}

void check_operand(std::string_view message, const at::Tensor& features) {
  check(features.defined() && features.dim() > 0,
        "{}: expected features with one row for each node or edge", message);
  check(is_feature_dtype(features.scalar_type()), "{}: features must be {}, got {}", message,
        kFeatureDtypes, c10::toString(features.scalar_type()));
}

Message prepare(std::string_view text, const MessageName& name, const at::Tensor& first,
                const std::optional<at::Tensor>& rhs) {
  at::Tensor lhs = first;
  at::Tensor second = rhs.value_or(at::Tensor());
  promote_under_autocast(lhs, second);
  check_operand(text, lhs);
  const std::int64_t least_rank = 2;
  if (name.op == BinaryOp::kCopyLhs) {
    const at::Tensor features = lhs.dim() == 1 ? lhs.unsqueeze(-1) : lhs;
    return {name.op, features, {}, sym_feature_shape(features), lhs.scalar_type(), lhs.dim() == 1};
  }
  check_operand(text, second);
  check(lhs.scalar_type() == second.scalar_type(),
        "{}: expected features of one dtype, got {} and {}", text, c10::toString(lhs.scalar_type()),
        c10::toString(second.scalar_type()));
  const bool flatten = lhs.dim() == 1 && second.dim() == 1;
  const at::Tensor left = lhs.dim() == 1 ? lhs.unsqueeze(-1) : lhs;
  const at::Tensor right = second.dim() == 1 ? second.unsqueeze(-1) : second;
  const std::int64_t rank = std::max({least_rank, left.dim(), right.dim()});
  Message message{name.op, padded(left, rank), padded(right, rank), {}, lhs.scalar_type(), flatten};
  message.out_shape =
      broadcast_shape(text, sym_feature_shape(message.lhs), sym_feature_shape(message.rhs));
  switch (name.op) {
    case BinaryOp::kSub:
      message.op = BinaryOp::kAdd;
      message.rhs = message.rhs.neg();
      break;
    case BinaryOp::kDiv:
      message.op = BinaryOp::kMul;
      message.lhs = widened(message.lhs);
      message.rhs = widened(message.rhs).reciprocal();
      break;
    case BinaryOp::kDot:
      check(left.sym_size(-1) == right.sym_size(-1), "{}: expected one last size of both features",
            text);
      message.op = BinaryOp::kMul;
      message.out_shape.back() = 1;
      break;
    default:
      break;
  }
  return message;
}

at::Tensor finish(const Message& message, const at::Tensor& out) {
  const at::Tensor rounded = rounded_to(message.dtype, out);
  return message.flatten ? rounded.squeeze(-1) : rounded;
}

at::Tensor gspmm_coo_composite(const at::Tensor& src, const at::Tensor& dst, c10::SymInt num_src,
                               c10::SymInt num_dst, std::string_view message,
                               std::string_view reduce, const at::Tensor& lhs,
                               const std::optional<at::Tensor>& rhs) {
  return gspmm_coo({src, dst, std::move(num_src), std::move(num_dst)}, message, reduce, lhs, rhs);
}

at::Tensor gsddmm_coo_composite(const at::Tensor& src, const at::Tensor& dst, c10::SymInt num_src,
                                c10::SymInt num_dst, std::string_view message,
                                const at::Tensor& lhs, const std::optional<at::Tensor>& rhs) {
  return gsddmm_coo({src, dst, std::move(num_src), std::move(num_dst)}, message, lhs, rhs);
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def(
      "gspmm_coo(Tensor src, Tensor dst, SymInt num_src, SymInt num_dst, str message, str reduce, "
      "Tensor lhs, Tensor? rhs=None) -> Tensor",
      gspmm_coo_composite);
  library.def(
      "gsddmm_coo(Tensor src, Tensor dst, SymInt num_src, SymInt num_dst, str message, Tensor lhs, "
      "Tensor? rhs=None) -> Tensor",
      gsddmm_coo_composite);
}

}  // namespace

at::Tensor gspmm_coo(const CooArguments& edges, std::string_view message, std::string_view reduce,
                     const at::Tensor& lhs, const std::optional<at::Tensor>& rhs) {
  const MessageName name = parse_message(message);
  const Message prepared = prepare(message, name, lhs, rhs);
  const Formula formula{{prepared.op, name.lhs, name.rhs}, parse_reduce(reduce), Target::kDst};
  const bool is_extremum = formula.reduce == Reduce::kMax || formula.reduce == Reduce::kMin;
  const at::Tensor out =
      is_extremum
          ? extremum_coo(edges, formula, prepared.lhs, prepared.rhs, prepared.out_shape).values
          : contract_coo(edges, formula, prepared.lhs, prepared.rhs, prepared.out_shape);
  return finish(prepared, out);
}

at::Tensor gsddmm_coo(const CooArguments& edges, std::string_view message, const at::Tensor& lhs,
                      const std::optional<at::Tensor>& rhs) {
  const MessageName name = parse_message(message);
  const Message prepared = prepare(message, name, lhs, rhs);
  const Formula formula{{prepared.op, name.lhs, name.rhs}, Reduce::kSum, Target::kEdge};
  return finish(prepared,
                contract_coo(edges, formula, prepared.lhs, prepared.rhs, prepared.out_shape));
}

}  // namespace grapevine::ops::detail
