#include "grapevine/ops/detail/extremum.h"

#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <utility>

#include "grapevine/ops/cpu/extremum_kernel.h"
#include "grapevine/ops/detail/grouping.h"
#include "grapevine/ops/detail/materialised.h"
#include "grapevine/util/dispatch.h"

namespace grapevine::ops::detail {
namespace {

const ExtremumKernels& kernels() {
#ifdef GRAPEVINE_HAVE_AVX2
  if (current_isa() == Isa::kAvx2) {
    return extremum_kernels_avx2;
  }
#endif
  return extremum_kernels_default;
}

at::DimVector with_rows(std::int64_t rows, const Shape& shape) {
  at::DimVector result = {rows};
  result.append(shape.begin(), shape.end());
  return result;
}

ExtremumResult find_on_cpu(const EdgeIndex& edges, const Extremum& extremum, at::Tensor lhs,
                           at::Tensor rhs, bool with_winners) {
  const Contraction& message = extremum.message;
  const BroadcastPlan plan(message.shapes);
  const Grouping grouping(edges, Target::kDst);
  const at::DimVector shape = with_rows(edges.num_dst(), message.shapes.out);
  ExtremumResult result{at::empty(shape, lhs.options()), {}};
  if (with_winners) {
    result.winners = at::empty(shape, lhs.options().dtype(at::kLong));
  }
  lhs = lhs.contiguous();
  ExtremumTask task{
      .op = message.op,
      .indptr = grouping.indptr(),
      .lhs = grouping.operand(lhs, message.lhs_target),
      .edge = grouping.edge_operand(),
      .out_size = numel(message.shapes.out),
      .out = result.values.mutable_data_ptr(),
      .winners = with_winners ? result.winners.mutable_data_ptr<std::int64_t>() : nullptr,
      .blocks = plan.blocks(),
      .sign = extremum.maximum ? 1 : -1};
  if (message.op == KernelOp::kCopy) {
    task.blocks.rhs_step = 0;
  } else {
    rhs = rhs.contiguous();
    task.rhs = grouping.operand(rhs, message.rhs_target);
    if (plan.swapped()) {
      std::swap(task.lhs, task.rhs);
    }
  }
  const ExtremumFunction run =
      lhs.scalar_type() == at::kFloat ? kernels().rows_float : kernels().rows_double;
  grouping.parallel_for_groups(
      task.blocks.num_blocks * task.blocks.width,
      [&](std::int64_t begin, std::int64_t end) { run(task, begin, end); });
  return result;
}

/// Where the winning edges' features stand in the flattened operand: `[num_dst, *feature_space]`.
at::Tensor winning_positions(const EdgeIndex& edges, const at::Tensor& winners, Target target,
                             const Shape& shape, const Shape& space) {
  at::Tensor rows = winners.clamp_min(0);
  if (target != Target::kEdge) {
    rows =
        row_ids(edges, target).to(at::kLong).index_select(0, rows.flatten()).view(winners.sizes());
  }
  at::DimVector feature_shape = with_rows(1, shape);
  const at::Tensor features = at::arange(numel(shape), winners.options()).view(feature_shape);
  return rows.mul(numel(shape)).add(features).expand(with_rows(winners.size(0), space));
}

struct Call : torch::CustomClassHolder {
  Call(EdgeIndexPtr call_edges, Extremum call_extremum)
      : edges(std::move(call_edges)), extremum(std::move(call_extremum)) {}
  EdgeIndexPtr edges;
  Extremum extremum;
};

/// The gradient of lhs from that of the result; `rhs` only for a product. Plain differentiable ATen
/// on `[num_dst, *feature_space]`.
at::Tensor gradient_of_lhs(const EdgeIndex& edges, const Contraction& message,
                           const at::Tensor& gradient, const at::Tensor& winners,
                           const at::Tensor& rhs) {
  const Shape space = feature_space(message.shapes);
  const std::int64_t num_values = num_rows(edges, message.lhs_target) * numel(message.shapes.lhs);
  const at::Tensor zeros = at::zeros({num_values}, gradient.options());
  const at::DimVector shape = with_rows(num_rows(edges, message.lhs_target), message.shapes.lhs);
  if (edges.num_edges() == 0 || numel(space) == 0) {
    return zeros.view(shape);
  }
  at::Tensor values = gradient.expand(with_rows(gradient.size(0), space));
  if (message.op == KernelOp::kMul) {
    const at::Tensor positions =
        winning_positions(edges, winners, message.rhs_target, message.shapes.rhs, space);
    values = values.mul(rhs.flatten().index_select(0, positions.flatten()).view(positions.sizes()));
  }
  values = values.masked_fill(winners.lt(0), 0);
  const at::Tensor positions =
      winning_positions(edges, winners, message.lhs_target, message.shapes.lhs, space);
  return zeros.index_add(0, positions.flatten(), values.flatten()).view(shape);
}

class ExtremumFunctionNode : public torch::autograd::Function<ExtremumFunctionNode> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& lhs,
                            const std::optional<at::Tensor>& rhs, const EdgeIndexPtr& edges,
                            const Extremum& extremum) {
    const ExtremumResult result =
        find_extremum(*edges, extremum, lhs, rhs.value_or(at::Tensor()), true);
    const bool is_product = extremum.message.op == KernelOp::kMul;
    context->save_for_backward(
        {result.winners, is_product ? lhs : at::Tensor(), is_product ? rhs.value() : at::Tensor()});
    context->saved_data["call"] =
        c10::IValue::make_capsule(c10::make_intrusive<Call>(edges, extremum));
    return result.values;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto call =
        c10::static_intrusive_pointer_cast<Call>(context->saved_data["call"].toCapsule());
    const torch::autograd::variable_list saved = context->get_saved_variables();
    torch::autograd::variable_list results(4);
    const Contraction& message = call->extremum.message;
    if (context->needs_input_grad(0)) {
      results[0] = gradient_of_lhs(*call->edges, message, gradients[0], saved[0], saved[2]);
    }
    if (message.op != KernelOp::kCopy && context->needs_input_grad(1)) {
      Contraction swapped = message;
      std::swap(swapped.lhs_target, swapped.rhs_target);
      std::swap(swapped.shapes.lhs, swapped.shapes.rhs);
      results[1] = gradient_of_lhs(*call->edges, swapped, gradients[0], saved[0], saved[1]);
    }
    return results;
  }
};

}  // namespace

