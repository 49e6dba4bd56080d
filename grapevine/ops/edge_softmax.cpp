#include "grapevine/ops/edge_softmax.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/DispatchKeySet.h>

#include <utility>

#include "grapevine/ops/cpu/edge_softmax_kernel.h"
#include "grapevine/ops/detail/autograd.h"
#include "grapevine/ops/detail/contract.h"
#include "grapevine/ops/detail/edge_softmax_coo.h"
#include "grapevine/ops/detail/fallback.h"
#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/grouping.h"
#include "grapevine/ops/detail/kernel_choice.h"
#include "grapevine/ops/detail/materialised.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/traced.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {
namespace detail {
namespace {

Target parse_norm_by(std::string_view norm_by) {
  check(norm_by == "dst" || norm_by == "src",
        "edge_softmax: norm_by: expected \"dst\" or \"src\", got \"{}\"", norm_by);
  return norm_by == "dst" ? Target::kDst : Target::kSrc;
}

void check_logits(const EdgeIndex& edges, const at::Tensor& logits) {
  check(logits.defined() && logits.dim() > 0,
        "edge_softmax: logits: expected a tensor with one row for each edge");
  check(is_feature_dtype(logits.scalar_type()), "edge_softmax: logits must be {}, got {}",
        kFeatureDtypes, c10::toString(logits.scalar_type()));
  check(logits.size(0) == edges.num_edges(),
        "edge_softmax: logits: expected {} rows, one for each edge, got {}", edges.num_edges(),
        logits.size(0));
}

at::Tensor softmax_on_cpu(const EdgeIndex& edges, const at::Tensor& logits, Target norm_by) {
  const Grouping grouping(edges, norm_by);
  const at::Tensor input = logits.contiguous();
  const at::Tensor out = at::empty_like(input);
  const EdgeSoftmaxTask task{.indptr = grouping.indptr(),
                             .logits = grouping.operand(input, Target::kEdge),
                             .out = out.mutable_data_ptr()};
  const EdgeSoftmaxKernels& kernels = GRAPEVINE_KERNELS(edge_softmax_kernels);
  const EdgeSoftmaxFunction run =
      input.scalar_type() == at::kFloat ? kernels.rows_float : kernels.rows_double;
  constexpr std::int64_t kCostOfExponential = 4;
  grouping.parallel_for_groups(
      task.logits.row_size * kCostOfExponential,
      [&](std::int64_t begin, std::int64_t end) { run(task, begin, end); });
  return out;
}

/// The kernel of every device, below autograd.
at::Tensor edge_softmax_without_gradient(const EdgeIndexObjectPtr& edges, const at::Tensor& logits,
                                         std::string_view norm_by) {
  const EdgeIndex& index = *edges->edges();
  const Target target = parse_norm_by(norm_by);
  check_logits(index, logits);
  if (logits.numel() == 0) {
    return at::empty_like(logits);
  }
  const auto run = uses_fallback(logits) ? edge_softmax_materialised : softmax_on_cpu;
  return rounded_to(logits.scalar_type(), run(index, widened(logits), target));
}

at::Tensor edge_softmax_meta(const EdgeIndexObjectPtr& edges, const at::Tensor& logits,
                             std::string_view norm_by) {
  parse_norm_by(norm_by);
  check_logits(*edges->edges(), logits);
  return at::empty_like(logits);
}

const auto& edge_softmax_operator() {
  static const auto handle =
      find_operator<decltype(edge_softmax_without_gradient)>("grapevine::edge_softmax");
  return handle;
}

at::Tensor edge_softmax_below_autograd(c10::DispatchKeySet keys, const EdgeIndexObjectPtr& edges,
                                       const at::Tensor& logits, std::string_view norm_by) {
  const at::AutoDispatchBelowADInplaceOrView guard;
  return edge_softmax_operator().redispatch(keys & c10::after_autograd_keyset, edges, logits,
                                            norm_by);
}

struct EdgeSoftmaxCall {
  EdgeIndexPtr edges;
  Target norm_by;
};

class EdgeSoftmaxFunctionNode : public torch::autograd::Function<EdgeSoftmaxFunctionNode> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& logits,
                            const EdgeIndexObjectPtr& edges, std::string_view norm_by,
                            c10::DispatchKeySet keys) {
    const at::Tensor out = edge_softmax_below_autograd(keys, edges, logits, norm_by);
    context->save_for_backward({out});
    save_call(*context, EdgeSoftmaxCall{edges->edges(), parse_norm_by(norm_by)});
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto& [edges, norm_by] = saved_call<EdgeSoftmaxCall>(*context);
    const at::Tensor out = widened(context->get_saved_variables()[0]);
    const Shape shape(out.sizes().begin() + 1, out.sizes().end());
    const Shape ones(shape.size(), 1);
    const at::Tensor weighted = out.mul(widened(gradients[0]));
    const at::Tensor sums = contract(edges,
                                     {.op = KernelOp::kCopy,
                                      .lhs_target = Target::kEdge,
                                      .out_target = norm_by,
                                      .shapes = {.lhs = shape, .rhs = ones, .out = shape}},
                                     weighted, {});
    const at::Tensor shared = contract(edges,
                                       {.op = KernelOp::kMul,
                                        .lhs_target = Target::kEdge,
                                        .rhs_target = norm_by,
                                        .out_target = Target::kEdge,
                                        .shapes = {.lhs = shape, .rhs = shape, .out = shape}},
                                       out, sums);
    return {rounded_to(gradients[0].scalar_type(), weighted.sub(shared)), at::Tensor(),
            at::Tensor(), at::Tensor()};
  }
};

at::Tensor edge_softmax_autograd(c10::DispatchKeySet keys, const EdgeIndexObjectPtr& edges,
                                 const at::Tensor& logits, std::string_view norm_by) {
  if (is_traced(logits)) {
    return edge_softmax_coo(traced_edges(edges, logits), logits, norm_by);
  }
  return needs_gradient(logits) ? EdgeSoftmaxFunctionNode::apply(logits, edges, norm_by, keys)
                                : edge_softmax_below_autograd(keys, edges, logits, norm_by);
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  edge_index_class();
  library.def(
      "edge_softmax(__torch__.torch.classes.grapevine.EdgeIndex edges, Tensor logits, "
      "str norm_by=\"dst\") -> Tensor");
}
TORCH_LIBRARY_IMPL(grapevine, CPU, library) {
  library.impl("edge_softmax", edge_softmax_without_gradient);
}
TORCH_LIBRARY_IMPL(grapevine, CompositeExplicitAutograd, library) {
  library.impl("edge_softmax", edge_softmax_without_gradient);
}
TORCH_LIBRARY_IMPL(grapevine, Meta, library) { library.impl("edge_softmax", edge_softmax_meta); }
TORCH_LIBRARY_IMPL(grapevine, Autograd, library) {
  library.impl("edge_softmax", edge_softmax_autograd);
}

}  // namespace
}  // namespace detail

at::Tensor edge_softmax(const EdgeIndexPtr& edges, const at::Tensor& logits, Target norm_by) {
  check(norm_by != Target::kEdge, "edge_softmax: norm_by: expected u or v, got e");
  return detail::edge_softmax_operator().call(detail::wrap(edges), logits,
                                              norm_by == Target::kDst ? "dst" : "src");
}

}  // namespace grapevine::ops
