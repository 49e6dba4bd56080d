#include "grapevine/ops/detail/edge_softmax_coo.h"

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/DispatchKeySet.h>

#include <string>
#include <utility>

#include "grapevine/ops/detail/autograd.h"
#include "grapevine/ops/detail/contract_coo.h"
#include "grapevine/ops/detail/coo_index.h"
#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/edge_softmax.h"
#include "grapevine/util/error.h"

// grapevine::edge_softmax_coo(src, dst, num_src, num_dst, logits, norm_by): `edge_softmax` of edges
// that are tensors, for programs that are traced.
namespace grapevine::ops::detail {
namespace {

Target norm_target(std::string_view norm_by) {
  check(norm_by == "dst" || norm_by == "src",
        "edge_softmax_coo: norm_by: expected \"dst\" or \"src\", got \"{}\"", norm_by);
  return norm_by == "dst" ? Target::kDst : Target::kSrc;
}

at::Tensor edge_softmax_coo_kernel(const at::Tensor& src, const at::Tensor& dst,
                                   std::int64_t num_src, std::int64_t num_dst,
                                   const at::Tensor& logits, std::string_view norm_by) {
  return edge_softmax(CooIndex::make(src, dst, num_src, num_dst), logits, norm_target(norm_by));
}

at::Tensor edge_softmax_coo_meta(const at::Tensor& /*src*/, const at::Tensor& /*dst*/,
                                 c10::SymInt /*num_src*/, c10::SymInt /*num_dst*/,
                                 const at::Tensor& logits, std::string_view norm_by) {
  norm_target(norm_by);
  return at::empty_like(logits, at::MemoryFormat::Contiguous);
}

using EdgeSoftmaxCooSignature = at::Tensor(const at::Tensor&, const at::Tensor&, c10::SymInt,
                                           c10::SymInt, const at::Tensor&, std::string_view);

const auto& edge_softmax_coo_operator() {
  static const auto handle = find_operator<EdgeSoftmaxCooSignature>("grapevine::edge_softmax_coo");
  return handle;
}

struct EdgeSoftmaxCooCall {
  c10::SymInt num_src;
  c10::SymInt num_dst;
  Target norm_by;
};

class EdgeSoftmaxCooNode : public torch::autograd::Function<EdgeSoftmaxCooNode> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& logits,
                            const CooArguments& edges, std::string_view norm_by,
                            c10::DispatchKeySet keys) {
    const at::AutoDispatchBelowADInplaceOrView guard;
    const at::Tensor out = edge_softmax_coo_operator().redispatch(
        keys & c10::after_autograd_keyset, edges.src, edges.dst, edges.num_src, edges.num_dst,
        logits, norm_by);
    context->save_for_backward({edges.src, edges.dst, out});
    save_call(*context, EdgeSoftmaxCooCall{edges.num_src, edges.num_dst, norm_target(norm_by)});
    return out;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 const torch::autograd::variable_list& gradients) {
    const auto& call = saved_call<EdgeSoftmaxCooCall>(*context);
    const torch::autograd::variable_list saved = context->get_saved_variables();
    const CooArguments edges{saved[0], saved[1], call.num_src, call.num_dst};
    const at::Tensor out = widened(saved[2]);
    const SymShape shape = sym_feature_shape(out);
    const at::Tensor weighted = out.mul(widened(gradients[0]));
    const Formula sum{{BinaryOp::kCopyLhs, Target::kEdge}, Reduce::kSum, call.norm_by};
    const Formula share{{BinaryOp::kMul, Target::kEdge, call.norm_by}, Reduce::kSum, Target::kEdge};
    const at::Tensor sums = contract_coo(edges, sum, weighted, {}, shape);
    const at::Tensor shared = contract_coo(edges, share, out, sums, shape);
    return {rounded_to(gradients[0].scalar_type(), weighted.sub(shared)), at::Tensor(),
            at::Tensor(), at::Tensor()};
  }
};

at::Tensor edge_softmax_coo_autograd(c10::DispatchKeySet keys, const at::Tensor& src,
                                     const at::Tensor& dst, c10::SymInt num_src,
                                     c10::SymInt num_dst, const at::Tensor& logits,
                                     std::string_view norm_by) {
  if (needs_gradient(logits)) {
    const CooArguments edges{src, dst, std::move(num_src), std::move(num_dst)};
    return EdgeSoftmaxCooNode::apply(logits, edges, norm_by, keys);
  }
  const at::AutoDispatchBelowADInplaceOrView guard;
  return edge_softmax_coo_operator().redispatch(keys & c10::after_autograd_keyset, src, dst,
                                                std::move(num_src), std::move(num_dst), logits,
                                                norm_by);
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def(
      "edge_softmax_coo(Tensor src, Tensor dst, SymInt num_src, SymInt num_dst, Tensor logits, str "
      "norm_by=\"dst\") -> Tensor");
}
TORCH_LIBRARY_IMPL(grapevine, CPU, library) {
  library.impl("edge_softmax_coo", edge_softmax_coo_kernel);
}
TORCH_LIBRARY_IMPL(grapevine, CompositeExplicitAutograd, library) {
  library.impl("edge_softmax_coo", edge_softmax_coo_kernel);
}
TORCH_LIBRARY_IMPL(grapevine, Meta, library) {
  library.impl("edge_softmax_coo", edge_softmax_coo_meta);
}
TORCH_LIBRARY_IMPL(grapevine, Autograd, library) {
  library.impl("edge_softmax_coo", edge_softmax_coo_autograd);
}

}  // namespace

at::Tensor edge_softmax_coo(const CooArguments& edges, const at::Tensor& logits,
                            std::string_view norm_by) {
  return edge_softmax_coo_operator().call(edges.src, edges.dst, edges.num_src, edges.num_dst,
                                          logits, norm_by);
}

}  // namespace grapevine::ops::detail
