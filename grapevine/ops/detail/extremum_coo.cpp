#include "grapevine/ops/detail/extremum_coo.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DispatchKeySet.h>

#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>

#include "grapevine/ops/detail/autograd.h"
#include "grapevine/ops/detail/coo_index.h"
#include "grapevine/ops/detail/extremum.h"
#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/operator.h"

namespace grapevine::ops::detail {
namespace {

using Result = std::tuple<at::Tensor, at::Tensor>;

Result extremum_coo_kernel(const at::Tensor& src, const at::Tensor& dst, std::int64_t num_src,
                           std::int64_t num_dst, std::string_view formula, const at::Tensor& lhs,
                           const std::optional<at::Tensor>& rhs, at::IntArrayRef out_shape) {
  const EdgeIndexPtr edges = CooIndex::make(src, dst, num_src, num_dst);
  const Extremum parsed = parse_extremum(*edges, {formula, lhs, rhs, out_shape});
  ExtremumResult found =
      extremum(edges, parsed, lhs, rhs.value_or(at::Tensor()), /*with_winners=*/true);
  return {std::move(found.values), found.winners.to(at::kLong)};
}

Result extremum_coo_meta(const at::Tensor& /*src*/, const at::Tensor& /*dst*/,
                         c10::SymInt /*num_src*/, c10::SymInt num_dst, std::string_view /*formula*/,
                         const at::Tensor& lhs, const std::optional<at::Tensor>& /*rhs*/,
                         c10::SymIntArrayRef out_shape) {
  const SymShape shape = sym_with_rows(num_dst, out_shape.vec());
  return {at::empty_symint(shape, lhs.options()),
          at::empty_symint(shape, lhs.options().dtype(at::kLong))};
}

using ExtremumCooSignature = Result(const at::Tensor&, const at::Tensor&, c10::SymInt, c10::SymInt,
                                    std::string_view, const at::Tensor&,
                                    const std::optional<at::Tensor>&, c10::SymIntArrayRef);

const auto& extremum_coo_operator() {
  static const auto handle = find_operator<ExtremumCooSignature>("grapevine::extremum_coo");
  return handle;
}

struct ExtremumCooCall {
  c10::SymInt num_src;
  c10::SymInt num_dst;
  MessageName message;
  SymShape lhs_shape;
  SymShape rhs_shape;
};

/// What both operands' shapes, which have one rank, broadcast to.
SymShape message_shape(const ExtremumCooCall& call) {
  SymShape shape = call.lhs_shape;
  for (std::size_t i = 0; i < call.rhs_shape.size(); ++i) {
    if (shape[i] == 1) {
      shape[i] = call.rhs_shape[i];
    }
  }
  return shape;
}

/// Where the features that have won stand in a flattened operand: `[num_dst, *space]`.
at::Tensor winning_positions(const CooArguments& edges, const at::Tensor& winners,
                             const MessageName& message, Target target, const SymShape& shape,
                             const SymShape& space) {
  at::Tensor rows = winners.clamp_min(0);
  if (message.op != BinaryOp::kCopyLhs && target != Target::kEdge) {
    rows = edges.row_ids(target).index_select(0, rows.flatten()).view_symint(winners.sym_sizes());
  }
  const at::Tensor features =
      at::arange(numel(shape), winners.options()).view_symint(sym_with_rows(1, shape));
  return rows.mul(numel(shape))
      .add(features)
      .expand_symint(sym_with_rows(winners.sym_size(0), space))
      .flatten();
}

/// The gradient of lhs from that of the result; `rhs` only for a product. Plain differentiable ATen
/// on `[num_dst, *space]`.
at::Tensor gradient_of_lhs(const CooArguments& edges, const ExtremumCooCall& call,
                           const at::Tensor& gradient, const at::Tensor& winners,
                           const at::Tensor& rhs) {
  const SymShape space = message_shape(call);
  const c10::SymInt rows = edges.num_rows(call.message.lhs);
  const at::Tensor zeros = at::zeros_symint({rows * numel(call.lhs_shape)}, gradient.options());
  const SymShape shape = sym_with_rows(rows, call.lhs_shape);
  if (edges.src.sym_numel() == 0 || numel(space) == 0) {
    return zeros.view_symint(shape);
  }
  at::Tensor values = gradient.expand_symint(sym_with_rows(gradient.sym_size(0), space));
  if (rhs.defined()) {
    const at::Tensor positions =
        winning_positions(edges, winners, call.message, call.message.rhs, call.rhs_shape, space);
    values = values.mul(rhs.flatten().index_select(0, positions).view_symint(values.sym_sizes()));
  }
  values = values.masked_fill(winners.lt(0), 0);
  const at::Tensor positions =
      winning_positions(edges, winners, call.message, call.message.lhs, call.lhs_shape, space);
  return zeros.index_add(0, positions, values.flatten()).view_symint(shape);
}

class ExtremumCooNode : public torch::autograd::Function<ExtremumCooNode> {
 public:
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                const at::Tensor& lhs,
                                                const std::optional<at::Tensor>& rhs,
                                                const CooArguments& edges, std::string_view formula,
                                                c10::SymIntArrayRef out_shape,
                                                c10::DispatchKeySet keys) {
    ExtremumCooCall call{edges.num_src, edges.num_dst, parse_formula(formula).message,
                         sym_feature_shape(lhs), rhs ? sym_feature_shape(*rhs) : SymShape()};
    const at::AutoDispatchBelowADInplaceOrView guard;
    const auto [values, winners] = extremum_coo_operator().redispatch(
        keys & c10::after_autograd_keyset, edges.src, edges.dst, edges.num_src, edges.num_dst,
        formula, lhs, rhs, out_shape);
    const bool is_product = call.message.op == BinaryOp::kMul;
    context->save_for_backward({edges.src, edges.dst, winners, is_product ? lhs : at::Tensor(),
                                is_product ? rhs.value() : at::Tensor()});
    context->mark_non_differentiable({winners});
    save_call(*context, std::move(call));
    return {values, winners};
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto& call = saved_call<ExtremumCooCall>(*context);
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const CooArguments edges{saved[0], saved[1], call.num_src, call.num_dst};
    const at::ScalarType dtype = gradients[0].scalar_type();
    const at::Tensor gradient = widened(gradients[0]);
    torch::autograd::variable_list results(6);
    if (context->needs_input_grad(0)) {
      results[0] =
          rounded_to(dtype, gradient_of_lhs(edges, call, gradient, saved[2], widened(saved[4])));
    }
    if (call.message.op != BinaryOp::kCopyLhs && context->needs_input_grad(1)) {
      ExtremumCooCall swapped = call;
      std::swap(swapped.message.lhs, swapped.message.rhs);
      std::swap(swapped.lhs_shape, swapped.rhs_shape);
      results[1] =
          rounded_to(dtype, gradient_of_lhs(edges, swapped, gradient, saved[2], widened(saved[3])));
    }
    return results;
  }
};

Result extremum_coo_autograd(c10::DispatchKeySet keys, const at::Tensor& src, const at::Tensor& dst,
                             c10::SymInt num_src, c10::SymInt num_dst, std::string_view formula,
                             const at::Tensor& lhs, const std::optional<at::Tensor>& rhs,
                             c10::SymIntArrayRef out_shape) {
  if (needs_gradient(lhs) || needs_gradient(rhs)) {
    const CooArguments edges{src, dst, std::move(num_src), std::move(num_dst)};
    const torch::autograd::variable_list results =
        ExtremumCooNode::apply(lhs, rhs, edges, formula, out_shape, keys);
    return {results[0], results[1]};
  }
  const at::AutoDispatchBelowADInplaceOrView guard;
  return extremum_coo_operator().redispatch(keys & c10::after_autograd_keyset, src, dst,
                                            std::move(num_src), std::move(num_dst), formula, lhs,
                                            rhs, out_shape);
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def(
      "extremum_coo(Tensor src, Tensor dst, SymInt num_src, SymInt num_dst, str formula, Tensor "
      "lhs, Tensor? rhs, SymInt[] out_shape) -> (Tensor values, Tensor winners)");
}
TORCH_LIBRARY_IMPL(grapevine, CPU, library) { library.impl("extremum_coo", extremum_coo_kernel); }
TORCH_LIBRARY_IMPL(grapevine, CompositeExplicitAutograd, library) {
  library.impl("extremum_coo", extremum_coo_kernel);
}
TORCH_LIBRARY_IMPL(grapevine, Meta, library) { library.impl("extremum_coo", extremum_coo_meta); }
TORCH_LIBRARY_IMPL(grapevine, Autograd, library) {
  library.impl("extremum_coo", extremum_coo_autograd);
}

}  // namespace

ExtremumResult extremum_coo(const CooArguments& edges, const Formula& formula,
                            const at::Tensor& lhs, const at::Tensor& rhs,
                            const SymShape& out_shape) {
  const std::optional<at::Tensor> second =
      rhs.defined() ? std::optional<at::Tensor>(rhs) : std::nullopt;
  auto [values, winners] =
      extremum_coo_operator().call(edges.src, edges.dst, edges.num_src, edges.num_dst,
                                   to_string(formula), lhs, second, out_shape);
  return {std::move(values), std::move(winners)};
}

}  // namespace grapevine::ops::detail
