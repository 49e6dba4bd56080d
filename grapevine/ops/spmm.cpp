#include "grapevine/ops/spmm.h"

#include "grapevine/ops/detail/contract.h"
#include "grapevine/ops/detail/extremum.h"
#include "grapevine/ops/detail/message_coo.h"
#include "grapevine/ops/detail/message_operands.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/traced.h"

namespace grapevine::ops {
namespace {

at::Tensor gspmm_composite(const detail::EdgeIndexObjectPtr& edges, std::string_view message,
                           std::string_view reduce, const at::Tensor& lhs,
                           const std::optional<at::Tensor>& rhs) {
  if (detail::is_traced(lhs)) {
    return detail::gspmm_coo(detail::traced_edges(edges, lhs), message, reduce, lhs, rhs);
  }
  const EdgeIndexPtr& index = edges->edges();
  const Reduce reducer = detail::parse_reduce(reduce);
  detail::MessageOperands operands =
      detail::prepare_message({"gspmm", detail::parse_message(message)}, *index, lhs, rhs);
  operands.contraction.out_target = Target::kDst;
  if (reducer == Reduce::kMax || reducer == Reduce::kMin) {
    return operands.finish(detail::extremum(index, {operands.contraction, reducer == Reduce::kMax},
                                            operands.lhs, operands.rhs)
                               .values);
  }
  operands.contraction.mean = reducer == Reduce::kMean;
  return operands.finish(detail::contract(index, operands.contraction, operands.lhs, operands.rhs));
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  detail::edge_index_class();
  library.def(
      "gspmm(__torch__.torch.classes.grapevine.EdgeIndex edges, str message, str reduce, "
      "Tensor lhs, Tensor? rhs=None) -> Tensor",
      gspmm_composite);
}

}  // namespace

at::Tensor gspmm(const EdgeIndexPtr& edges, BinaryOp op, Reduce reduce, const Operand& lhs,
                 const Operand& rhs) {
  static const auto handle = detail::find_operator<decltype(gspmm_composite)>("grapevine::gspmm");
  return handle.call(detail::wrap(edges),
                     detail::to_string(detail::MessageName{op, lhs.target, rhs.target}),
                     name(reduce), lhs.data, detail::optional_rhs(op, rhs));
}

}  // namespace grapevine::ops
