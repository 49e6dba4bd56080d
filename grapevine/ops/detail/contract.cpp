#include "grapevine/ops/detail/contract.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DispatchKeySet.h>

#include <algorithm>
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

ContractFunction function_for(at::ScalarType dtype, Target out_target) {
  const ContractKernels& kernels = GRAPEVINE_KERNELS(contract_kernels);
  const bool maps = out_target == Target::kEdge;
  switch (dtype) {
    case at::kFloat:
      return maps ? kernels.map_float : kernels.reduce_float;
    case at::kDouble:
      return maps ? kernels.map_double : kernels.reduce_double;
    default:
      return maps ? kernels.map_bfloat16 : kernels.reduce_bfloat16;
  }
}

/// Whether kernels read and write half-precision values where they stand, with the sums in float.
bool takes_half(const ContractTask& task, const Contraction& contraction, bool swapped,
                at::ScalarType dtype) {
  if (dtype != at::kBFloat16 || !task.overwrite) {
    return false;
  }
  const bool maps = contraction.out_target == Target::kEdge;
  const bool fits = !task.wide_rhs || (!maps && !swapped && task.blocks.rhs_step == 0);
  return fits && (maps || sums_in_registers(task));
}

/// How many features of lhs to sum at a time: all of them, or as many as make the rows that are
/// read again and again fit a near cache. Cutting them out costs one more pass over lhs.
std::int64_t piece_width(const ContractTask& task, std::int64_t num_edges,
                         std::int64_t value_bytes) {
  constexpr std::int64_t kPieceBytes = 256;
  constexpr std::int64_t kCacheBytes = std::int64_t{12} << 20;
  constexpr std::int64_t kReads = 32;
  const std::int64_t width = task.blocks.width;
  const bool cuts = width * value_bytes >= 2 * kPieceBytes && task.blocks.num_blocks == 1 &&
                    task.blocks.rhs_step == 0 && sums_in_registers(task) &&
                    task.lhs.row_size == width && num_edges >= kReads * task.lhs.num_rows &&
                    task.lhs.num_rows * width * value_bytes > kCacheBytes;
  return cuts ? kPieceBytes / value_bytes : width;
}

void run_in_pieces(const ContractTask& task, const at::Tensor& lhs, std::int64_t width,
                   const Grouping& grouping, ContractFunction run) {
  const at::Tensor rows = lhs.view({task.lhs.num_rows, task.lhs.row_size});
  for (std::int64_t first = 0; first < task.blocks.width; first += width) {
    const at::Tensor piece =
        rows.narrow(1, first, std::min(width, task.blocks.width - first)).contiguous();
    ContractTask part = task;
    part.lhs.data = piece.const_data_ptr();
    part.lhs.row_size = part.blocks.width = piece.size(1);
    part.blocks.out_offsets = &first;
    grouping.parallel_for_groups(
        part.blocks.width, [&](std::int64_t begin, std::int64_t end) { run(part, begin, end); });
  }
}

at::Tensor contract_on_cpu(const EdgeIndex& edges, const Contraction& contraction,
                           const at::Tensor& first, const at::Tensor& second) {
  const BroadcastPlan plan(contraction.shapes);
  const Grouping grouping = grouping_for(edges, contraction);
  at::Tensor lhs = first.contiguous();
  at::Tensor rhs = second.defined() ? second.contiguous() : second;
  const at::ScalarType dtype = lhs.scalar_type();
  ContractTask task{.op = contraction.op,
                    .indptr = grouping.indptr(),
                    .lhs = grouping.operand(lhs, contraction.lhs_target),
                    .blocks = plan.blocks(),
                    .overwrite = plan.unique_outputs(),
                    .mean = contraction.mean,
                    .wide_rhs = rhs.defined() && rhs.scalar_type() != dtype};
  if (contraction.op == KernelOp::kCopy) {
    task.blocks.rhs_step = 0;
  } else {
    task.rhs = grouping.operand(rhs, contraction.rhs_target);
    if (plan.swapped()) {
      std::swap(task.lhs, task.rhs);
      std::swap(lhs, rhs);
    }
  }
  if (is_half(first) && !takes_half(task, contraction, plan.swapped(), dtype)) {
    return rounded_to(dtype, contract_on_cpu(edges, contraction, widened(first), widened(second)));
  }
  const at::DimVector shape = output_shape(edges, contraction);
  const at::TensorOptions options = first.options();
  const at::Tensor out = task.overwrite ? at::empty(shape, options) : at::zeros(shape, options);
  task.out = grouping.operand(out, contraction.out_target);
  task.out_data = out.mutable_data_ptr();
  const ContractFunction run = function_for(dtype, contraction.out_target);
  const std::int64_t width = contraction.out_target == Target::kEdge
                                 ? task.blocks.width
                                 : piece_width(task, grouping.num_edges(), first.element_size());
  if (width < task.blocks.width) {
    run_in_pieces(task, lhs, width, grouping, run);
  } else {
    grouping.parallel_for_groups(
        task.blocks.num_blocks * width,
        [&](std::int64_t begin, std::int64_t end) { run(task, begin, end); });
  }
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
  const at::Tensor second = rhs.value_or(at::Tensor());
  return uses_fallback(lhs)
             ? rounded_to(lhs.scalar_type(),
                          contract_materialised(index, contraction, widened(lhs), widened(second)))
             : contract_on_cpu(index, contraction, lhs, second);
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
  const at::Tensor shares = inverse_degrees(*call.edges, call.contraction.out_target, gradient);
  if (backward.op == KernelOp::kCopy) {
    // Fewer values than edges are scaled once, not once for each edge; in half precision that would
    // round them.
    if (!is_half(gradient) && gradient.numel() <= call.edges->num_edges()) {
      return contract(call.edges, backward, gradient.mul(shares), {});
    }
    backward.op = KernelOp::kMul;
    backward.rhs_target = backward.lhs_target;
    return contract(call.edges, backward, gradient, shares);
  }
  return rounded_to(gradient.scalar_type(),
                    contract(call.edges, backward, widened(gradient).mul(shares), widened(rhs)));
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
