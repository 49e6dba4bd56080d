#include "grapevine/ops/detail/contract.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DispatchKeySet.h>

#include <optional>
#include <utility>

#include "grapevine/ops/cpu/contract_kernel.h"
#include "grapevine/ops/detail/autograd.h"
#include "grapevine/ops/detail/contract_coo.h"
#include "grapevine/ops/detail/fallback.h"
#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/grouping.h"
#include "grapevine/ops/detail/kernel_choice.h"
#include "grapevine/ops/detail/materialised.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/traced.h"

namespace grapevine::ops::detail {
namespace {

/// How to walk through the edges. Values of edges are best read and written in the order of ids,
/// values of nodes in that of the groups; whichever is more decides.
Grouping grouping_for(const EdgeIndex& edges, const Contraction& contraction) {
  if (contraction.out_target != Target::kEdge || !edges.has_coo()) {
    return Grouping(edges, contraction.out_target);
  }
  std::int64_t edge_values = numel(contraction.shapes.out);
  std::int64_t dst_values = 0;
  const auto count = [&](Target target, const Shape& shape) {
    edge_values += target == Target::kEdge ? numel(shape) : 0;
    dst_values += target == Target::kDst ? numel(shape) : 0;
  };
  count(contraction.lhs_target, contraction.shapes.lhs);
  if (contraction.op != KernelOp::kCopy) {
    count(contraction.rhs_target, contraction.shapes.rhs);
  }
  return edge_values >= dst_values ? Grouping::by_edge(edges)
                                   : Grouping(edges, contraction.out_target);
}

at::Tensor contract_on_cpu(const EdgeIndex& edges, const Contraction& contraction,
                           const at::Tensor& first, const at::Tensor& second) {
  const BroadcastPlan plan(contraction.shapes);
  const Grouping grouping = grouping_for(edges, contraction);
  const at::Tensor lhs = first.contiguous();
  const at::Tensor rhs = second.defined() ? second.contiguous() : second;
  const at::DimVector shape = output_shape(edges, contraction);
  const at::Tensor out =
      plan.unique_outputs() ? at::empty(shape, lhs.options()) : at::zeros(shape, lhs.options());
  ContractTask task{.op = contraction.op,
                    .indptr = grouping.indptr(),
                    .lhs = grouping.operand(lhs, contraction.lhs_target),
                    .out = grouping.operand(out, contraction.out_target),
                    .out_data = out.mutable_data_ptr(),
                    .blocks = plan.blocks(),
                    .overwrite = plan.unique_outputs(),
                    .mean = contraction.mean};
  if (contraction.op == KernelOp::kCopy) {
    task.blocks.rhs_step = 0;
  } else {
    task.rhs = grouping.operand(rhs, contraction.rhs_target);
    if (plan.swapped()) {
      std::swap(task.lhs, task.rhs);
    }
  }
  const ContractKernels& functions = GRAPEVINE_KERNELS(contract_kernels);
  const bool is_float = lhs.scalar_type() == at::kFloat;
  const ContractFunction run = contraction.out_target == Target::kEdge
                                   ? (is_float ? functions.map_float : functions.map_double)
                                   : (is_float ? functions.reduce_float : functions.reduce_double);
  grouping.parallel_for_groups(
      task.blocks.num_blocks * task.blocks.width,
      [&](std::int64_t begin, std::int64_t end) { run(task, begin, end); });
  return out;
}

/// The kernel of every device, below autograd.
at::Tensor contract_without_gradient(const EdgeIndexObjectPtr& edges, std::string_view formula,
                                     const at::Tensor& lhs, const std::optional<at::Tensor>& rhs,
                                     at::IntArrayRef out_shape) {
  const EdgeIndex& index = *edges->edges();
  const Contraction contraction = parse_contraction(index, {formula, lhs, rhs, out_shape});
  if (is_empty(index, contraction)) {
    return at::zeros(output_shape(index, contraction), lhs.options());
  }
  const auto run = uses_fallback(lhs) ? contract_materialised : contract_on_cpu;
  return rounded_to(lhs.scalar_type(),
                    run(index, contraction, widened(lhs), widened(rhs.value_or(at::Tensor()))));
}

at::Tensor contract_meta(const EdgeIndexObjectPtr& edges, std::string_view formula,
                         const at::Tensor& lhs, const std::optional<at::Tensor>& rhs,
                         at::IntArrayRef out_shape) {
  const EdgeIndex& index = *edges->edges();
  const Contraction contraction = parse_contraction(index, {formula, lhs, rhs, out_shape});
  return at::empty(output_shape(index, contraction), lhs.options());
}

const auto& contract_operator() {
  static const auto handle =
      find_operator<decltype(contract_without_gradient)>("grapevine::contract");
  return handle;
}

at::Tensor contract_below_autograd(c10::DispatchKeySet keys, const EdgeIndexObjectPtr& edges,
                                   std::string_view formula, const at::Tensor& lhs,
                                   const std::optional<at::Tensor>& rhs,
                                   at::IntArrayRef out_shape) {
  const at::AutoDispatchBelowADInplaceOrView guard;
  return contract_operator().redispatch(keys & c10::after_autograd_keyset, edges, formula, lhs, rhs,
                                        out_shape);
}

struct ContractCall {
  EdgeIndexPtr edges;
  Contraction contraction;
};

/// The contraction that yields the gradient of lhs from the gradient of the result and, for a
/// product, rhs.
Contraction gradient_contraction(const Contraction& forward) {
  const bool is_product = forward.op == KernelOp::kMul;
  return {.op = is_product ? KernelOp::kMul : KernelOp::kCopy,
          .lhs_target = forward.out_target,
          .rhs_target = forward.rhs_target,
          .out_target = forward.lhs_target,
          .shapes = {.lhs = forward.shapes.out,
                     .rhs = is_product ? forward.shapes.rhs : Shape(forward.shapes.out.size(), 1),
                     .out = forward.shapes.lhs}};
}

/// The gradient of lhs; `rhs` is undefined unless it is a factor.
at::Tensor gradient_of_lhs(const ContractCall& call, const at::Tensor& gradient,
                           const at::Tensor& rhs) {
  Contraction backward = gradient_contraction(call.contraction);
  if (!call.contraction.mean) {
    return contract(call.edges, backward, gradient, rhs);
  }
  const at::Tensor wide = widened(gradient);
  const at::Tensor shares = inverse_degrees(*call.edges, call.contraction.out_target, wide);
  if (backward.op == KernelOp::kCopy) {
    backward.op = KernelOp::kMul;
    backward.rhs_target = backward.lhs_target;
    return rounded_to(gradient.scalar_type(), contract(call.edges, backward, wide, shares));
  }
  return rounded_to(gradient.scalar_type(),
                    contract(call.edges, backward, wide.mul(shares), widened(rhs)));
}

class ContractFunctionNode : public torch::autograd::Function<ContractFunctionNode> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& lhs,
                            const std::optional<at::Tensor>& rhs, const EdgeIndexObjectPtr& edges,
                            std::string_view formula, at::IntArrayRef out_shape,
                            c10::DispatchKeySet keys) {
    Contraction contraction = parse_contraction(*edges->edges(), {formula, lhs, rhs, out_shape});
    if (contraction.op == KernelOp::kMul) {
      context->save_for_backward({lhs, rhs.value()});
    }
    save_call(*context, ContractCall{edges->edges(), std::move(contraction)});
    return contract_below_autograd(keys, edges, formula, lhs, rhs, out_shape);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto& call = saved_call<ContractCall>(*context);
    const torch::autograd::variable_list operands = context->get_saved_variables();
    const bool is_product = call.contraction.op == KernelOp::kMul;
    torch::autograd::variable_list results(6);
    if (context->needs_input_grad(0)) {
      results[0] = gradient_of_lhs(call, gradients[0], is_product ? operands[1] : at::Tensor());
    }
    if (call.contraction.op != KernelOp::kCopy && context->needs_input_grad(1)) {
      ContractCall swapped = call;
      std::swap(swapped.contraction.lhs_target, swapped.contraction.rhs_target);
      std::swap(swapped.contraction.shapes.lhs, swapped.contraction.shapes.rhs);
      results[1] = gradient_of_lhs(swapped, gradients[0], is_product ? operands[0] : at::Tensor());
    }
    return results;
  }
};

