#include "grapevine/ops/detail/traced.h"

#include <ATen/ops/empty.h>

#include <tuple>
#include <utility>

#include "grapevine/ops/detail/operator.h"

namespace grapevine::ops::detail {
namespace {

using CooPair = std::tuple<at::Tensor, at::Tensor>;

// Copies, because a compiled program may write to what an operator returned.
CooPair edge_index_coo(const EdgeIndexObjectPtr& edges, const at::Tensor& /*like*/) {
  const Coo& coo = edges->edges()->coo();
  return {coo.src.clone(), coo.dst.clone()};
}

CooPair edge_index_coo_meta(const EdgeIndexObjectPtr& edges, const at::Tensor& like) {
  const auto options = like.options().dtype(edges->edges()->coo().src.scalar_type());
  const std::int64_t num_edges = edges->edges()->num_edges();
  return {at::empty({num_edges}, options), at::empty({num_edges}, options)};
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  edge_index_class();
  library.def(
      "edge_index_coo(__torch__.torch.classes.grapevine.EdgeIndex edges, Tensor like) -> "
      "(Tensor src, Tensor dst)");
}
TORCH_LIBRARY_IMPL(grapevine, CompositeExplicitAutograd, library) {
  library.impl("edge_index_coo", edge_index_coo);
}
TORCH_LIBRARY_IMPL(grapevine, Meta, library) {
  library.impl("edge_index_coo", edge_index_coo_meta);
}
TORCH_LIBRARY_IMPL(grapevine, Autograd, library) {
  library.impl("edge_index_coo", torch::CppFunction::makeFallthrough());
}

}  // namespace

CooArguments traced_edges(const EdgeIndexObjectPtr& edges, const at::Tensor& like) {
  static const auto handle = find_operator<decltype(edge_index_coo)>("grapevine::edge_index_coo");
  auto [src, dst] = handle.call(edges, like.detach());
  return {std::move(src), std::move(dst), edges->edges()->num_src(), edges->edges()->num_dst()};
}

}  // namespace grapevine::ops::detail
