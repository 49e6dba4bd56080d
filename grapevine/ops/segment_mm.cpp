#include "grapevine/ops/segment_mm.h"

#include <ATen/ops/cat.h>

#include <cstdint>
#include <vector>

#include "grapevine/ops/detail/matrix_operands.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {
namespace {

/// A caller's lengths on the CPU in int64, checked.
at::Tensor checked_lengths(const at::Tensor& lengths, std::int64_t num_rows,
                           std::int64_t num_segments) {
  check(lengths.defined() && lengths.dim() == 1,
        "segment_mm: lengths: expected a 1-D tensor with the length of each segment");
  check(lengths.scalar_type() == at::kLong || lengths.scalar_type() == at::kInt,
        "segment_mm: lengths: expected int64 or int32, got {}",
        at::toString(lengths.scalar_type()));
  check(lengths.numel() == num_segments,
        "segment_mm: lengths: expected {} lengths, one for each matrix of b, got {}", num_segments,
        lengths.numel());
  at::Tensor result = lengths.to(at::kCPU, at::kLong).contiguous();
  std::int64_t total = 0;
  for (std::int64_t i = 0; i < num_segments; ++i) {
    const std::int64_t length = result.const_data_ptr<std::int64_t>()[i];
    check(length >= 0, "segment_mm: lengths: expected 0 or more, got {}", length);
    total += length;
    check(total <= num_rows,
          "segment_mm: expected lengths that sum to the {} rows of a, got a sum of {} or more",
          num_rows, total);
  }
  check(total == num_rows,
        "segment_mm: expected lengths that sum to the {} rows of a, got a sum of {}", num_rows,
        total);
  return result;
}

at::Tensor segment_mm_composite(const at::Tensor& a, const at::Tensor& b,
                                const at::Tensor& lengths) {
  detail::check_matrix_operands("segment_mm", a, b);
  if (lengths.defined() && lengths.is_meta()) {
    return detail::any_matrix_product(a, b);
  }
  const at::Tensor sizes = checked_lengths(lengths, a.size(0), b.size(0));
  const std::vector<at::Tensor> matrices = b.unbind(0);
  std::vector<at::Tensor> products;
  std::int64_t first = 0;
  for (std::int64_t i = 0; i < b.size(0); ++i) {
    const std::int64_t length = sizes.const_data_ptr<std::int64_t>()[i];
    if (length > 0) {
      products.push_back(a.narrow(0, first, length).mm(matrices[static_cast<std::size_t>(i)]));
      first += length;
    }
  }
  return products.empty() ? detail::any_matrix_product(a, b) : at::cat(products);
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def("segment_mm(Tensor a, Tensor b, Tensor lengths) -> Tensor", segment_mm_composite);
}

}  // namespace

at::Tensor segment_mm(const at::Tensor& a, const at::Tensor& b, const at::Tensor& lengths) {
  static const auto handle =
      detail::find_operator<decltype(segment_mm_composite)>("grapevine::segment_mm");
  return handle.call(a, b, lengths);
}

}  // namespace grapevine::ops
