#include "grapevine/ops/detail/extremum.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DispatchKeySet.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "grapevine/ops/cpu/extremum_kernel.h"
#include "grapevine/ops/detail/autograd.h"
#include "grapevine/ops/detail/extremum_coo.h"
#include "grapevine/ops/detail/extremum_gradient.h"
#include "grapevine/ops/detail/fallback.h"
#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/grouping.h"
#include "grapevine/ops/detail/kernel_choice.h"
#include "grapevine/ops/detail/materialised.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/traced.h"

namespace grapevine::ops::detail {
namespace {

using Result = std::tuple<at::Tensor, at::Tensor>;

/// int32 if the numbers of all rows fit.
at::TensorOptions winner_options(const EdgeIndex& edges, const at::Tensor& like) {
  const std::int64_t rows = std::max({edges.num_src(), edges.num_dst(), edges.num_edges()});
  const bool narrow = rows <= std::numeric_limits<std::int32_t>::max();
  return like.options().dtype(narrow ? at::kInt : at::kLong);
}

at::Tensor no_winners(const EdgeIndex& edges, const at::Tensor& like) {
  return at::empty({0}, winner_options(edges, like));
}

at::DimVector with_rows(std::int64_t rows, const Shape& shape) {
  at::DimVector result = {rows};
  result.append(shape.begin(), shape.end());
  return result;
}

ExtremumResult find_on_cpu(const EdgeIndex& edges, const Extremum& extremum,
                           const at::Tensor& first, const at::Tensor& second, bool with_winners) {
  const Contraction& message = extremum.message;
  const BroadcastPlan plan(message.shapes);
  const Grouping grouping(edges, Target::kDst);
  const at::Tensor lhs = first.contiguous();
  const at::Tensor rhs = second.defined() ? second.contiguous() : second;
  const at::DimVector shape = output_shape(edges, message);
  const ExtremumResult result{
      at::empty(shape, lhs.options()),
      with_winners ? at::empty(shape, winner_options(edges, lhs)) : no_winners(edges, lhs)};
  ExtremumTask task{.op = message.op,
                    .indptr = grouping.indptr(),
                    .lhs = grouping.operand(lhs, message.lhs_target),
                    .edge = grouping.edge_operand(),
                    .out_size = numel(message.shapes.out),
                    .out = result.values.mutable_data_ptr(),
                    .winners = with_winners ? result.winners.mutable_data_ptr() : nullptr,
                    .wide_winners = result.winners.scalar_type() == at::kLong,
                    .blocks = plan.blocks(),
                    .maximum = extremum.maximum};
  if (message.op == KernelOp::kCopy) {
    task.blocks.rhs_step = 0;
    task.winner_names = task.lhs.selector;
  } else {
    task.winner_names = task.edge.selector;
    task.rhs = grouping.operand(rhs, message.rhs_target);
    if (plan.swapped()) {
      std::swap(task.lhs, task.rhs);
    }
  }
  const ExtremumKernels& kernels = GRAPEVINE_KERNELS(extremum_kernels);
  const ExtremumFunction run =
      lhs.scalar_type() == at::kFloat ? kernels.rows_float : kernels.rows_double;
  grouping.parallel_for_groups(
      task.blocks.num_blocks * task.blocks.width,
      [&](std::int64_t begin, std::int64_t end) { run(task, begin, end); });
  return result;
}

ExtremumResult find_on_any_device(const EdgeIndex& edges, const Extremum& extremum,
                                  const at::Tensor& lhs, const at::Tensor& rhs) {
  ExtremumResult result = extremum_materialised(edges, extremum, lhs, rhs);
  if (extremum.message.op == KernelOp::kCopy) {
    const at::Tensor rows = row_ids(edges, extremum.message.lhs_target)
                                .index_select(0, result.winners.clamp_min(0).flatten())
                                .view(result.winners.sizes());
    result.winners = rows.masked_fill(result.winners.lt(0), -1);
  }
  return {result.values, result.winners.to(winner_options(edges, lhs))};
}

/// The kernel of every device, below autograd.
Result extremum_without_gradient(const EdgeIndexObjectPtr& edges, std::string_view formula,
                                 const at::Tensor& lhs, const std::optional<at::Tensor>& rhs,
                                 at::IntArrayRef out_shape, bool with_winners) {
  const EdgeIndex& index = *edges->edges();
  const Extremum extremum = parse_extremum(index, {formula, lhs, rhs, out_shape});
  if (is_empty(index, extremum.message)) {
    const at::DimVector shape = output_shape(index, extremum.message);
    return {at::zeros(shape, lhs.options()), with_winners
                                                 ? at::full(shape, -1, winner_options(index, lhs))
                                                 : no_winners(index, lhs)};
  }
  const at::Tensor first = widened(lhs);
  const at::Tensor second = widened(rhs.value_or(at::Tensor()));
  const ExtremumResult found = uses_fallback(lhs)
                                   ? find_on_any_device(index, extremum, first, second)
                                   : find_on_cpu(index, extremum, first, second, with_winners);
  return {rounded_to(lhs.scalar_type(), found.values),
          with_winners ? found.winners : no_winners(index, lhs)};
}

Result extremum_meta(const EdgeIndexObjectPtr& edges, std::string_view formula,
                     const at::Tensor& lhs, const std::optional<at::Tensor>& rhs,
                     at::IntArrayRef out_shape, bool with_winners) {
  const EdgeIndex& index = *edges->edges();
  const Extremum extremum = parse_extremum(index, {formula, lhs, rhs, out_shape});
  const at::DimVector shape = output_shape(index, extremum.message);
  return {at::empty(shape, lhs.options()),
          with_winners ? at::empty(shape, winner_options(index, lhs)) : no_winners(index, lhs)};
}

const auto& extremum_operator() {
  static const auto handle =
      find_operator<decltype(extremum_without_gradient)>("grapevine::extremum");
  return handle;
}

Result extremum_below_autograd(c10::DispatchKeySet keys, const EdgeIndexObjectPtr& edges,
                               std::string_view formula, const at::Tensor& lhs,
                               const std::optional<at::Tensor>& rhs, at::IntArrayRef out_shape,
                               bool with_winners) {
  const at::AutoDispatchBelowADInplaceOrView guard;
  return extremum_operator().redispatch(keys & c10::after_autograd_keyset, edges, formula, lhs, rhs,
                                        out_shape, with_winners);
}

/// Which rows of an operand have won.
at::Tensor winning_rows(const EdgeIndex& edges, KernelOp op, const at::Tensor& winners,
                        Target target) {
  const at::Tensor names = winners.to(at::kLong).clamp_min(0);
  if (op == KernelOp::kCopy || target == Target::kEdge) {
    return names;
  }
  return row_ids(edges, target).to(at::kLong).index_select(0, names.flatten()).view(names.sizes());
}

/// Where the features of these rows stand in the flattened operand: `[num_dst, *feature_space]`.
at::Tensor winning_positions(const at::Tensor& rows, const Shape& shape, const Shape& space) {
  at::DimVector feature_shape = with_rows(1, shape);
  const at::Tensor features = at::arange(numel(shape), rows.options()).view(feature_shape);
  return rows.mul(numel(shape)).add(features).expand(with_rows(rows.size(0), space));
}

struct ExtremumCall {
  EdgeIndexPtr edges;
  Contraction message;
};

/// The gradient of lhs from that of the result; `rhs` only for a product. Where it must be
/// differentiable, and on other devices, plain ATen on `[num_dst, *feature_space]`.
at::Tensor gradient_of_lhs(const EdgeIndex& edges, const Contraction& message,
                           const at::Tensor& gradient, const at::Tensor& winners,
                           const at::Tensor& rhs) {
  const Shape space = feature_space(message.shapes);
  const std::int64_t num_values = num_rows(edges, message.lhs_target) * numel(message.shapes.lhs);
  const at::Tensor zeros = at::zeros({num_values}, gradient.options());
  const at::DimVector shape = with_rows(num_rows(edges, message.lhs_target), message.shapes.lhs);
  if (edges.num_edges() == 0 || numel(space) == 0 || gradient.is_meta()) {
    return zeros.view(shape);
  }
  if (!at::GradMode::is_enabled() && !uses_fallback(gradient) && has_values(gradient)) {
    return extremum_gradient_on_cpu(edges, message, gradient, winners, rhs);
  }
  at::Tensor values = gradient.expand(with_rows(gradient.size(0), space));
  if (message.op == KernelOp::kMul) {
    const at::Tensor rows = winning_rows(edges, message.op, winners, message.rhs_target);
    const at::Tensor positions = winning_positions(rows, message.shapes.rhs, space);
    values = values.mul(rhs.flatten().index_select(0, positions.flatten()).view(positions.sizes()));
  }
  values = values.masked_fill(winners.lt(0), 0);
  const at::Tensor rows = winning_rows(edges, message.op, winners, message.lhs_target);
  const at::Tensor positions = winning_positions(rows, message.shapes.lhs, space);
  return zeros.index_add(0, positions.flatten(), values.flatten()).view(shape);
}

/// The same in the precision in which operators compute, brought back to that of the operand.
at::Tensor rounded_gradient_of_lhs(const ExtremumCall& call, const at::Tensor& gradient,
                                   const at::Tensor& winners, const at::Tensor& rhs) {
  return rounded_to(
      gradient.scalar_type(),
      gradient_of_lhs(*call.edges, call.message, widened(gradient), winners, widened(rhs)));
}

class ExtremumFunctionNode : public torch::autograd::Function<ExtremumFunctionNode> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const at::Tensor& lhs,
                                                const std::optional<at::Tensor>& rhs,
                                                const EdgeIndexObjectPtr& edges,
                                                std::string_view formula, at::IntArrayRef out_shape,
                                                c10::DispatchKeySet keys) {
    Contraction message = parse_extremum(*edges->edges(), {formula, lhs, rhs, out_shape}).message;
    const auto [values, winners] =
        extremum_below_autograd(keys, edges, formula, lhs, rhs, out_shape, /*with_winners=*/true);
    const bool is_product = message.op == KernelOp::kMul;
    context->save_for_backward(
        {winners, is_product ? lhs : at::Tensor(), is_product ? rhs.value() : at::Tensor()});
    context->mark_non_differentiable({winners});
    save_call(*context, ExtremumCall{edges->edges(), std::move(message)});
    return {values, winners};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto& call = saved_call<ExtremumCall>(*context);
    const torch::autograd::variable_list saved = context->get_saved_variables();
    torch::autograd::variable_list results(6);
    if (context->needs_input_grad(0)) {
      results[0] = rounded_gradient_of_lhs(call, gradients[0], saved[0], saved[2]);
    }
    if (call.message.op != KernelOp::kCopy && context->needs_input_grad(1)) {
      ExtremumCall swapped = call;
      std::swap(swapped.message.lhs_target, swapped.message.rhs_target);
      std::swap(swapped.message.shapes.lhs, swapped.message.shapes.rhs);
      results[1] = rounded_gradient_of_lhs(swapped, gradients[0], saved[0], saved[1]);
    }
    return results;
  }
};

