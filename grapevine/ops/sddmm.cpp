#include "grapevine/ops/sddmm.h"

#include "grapevine/ops/detail/message_operands.h"

namespace grapevine::ops {

at::Tensor gsddmm(const EdgeIndexPtr& edges, BinaryOp op, const Operand& lhs, const Operand& rhs) {
  detail::MessageOperands message = detail::prepare_message("gsddmm", *edges, op, lhs, rhs);
  if (op == BinaryOp::kCopyLhs && lhs.target == Target::kEdge) {
    return lhs.data;
  }
  message.contraction.out_target = Target::kEdge;
  const at::Tensor out = detail::contract(edges, message.contraction, message.lhs, message.rhs);
  return message.flatten ? out.squeeze(-1) : out;
}

}  // namespace grapevine::ops
