#include "grapevine/ops/detail/contract.h"

#include <ATen/core/ivalue.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <utility>

#include "grapevine/ops/cpu/contract_kernel.h"
#include "grapevine/ops/detail/grouping.h"
#include "grapevine/ops/detail/materialised.h"
#include "grapevine/util/dispatch.h"

namespace grapevine::ops::detail {
namespace {

const ContractKernels& kernels() {
#ifdef GRAPEVINE_HAVE_AVX2
  if (current_isa() == Isa::kAvx2) {
    return contract_kernels_avx2;
  }
#endif
  return contract_kernels_default;
}

at::DimVector output_shape(const EdgeIndex& edges, const Contraction& contraction) {
  at::DimVector shape = {num_rows(edges, contraction.out_target)};
  shape.append(contraction.shapes.out.begin(), contraction.shapes.out.end());
  return shape;
}

at::Tensor contract_on_cpu(const EdgeIndex& edges, const Contraction& contraction, at::Tensor lhs,
                           at::Tensor rhs) {
  const BroadcastPlan plan(contraction.shapes);
  const Grouping grouping(edges, contraction.out_target);
  const bool is_copy = contraction.op == KernelOp::kCopy;
  const at::DimVector shape = output_shape(edges, contraction);
  const at::Tensor out =
      plan.unique_outputs() ? at::empty(shape, lhs.options()) : at::zeros(shape, lhs.options());
  lhs = lhs.contiguous();
  ContractTask task{.op = contraction.op,
                    .indptr = grouping.indptr(),
                    .lhs = grouping.operand(lhs, contraction.lhs_target),
                    .out = grouping.operand(out, contraction.out_target),
                    .out_data = out.mutable_data_ptr(),
                    .blocks = plan.blocks(),
                    .overwrite = plan.unique_outputs(),
                    .mean = contraction.mean};
  if (is_copy) {
    task.blocks.rhs_step = 0;
  } else {
    rhs = rhs.contiguous();
    task.rhs = grouping.operand(rhs, contraction.rhs_target);
    if (plan.swapped()) {
      std::swap(task.lhs, task.rhs);
    }
  }
  const ContractKernels& functions = kernels();
  const bool is_float = lhs.scalar_type() == at::kFloat;
  const ContractFunction run = contraction.out_target == Target::kEdge
                                   ? (is_float ? functions.map_float : functions.map_double)
                                   : (is_float ? functions.reduce_float : functions.reduce_double);
  grouping.parallel_for_groups(
      task.blocks.num_blocks * task.blocks.width,
      [&](std::int64_t begin, std::int64_t end) { run(task, begin, end); });
  return out;
}

at::Tensor contract_without_gradient(const EdgeIndex& edges, const Contraction& contraction,
                                     const at::Tensor& lhs, const at::Tensor& rhs) {
  if (edges.num_edges() == 0 || numel(feature_space(contraction.shapes)) == 0) {
    return at::zeros(output_shape(edges, contraction), lhs.options());
  }
  return lhs.is_cpu() ? contract_on_cpu(edges, contraction, lhs, rhs)
                      : contract_materialised(edges, contraction, lhs, rhs);
}

/// What the backward pass needs besides tensors.
struct Call : torch::CustomClassHolder {
  Call(EdgeIndexPtr call_edges, Contraction call_contraction)
      : edges(std::move(call_edges)), contraction(std::move(call_contraction)) {}
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

class ContractFunctionNode : public torch::autograd::Function<ContractFunctionNode> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& lhs,
                            const std::optional<at::Tensor>& rhs, const EdgeIndexPtr& edges,
                            const Contraction& contraction) {
    if (contraction.op == KernelOp::kMul) {
      context->save_for_backward({lhs, rhs.value()});
    }
    context->saved_data["call"] =
        c10::IValue::make_capsule(c10::make_intrusive<Call>(edges, contraction));
    return contract_without_gradient(*edges, contraction, lhs, rhs.value_or(at::Tensor()));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto call =
        c10::static_intrusive_pointer_cast<Call>(context->saved_data["call"].toCapsule());
    const torch::autograd::variable_list operands = context->get_saved_variables();
    const bool is_product = call->contraction.op == KernelOp::kMul;
    at::Tensor gradient = gradients[0];
    if (call->contraction.mean) {
      gradient =
          gradient.mul(inverse_degrees(*call->edges, call->contraction.out_target, gradient));
    }
    torch::autograd::variable_list results(4);
    if (context->needs_input_grad(0)) {
      results[0] = contract(call->edges, gradient_contraction(call->contraction), gradient,
                            is_product ? operands[1] : at::Tensor());
    }
    if (call->contraction.op != KernelOp::kCopy && context->needs_input_grad(1)) {
      Contraction swapped = call->contraction;
      std::swap(swapped.lhs_target, swapped.rhs_target);
      std::swap(swapped.shapes.lhs, swapped.shapes.rhs);
      results[1] = contract(call->edges, gradient_contraction(swapped), gradient,
                            is_product ? operands[0] : at::Tensor());
    }
    return results;
  }
};

}  // namespace

at::Tensor contract(const EdgeIndexPtr& edges, const Contraction& contraction,
                    const at::Tensor& lhs, const at::Tensor& rhs) {
  const std::optional<at::Tensor> second =
      rhs.defined() ? std::optional<at::Tensor>(rhs) : std::nullopt;
  return ContractFunctionNode::apply(lhs, second, edges, contraction);
}

}  // namespace grapevine::ops::detail