at::Tensor contract_autograd(c10::DispatchKeySet keys, const EdgeIndexObjectPtr& edges,
                             std::string_view formula, const at::Tensor& lhs,
                             const std::optional<at::Tensor>& rhs, at::IntArrayRef out_shape) {
  if (is_traced(lhs)) {
    return contract_coo(traced_edges(edges, lhs), parse_formula(formula), lhs,
                        rhs.value_or(at::Tensor()), {out_shape.begin(), out_shape.end()});
  }
  return needs_gradient(lhs) || needs_gradient(rhs)
             ? ContractFunctionNode::apply(lhs, rhs, edges, formula, out_shape, keys)
             : contract_below_autograd(keys, edges, formula, lhs, rhs, out_shape);
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  edge_index_class();
  library.def(
      "contract(__torch__.torch.classes.grapevine.EdgeIndex edges, str formula, Tensor lhs, "
      "Tensor? rhs, int[] out_shape) -> Tensor");
}
TORCH_LIBRARY_IMPL(grapevine, CPU, library) { library.impl("contract", contract_without_gradient); }
TORCH_LIBRARY_IMPL(grapevine, CompositeExplicitAutograd, library) {
  library.impl("contract", contract_without_gradient);
}
TORCH_LIBRARY_IMPL(grapevine, Meta, library) { library.impl("contract", contract_meta); }
TORCH_LIBRARY_IMPL(grapevine, Autograd, library) { library.impl("contract", contract_autograd); }

}  // namespace

at::Tensor contract(const EdgeIndexPtr& edges, const Contraction& contraction,
                    const at::Tensor& lhs, const at::Tensor& rhs) {
  const std::optional<at::Tensor> second =
      rhs.defined() ? std::optional<at::Tensor>(rhs) : std::nullopt;
  return contract_operator().call(wrap(edges), formula_of(contraction), lhs, second,
                                  contraction.shapes.out);
}

}  // namespace grapevine::ops::detail
