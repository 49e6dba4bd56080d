#include "grapevine/ops/sddmm.h"

#include "grapevine/ops/detail/contract.h"
#include "grapevine/ops/detail/message_coo.h"
#include "grapevine/ops/detail/message_operands.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/traced.h"

namespace grapevine::ops {
namespace {

at::Tensor gsddmm_composite(const detail::EdgeIndexObjectPtr& edges, std::string_view message,
                            const at::Tensor& lhs, const std::optional<at::Tensor>& rhs) {
  const EdgeIndexPtr& index = edges->edges();
  const detail::MessageName parsed = detail::parse_message(message);
  if (detail::is_traced(lhs)) {
    return detail::gsddmm_coo(detail::traced_edges(edges, lhs), message, lhs, rhs);
  }
  detail::MessageOperands operands = detail::prepare_message({"gsddmm", parsed}, *index, lhs, rhs);
  if (parsed.op == BinaryOp::kCopyLhs && parsed.lhs == Target::kEdge) {
    return lhs;
  }
  operands.contraction.out_target = Target::kEdge;
  return operands.finish(detail::contract(index, operands.contraction, operands.lhs, operands.rhs));
}

// The result may be lhs itself.
TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  detail::edge_index_class();
  library.def(
      "gsddmm(__torch__.torch.classes.grapevine.EdgeIndex edges, str message, Tensor(a) lhs, "
      "Tensor? rhs=None) -> Tensor(a)",
      gsddmm_composite);
}

}  // namespace

at::Tensor gsddmm(const EdgeIndexPtr& edges, BinaryOp op, const Operand& lhs, const Operand& rhs) {
  static const auto handle = detail::find_operator<decltype(gsddmm_composite)>("grapevine::gsddmm");
  return handle.call(detail::wrap(edges),
                     detail::to_string(detail::MessageName{op, lhs.target, rhs.target}), lhs.data,
                     detail::optional_rhs(op, rhs));
}

}  // namespace grapevine::ops
