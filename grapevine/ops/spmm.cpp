#include "grapevine/ops/spmm.h"

#include "grapevine/ops/detail/extremum.h"
#include "grapevine/ops/detail/message_operands.h"

namespace grapevine::ops {

at::Tensor gspmm(const EdgeIndexPtr& edges, BinaryOp op, Reduce reduce, const Operand& lhs,
                 const Operand& rhs) {
  detail::MessageOperands message = detail::prepare_message("gspmm", *edges, op, lhs, rhs);
  message.contraction.out_target = Target::kDst;
  at::Tensor out;
  if (reduce == Reduce::kMax || reduce == Reduce::kMin) {
    out = detail::extremum(edges, {message.contraction, reduce == Reduce::kMax}, message.lhs,
                           message.rhs);
  } else {
    message.contraction.mean = reduce == Reduce::kMean;
    out = detail::contract(edges, message.contraction, message.lhs, message.rhs);
  }
  return message.flatten ? out.squeeze(-1) : out;
}

}  // namespace grapevine::ops
