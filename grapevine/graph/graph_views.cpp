#include "grapevine/graph/graph_views.h"

#include <ATen/ops/arange.h>

namespace grapevine {
namespace {

at::Tensor sorted_ids(const Adjacency& adjacency) {
  // A stable sort by destination and then by source leaves parallel edges in id order.
  const ops::Coo& coo = adjacency.coo();
  const at::Tensor by_dst = coo.dst.argsort(/*stable=*/true);
  const at::Tensor by_src = coo.src.index_select(0, by_dst).argsort(/*stable=*/true);
  return by_dst.index_select(0, by_src);
}

}  // namespace

EdgePair EdgeView::uv(EdgeOrder order) const {
  EdgeList edges = all(order);
  return {std::move(edges.src), std::move(edges.dst)};
}

at::Tensor EdgeView::eid(EdgeOrder order) const { return all(order).eid; }

EdgeList EdgeView::all(EdgeOrder order) const {
  const ops::Coo& coo = adjacency_->coo();
  if (order == EdgeOrder::kEid) {
    return {coo.src, coo.dst, at::arange(adjacency_->num_edges(), coo.src.options())};
  }
  const at::Tensor ids = sorted_ids(*adjacency_);
  return {coo.src.index_select(0, ids), coo.dst.index_select(0, ids),
          ids.to(coo.src.scalar_type())};
}

at::Tensor NodeView::ids() const {
  return at::arange(data.frame()->num_rows(),
                    at::TensorOptions(idtype_).device(data.frame()->device()));
}

}  // namespace grapevine