Result extremum_autograd(c10::DispatchKeySet keys, const EdgeIndexObjectPtr& edges,
                         std::string_view formula, const at::Tensor& lhs,
                         const std::optional<at::Tensor>& rhs, at::IntArrayRef out_shape,
                         bool with_winners) {
  if (is_traced(lhs)) {
    ExtremumResult found =
        extremum_coo(traced_edges(edges, lhs), parse_formula(formula), lhs,
                     rhs.value_or(at::Tensor()), {out_shape.begin(), out_shape.end()});
    return {std::move(found.values), with_winners
                                         ? found.winners.to(winner_options(*edges->edges(), lhs))
                                         : no_winners(*edges->edges(), lhs)};
  }
  if (!needs_gradient(lhs) && !needs_gradient(rhs)) {
    return extremum_below_autograd(keys, edges, formula, lhs, rhs, out_shape, with_winners);
  }
  const torch::autograd::variable_list results =
      ExtremumFunctionNode::apply(lhs, rhs, edges, formula, out_shape, keys);
  return {results[0], with_winners ? results[1] : no_winners(*edges->edges(), lhs)};
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  edge_index_class();
  library.def(
      "extremum(__torch__.torch.classes.grapevine.EdgeIndex edges, str formula, Tensor lhs, "
      "Tensor? rhs, int[] out_shape, bool with_winners=True) -> (Tensor values, Tensor winners)");
}
TORCH_LIBRARY_IMPL(grapevine, CPU, library) { library.impl("extremum", extremum_without_gradient); }
TORCH_LIBRARY_IMPL(grapevine, CompositeExplicitAutograd, library) {
  library.impl("extremum", extremum_without_gradient);
}
TORCH_LIBRARY_IMPL(grapevine, Meta, library) { library.impl("extremum", extremum_meta); }
TORCH_LIBRARY_IMPL(grapevine, Autograd, library) { library.impl("extremum", extremum_autograd); }

}  // namespace

ExtremumResult extremum(const EdgeIndexPtr& edges, const Extremum& extremum, const at::Tensor& lhs,
                        const at::Tensor& rhs, bool with_winners) {
  const std::optional<at::Tensor> second =
      rhs.defined() ? std::optional<at::Tensor>(rhs) : std::nullopt;
  auto [values, winners] = extremum_operator().call(wrap(edges), formula_of(extremum), lhs, second,
                                                    extremum.message.shapes.out, with_winners);
  return {std::move(values), std::move(winners)};
}

}  // namespace grapevine::ops::detail
