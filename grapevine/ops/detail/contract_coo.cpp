#include "grapevine/ops/detail/contract_coo.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty.h>
#include <c10/core/DispatchKeySet.h>

#include <optional>
#include <utility>

#include "grapevine/ops/detail/autograd.h"
#include "grapevine/ops/detail/contract.h"
#include "grapevine/ops/detail/coo_index.h"
#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/operator.h"

namespace grapevine::ops::detail {
namespace {

at::Tensor contract_coo_kernel(const at::Tensor& src, const at::Tensor& dst, std::int64_t num_src,
                               std::int64_t num_dst, std::string_view formula,
                               const at::Tensor& lhs, const std::optional<at::Tensor>& rhs,
                               at::IntArrayRef out_shape) {
  const EdgeIndexPtr edges = CooIndex::make(src, dst, num_src, num_dst);
  const Contraction contraction = parse_contraction(*edges, {formula, lhs, rhs, out_shape});
  return contract(edges, contraction, lhs, rhs.value_or(at::Tensor()));
}

at::Tensor contract_coo_meta(const at::Tensor& src, const at::Tensor& dst, c10::SymInt num_src,
                             c10::SymInt num_dst, std::string_view formula, const at::Tensor& lhs,
                             const std::optional<at::Tensor>& /*rhs*/,
                             c10::SymIntArrayRef out_shape) {
  const CooArguments edges{src, dst, std::move(num_src), std::move(num_dst)};
  const SymShape shape = sym_with_rows(edges.num_rows(parse_formula(formula).out), out_shape.vec());
  return at::empty_symint(shape, lhs.options());
}

using ContractCooSignature = at::Tensor(const at::Tensor&, const at::Tensor&, c10::SymInt,
                                        c10::SymInt, std::string_view, const at::Tensor&,
                                        const std::optional<at::Tensor>&, c10::SymIntArrayRef);

const auto& contract_coo_operator() {
  static const auto handle = find_operator<ContractCooSignature>("grapevine::contract_coo");
  return handle;
}

struct ContractCooCall {
  c10::SymInt num_src;
  c10::SymInt num_dst;
  Formula formula;
  SymShape lhs_shape;
  SymShape rhs_shape;
};

/// The formula that takes the gradient of the result to that of lhs.
Formula gradient_formula(const Formula& forward) {
  const bool is_product = forward.message.op == BinaryOp::kMul;
  return {.message = {.op = is_product ? BinaryOp::kMul : BinaryOp::kCopyLhs,
                      .lhs = forward.out,
                      .rhs = forward.message.rhs},
          .reduce = Reduce::kSum,
          .out = forward.message.lhs};
}

/// The gradient of lhs; `rhs` is undefined unless it is a factor.
at::Tensor gradient_of_lhs(const CooArguments& edges, const ContractCooCall& call,
                           const at::Tensor& gradient, const at::Tensor& rhs) {
  const Formula backward = gradient_formula(call.formula);
  if (call.formula.reduce != Reduce::kMean) {
    return contract_coo(edges, backward, gradient, rhs, call.lhs_shape);
  }
  const at::Tensor wide = widened(gradient);
  const at::Tensor shares = wide.mul(edges.inverse_degrees(call.formula.out, wide));
  return rounded_to(gradient.scalar_type(),
                    contract_coo(edges, backward, shares, widened(rhs), call.lhs_shape));
}

class ContractCooNode : public torch::autograd::Function<ContractCooNode> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& lhs,
                            const std::optional<at::Tensor>& rhs, const CooArguments& edges,
                            std::string_view formula, c10::SymIntArrayRef out_shape,
                            c10::DispatchKeySet keys) {
    ContractCooCall call{edges.num_src, edges.num_dst, parse_formula(formula),
                         sym_feature_shape(lhs), rhs ? sym_feature_shape(*rhs) : SymShape()};
    const bool is_product = call.formula.message.op == BinaryOp::kMul;
    context->save_for_backward({edges.src, edges.dst, is_product ? lhs : at::Tensor(),
                                is_product ? rhs.value() : at::Tensor()});
    save_call(*context, std::move(call));
    const at::AutoDispatchBelowADInplaceOrView guard;
    return contract_coo_operator().redispatch(keys & c10::after_autograd_keyset, edges.src,
                                              edges.dst, edges.num_src, edges.num_dst, formula, lhs,
                                              rhs, out_shape);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto& call = saved_call<ContractCooCall>(*context);
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const CooArguments edges{saved[0], saved[1], call.num_src, call.num_dst};
    torch::autograd::variable_list results(6);
    if (context->needs_input_grad(0)) {
      results[0] = gradient_of_lhs(edges, call, gradients[0], saved[3]);
    }
    if (call.formula.message.op != BinaryOp::kCopyLhs && context->needs_input_grad(1)) {
      ContractCooCall swapped = call;
      std::swap(swapped.formula.message.lhs, swapped.formula.message.rhs);
      std::swap(swapped.lhs_shape, swapped.rhs_shape);
      results[1] = gradient_of_lhs(edges, swapped, gradients[0], saved[2]);
    }
    return results;
  }
};

at::Tensor contract_coo_autograd(c10::DispatchKeySet keys, const at::Tensor& src,
                                 const at::Tensor& dst, c10::SymInt num_src, c10::SymInt num_dst,
                                 std::string_view formula, const at::Tensor& lhs,
                                 const std::optional<at::Tensor>& rhs,
                                 c10::SymIntArrayRef out_shape) {
  if (needs_gradient(lhs) || needs_gradient(rhs)) {
    const CooArguments edges{src, dst, std::move(num_src), std::move(num_dst)};
    return ContractCooNode::apply(lhs, rhs, edges, formula, out_shape, keys);
  }
  const at::AutoDispatchBelowADInplaceOrView guard;
  return contract_coo_operator().redispatch(keys & c10::after_autograd_keyset, src, dst,
                                            std::move(num_src), std::move(num_dst), formula, lhs,
                                            rhs, out_shape);
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def(
      "contract_coo(Tensor src, Tensor dst, SymInt num_src, SymInt num_dst, str formula, Tensor "
      "lhs, Tensor? rhs, SymInt[] out_shape) -> Tensor");
}
TORCH_LIBRARY_IMPL(grapevine, CPU, library) { library.impl("contract_coo", contract_coo_kernel); }
TORCH_LIBRARY_IMPL(grapevine, CompositeExplicitAutograd, library) {
  library.impl("contract_coo", contract_coo_kernel);
}
TORCH_LIBRARY_IMPL(grapevine, Meta, library) { library.impl("contract_coo", contract_coo_meta); }
TORCH_LIBRARY_IMPL(grapevine, Autograd, library) {
  library.impl("contract_coo", contract_coo_autograd);
}

}  // namespace

at::Tensor contract_coo(const CooArguments& edges, const Formula& formula, const at::Tensor& lhs,
                        const at::Tensor& rhs, const SymShape& out_shape) {
  const std::optional<at::Tensor> second =
      rhs.defined() ? std::optional<at::Tensor>(rhs) : std::nullopt;
  return contract_coo_operator().call(edges.src, edges.dst, edges.num_src, edges.num_dst,
                                      to_string(formula), lhs, second, out_shape);
}

}  // namespace grapevine::ops::detail
