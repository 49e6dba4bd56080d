#include "grapevine/ops/gather_mm.h"

#include <ATen/ops/aminmax.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>

#include <cstdint>

#include "grapevine/ops/detail/matrix_operands.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/traced.h"
#include "grapevine/ops/segment_mm.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {
namespace {

void check_index(const at::Tensor& index, const at::Tensor& a, const at::Tensor& b) {
  check(index.defined() && index.dim() == 1,
        "gather_mm: idx_b: expected a 1-D tensor with the matrix of each row of a");
  check(index.scalar_type() == at::kLong || index.scalar_type() == at::kInt,
        "gather_mm: idx_b: expected int64 or int32, got {}", at::toString(index.scalar_type()));
  if (index.sym_size(0) != a.sym_size(0)) {
    fail("gather_mm: idx_b: expected {} indices, one for each row of a, got {}", a.size(0),
         index.numel());
  }
  check(index.device() == a.device(),
        "gather_mm: expected a and idx_b on one device, got {} and {}", a.device().str(),
        index.device().str());
  if (detail::has_values(index) && index.numel() > 0) {
    const auto [low, high] = at::aminmax(index);
    const auto smallest = low.item<std::int64_t>();
    const auto largest = high.item<std::int64_t>();
    check(smallest >= 0 && largest < b.size(0),
          "gather_mm: idx_b: index {} is out of range; b has {} matrices",
          smallest < 0 ? smallest : largest, b.size(0));
  }
}

at::Tensor gather_mm_composite(const at::Tensor& a, const at::Tensor& b, const at::Tensor& idx_b) {
  detail::check_matrix_operands("gather_mm", a, b);
  check_index(idx_b, a, b);
  if (idx_b.is_meta()) {
    return segment_mm(a, b, at::empty_symint({b.sym_size(0)}, idx_b.options()));
  }
  const at::Tensor order = at::argsort(idx_b, /*stable=*/true);
  const at::Tensor lengths =
      at::zeros_symint({b.sym_size(0)}, idx_b.options()).index_add(0, idx_b, at::ones_like(idx_b));
  return segment_mm(a.index_select(0, order), b, lengths).index_select(0, order.argsort());
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def("gather_mm(Tensor a, Tensor b, Tensor idx_b) -> Tensor", gather_mm_composite);
}

}  // namespace

at::Tensor gather_mm(const at::Tensor& a, const at::Tensor& b, const at::Tensor& idx_b) {
  static const auto handle =
      detail::find_operator<decltype(gather_mm_composite)>("grapevine::gather_mm");
  return handle.call(a, b, idx_b);
}

}  // namespace grapevine::ops
