#include "grapevine/ops/detail/segment_index.h"

#include <ATen/ops/aminmax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>

#include <memory>

#include "grapevine/ops/detail/traced.h"
#include "grapevine/util/error.h"

namespace grapevine::ops::detail {

void check_lengths(const char* function, const at::Tensor& lengths, const at::Tensor& values) {
  check(values.defined() && values.dim() > 0,
        "{}: values: expected a tensor with one row for each member of a segment", function);
  check(lengths.defined() && lengths.dim() == 1,
        "{}: lengths: expected a 1-D tensor with the length of each segment", function);
  check(lengths.scalar_type() == at::kLong || lengths.scalar_type() == at::kInt,
        "{}: lengths: expected int64 or int32, got {}", function,
        at::toString(lengths.scalar_type()));
  check(lengths.device() == values.device(),
        "{}: expected lengths and values on one device, got {} and {}", function,
        lengths.device().str(), values.device().str());
  if (!has_values(lengths)) {
    return;
  }
  std::int64_t total = 0;
  if (lengths.numel() > 0) {
    const auto [low, high] = at::aminmax(lengths);
    const auto smallest = low.item<std::int64_t>();
    const auto largest = high.item<std::int64_t>();
    check(smallest >= 0, "{}: lengths: expected 0 or more, got {}", function, smallest);
    check(largest <= values.size(0), "{}: lengths: expected at most the {} rows of values, got {}",
          function, values.size(0), largest);
    total = lengths.sum().item<std::int64_t>();
  }
  check(total == values.size(0),
        "{}: expected lengths that sum to the {} rows of values, got a sum of {}", function,
        values.size(0), total);
}

at::Tensor segment_ids(const at::Tensor& lengths, const at::Tensor& values) {
  const auto options = lengths.options().dtype(at::kLong);
  if (has_values(lengths)) {
    return at::arange(lengths.size(0), options).repeat_interleave(lengths);
  }
  // How many segments end at a row or before it.
  const at::Tensor ends = lengths.cumsum(0);
  const at::Tensor ends_at =
      at::zeros_symint({values.sym_size(0) + 1}, options).index_add(0, ends, at::ones_like(ends));
  return ends_at.cumsum(0).narrow_symint(0, 0, values.sym_size(0));
}

CooArguments segment_edges(const char* function, const at::Tensor& lengths,
                           const at::Tensor& values) {
  check_lengths(function, lengths, values);
  return {at::arange(values.sym_size(0), lengths.options().dtype(at::kLong)),
          segment_ids(lengths, values), values.sym_size(0), lengths.sym_size(0)};
}

EdgeIndexPtr SegmentIndex::make(const char* function, const at::Tensor& lengths,
                                const at::Tensor& values) {
  check_lengths(function, lengths, values);
  const at::Tensor indptr = at::zeros({lengths.numel() + 1}, lengths.options().dtype(at::kLong));
  indptr.narrow(0, 1, lengths.numel()).copy_(lengths.cumsum(0));
  const at::Tensor rows = at::arange(values.size(0), lengths.options());
  return EdgeIndexPtr(new SegmentIndex({indptr, rows, {}}));
}

const Coo& SegmentIndex::coo() const {
  std::call_once(coo_made_, [this] {
    const at::Tensor& rows = in_edges_.indices;
    if (rows.is_meta()) {
      coo_ = {rows, at::empty_like(rows)};
      return;
    }
    const at::Tensor segments = at::arange(num_dst(), rows.options());
    coo_ = {rows, segments.repeat_interleave(in_edges_.indptr.diff())};
  });
  return coo_;
}

const Csr& SegmentIndex::csr() const {
  std::call_once(csr_made_, [this] {
    csr_ = {at::arange(num_edges() + 1, in_edges_.indptr.options()), coo().dst, {}};
  });
  return csr_;
}

}  // namespace grapevine::ops::detail