ExtremumResult find_extremum(const EdgeIndex& edges, const Extremum& extremum,
                             const at::Tensor& lhs, const at::Tensor& rhs, bool with_winners) {
  if (edges.num_edges() == 0 || numel(feature_space(extremum.message.shapes)) == 0) {
    const at::DimVector shape = with_rows(edges.num_dst(), extremum.message.shapes.out);
    return {at::zeros(shape, lhs.options()), at::full(shape, -1, lhs.options().dtype(at::kLong))};
  }
  return lhs.is_cpu() ? find_on_cpu(edges, extremum, lhs, rhs, with_winners)
                      : extremum_materialised(edges, extremum, lhs, rhs);
}

at::Tensor extremum(const EdgeIndexPtr& edges, const Extremum& extremum, const at::Tensor& lhs,
                    const at::Tensor& rhs) {
  if (!at::GradMode::is_enabled() ||
      !(lhs.requires_grad() || (rhs.defined() && rhs.requires_grad()))) {
    return find_extremum(*edges, extremum, lhs, rhs, false).values;
  }
  const std::optional<at::Tensor> second =
      rhs.defined() ? std::optional<at::Tensor>(rhs) : std::nullopt;
  return ExtremumFunctionNode::apply(lhs, second, edges, extremum);
}

}  // namespace grapevine::ops::detail
