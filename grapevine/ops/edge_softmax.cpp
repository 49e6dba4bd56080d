#include "grapevine/ops/edge_softmax.h"

#include <ATen/core/ivalue.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

#include "grapevine/ops/cpu/edge_softmax_kernel.h"
#include "grapevine/ops/detail/contract.h"
#include "grapevine/ops/detail/grouping.h"
#include "grapevine/ops/detail/materialised.h"
#include "grapevine/util/dispatch.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {
namespace {

const detail::EdgeSoftmaxKernels& kernels() {
#ifdef GRAPEVINE_HAVE_AVX2
  if (current_isa() == Isa::kAvx2) {
    return detail::edge_softmax_kernels_avx2;
  }
#endif
  return detail::edge_softmax_kernels_default;
}

at::Tensor softmax_on_cpu(const EdgeIndex& edges, const at::Tensor& logits, Target norm_by) {
  const detail::Grouping grouping(edges, norm_by);
  const at::Tensor input = logits.contiguous();
  const at::Tensor out = at::empty_like(input);
  const detail::EdgeSoftmaxTask task{.indptr = grouping.indptr(),
                                     .logits = grouping.operand(input, Target::kEdge),
                                     .out = out.mutable_data_ptr()};
  const detail::EdgeSoftmaxFunction run =
      input.scalar_type() == at::kFloat ? kernels().rows_float : kernels().rows_double;
  constexpr std::int64_t kCostOfExponential = 16;
  grouping.parallel_for_groups(
      task.logits.row_size * kCostOfExponential,
      [&](std::int64_t begin, std::int64_t end) { run(task, begin, end); });
  return out;
}

struct Call : torch::CustomClassHolder {
  Call(EdgeIndexPtr call_edges, Target call_norm_by)
      : edges(std::move(call_edges)), norm_by(call_norm_by) {}
  EdgeIndexPtr edges;
  Target norm_by;
};

class EdgeSoftmaxFunctionNode : public torch::autograd::Function<EdgeSoftmaxFunctionNode> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& logits,
                            const EdgeIndexPtr& edges, Target norm_by) {
    const at::Tensor out = logits.numel() == 0 ? logits.clone()
                           : logits.is_cpu()
                               ? softmax_on_cpu(*edges, logits, norm_by)
                               : detail::edge_softmax_materialised(*edges, logits, norm_by);
    context->save_for_backward({out});
    context->saved_data["call"] =
        c10::IValue::make_capsule(c10::make_intrusive<Call>(edges, norm_by));
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto call =
        c10::static_intrusive_pointer_cast<Call>(context->saved_data["call"].toCapsule());
    const at::Tensor out = context->get_saved_variables()[0];
    const detail::Shape shape(out.sizes().begin() + 1, out.sizes().end());
    const detail::Shape ones(shape.size(), 1);
    const at::Tensor weighted = out.mul(gradients[0]);
    const at::Tensor sums = detail::contract(call->edges,
                                             {.op = detail::KernelOp::kCopy,
                                              .lhs_target = Target::kEdge,
                                              .out_target = call->norm_by,
                                              .shapes = {.lhs = shape, .rhs = ones, .out = shape}},
                                             weighted, {});
    const at::Tensor shared =
        detail::contract(call->edges,
                         {.op = detail::KernelOp::kMul,
                          .lhs_target = Target::kEdge,
                          .rhs_target = call->norm_by,
                          .out_target = Target::kEdge,
                          .shapes = {.lhs = shape, .rhs = shape, .out = shape}},
                         out, sums);
    return {weighted.sub(shared), at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor edge_softmax(const EdgeIndexPtr& edges, const at::Tensor& logits, Target norm_by) {
  check(norm_by != Target::kEdge, "edge_softmax: norm_by: expected u or v, got e");
  check(logits.defined() && logits.dim() > 0,
        "edge_softmax: logits: expected a tensor with one row for each edge");
  check(logits.scalar_type() == at::kFloat || logits.scalar_type() == at::kDouble,
        "edge_softmax: logits must be float32 or float64, got {}",
        c10::toString(logits.scalar_type()));
  check(logits.size(0) == edges->num_edges(),
        "edge_softmax: logits: expected {} rows, one for each edge, got {}", edges->num_edges(),
        logits.size(0));
  return EdgeSoftmaxFunctionNode::apply(logits, edges, norm_by);
}

}  // namespace grapevine::ops
