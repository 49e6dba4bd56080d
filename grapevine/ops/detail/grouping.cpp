#include "grapevine/ops/detail/grouping.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>

#include "grapevine/ops/detail/feature_dtype.h"
#include "grapevine/util/error.h"

namespace grapevine::ops::detail {

std::int64_t num_rows(const EdgeIndex& edges, Target target) {
  switch (target) {
    case Target::kSrc:
      return edges.num_src();
    case Target::kDst:
      return edges.num_dst();
    case Target::kEdge:
      break;
  }
  return edges.num_edges();
}

at::Tensor row_ids(const EdgeIndex& edges, Target target) {
  const Coo& coo = edges.coo();
  switch (target) {
    case Target::kSrc:
      return coo.src;
    case Target::kDst:
      return coo.dst;
    case Target::kEdge:
      break;
  }
  return at::arange(edges.num_edges(), coo.src.options());
}

at::Tensor inverse_degrees(const EdgeIndex& edges, Target target, const at::Tensor& like) {
  at::DimVector shape(static_cast<std::size_t>(like.dim()), 1);
  shape[0] = like.size(0);
  const at::ScalarType dtype = is_half(like) ? at::kFloat : like.scalar_type();
  if (like.is_meta()) {
    return at::empty(shape, like.options().dtype(dtype));
  }
  const Csr& csr = target == Target::kSrc ? edges.csr() : edges.csc();
  return csr.indptr.diff().clamp_min(1).to(dtype).reciprocal().view(shape);
}

namespace {
void check_on_cpu(const at::Tensor& ids) {
  if (!ids.is_cpu()) {
    fail("message passing: the features are on the CPU, but the graph is on {}",
         ids.device().str());
  }
}
}  // namespace

Grouping::Grouping(const EdgeIndex& edges, Target target)
    : group_target_(target == Target::kSrc ? Target::kSrc : Target::kDst),
      num_edges_(edges.num_edges()) {
  const bool by_source = group_target_ == Target::kSrc;
  const Csr& csr = by_source ? edges.csr() : edges.csc();
  check_on_cpu(csr.indptr);
  indptr_ = csr.indptr;
  (by_source ? dst_ : src_) = csr.indices;
  edge_ids_ = csr.edge_ids;
}

Grouping Grouping::by_edge(const EdgeIndex& edges) {
  const Coo& coo = edges.coo();
  check_on_cpu(coo.src);
  Grouping result;
  result.src_ = coo.src;
  result.dst_ = coo.dst;
  result.num_edges_ = edges.num_edges();
  return result;
}

RowSelector Grouping::selector(Target target) const {
  if (indptr_.defined() && target == group_target_) {
    return {RowSelector::Kind::kGroup, nullptr};
  }
  const at::Tensor& ids =
      target == Target::kEdge ? edge_ids_ : (target == Target::kSrc ? src_ : dst_);
  if (!ids.defined()) {
    return {RowSelector::Kind::kPosition, nullptr};
  }
  return ids.scalar_type() == at::kInt
             ? RowSelector{RowSelector::Kind::kNarrowIds, ids.const_data_ptr<std::int32_t>()}
             : RowSelector{RowSelector::Kind::kWideIds, ids.const_data_ptr<std::int64_t>()};
}

KernelOperand Grouping::operand(const at::Tensor& data, Target target) const {
  const std::int64_t rows = data.size(0);
  return {data.const_data_ptr(), selector(target), rows == 0 ? 0 : data.numel() / rows, rows};
}

std::int64_t Grouping::boundary(std::int64_t point) const {
  const std::int64_t* offsets = indptr();
  std::int64_t low = 0;
  std::int64_t high = num_groups();
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (offsets[middle] + middle >= point) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace grapevine::ops::detail
