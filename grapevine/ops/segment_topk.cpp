#include "grapevine/ops/segment_topk.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/segment_index.h"
#include "grapevine/ops/detail/traced.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {
namespace detail {
namespace {

using Result = std::tuple<at::Tensor, at::Tensor>;

void check_arguments(const at::Tensor& values, std::int64_t k, std::optional<std::int64_t> sortby) {
  check(values.dim() <= 2,
        "segment_topk: values: expected [num_rows] or [num_rows, width], got {} dimensions",
        values.dim());
  check(!values.is_complex(), "segment_topk: values: expected a real dtype, got {}",
        at::toString(values.scalar_type()));
  check(k >= 0, "segment_topk: k: expected 0 or more, got {}", k);
  if (sortby) {
    if (values.dim() != 2) {
      fail("segment_topk: sortby: expected values [num_rows, width], got [{}]", values.size(0));
    }
    const std::int64_t width = values.sym_size(1).guard_int(__FILE__, __LINE__);
    check(-width <= *sortby && *sortby < width,
          "segment_topk: sortby: expected a column from {} to {}, got {}", -width, width - 1,
          *sortby);
  }
}

/// `rows` with one more row at the end, all of the number `value`.
at::Tensor with_last_row(const at::Tensor& rows, const at::Tensor& value) {
  SymShape shape = rows.sym_sizes().vec();
  shape.front() = 1;
  return at::cat({rows, value.to(rows.scalar_type()).expand_symint(shape)});
}

/// A number for `rows` to compare with, or to end them.
at::Tensor number(const at::Tensor& rows, const at::Scalar& value) {
  return at::full({}, value, rows.options());
}

/// Which of `places` come after the end of their segment.
at::Tensor beyond(const at::Tensor& places, const at::Tensor& lengths) {
  return places.ge(places.dim() == 3 ? lengths.unsqueeze(2) : lengths);
}

/// Where segments lie among the rows.
struct Segments {
  at::Tensor first;    ///< `[num_segments, 1]` int64
  at::Tensor lengths;  ///< likewise
  at::Tensor of_row;   ///< `[num_rows]` int64: the segment
};

// Both ways of ranking give the positions, in their segments, of the first k rows in the order of
// `keys` `[num_rows]` or `[num_rows, width]`: `[num_segments, k]` or `[num_segments, k, width]`. A
// position that is not before the end of the segment stands for no row.

/// Sorts a table with a line for each segment, `width` cells long.
at::Tensor rank_in_table(const Segments& segments, at::Tensor keys, std::int64_t width,
                         std::int64_t k, bool descending) {
  // Cells without a row have the last value there is. Where a row has the same, it comes first,
  // since the sort is stable; there may be NaN of several bit patterns, which some devices would
  // tell apart.
  at::Tensor last;
  if (keys.is_floating_point()) {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    last = number(keys, descending ? -std::numeric_limits<double>::infinity() : nan);
    keys = keys.masked_fill(keys.isnan(), nan);
  } else if (keys.numel() > 0) {
    last = descending ? keys.amin() : keys.amax();
  } else {
    last = number(keys, 0);
  }
  const at::Tensor cells = at::arange(width, segments.first.options());
  const at::Tensor rows =
      segments.first.add(cells).masked_fill(cells.ge(segments.lengths), keys.size(0));
  std::vector<std::int64_t> shape = keys.sizes().vec();
  shape.front() = width;
  shape.insert(shape.begin(), segments.first.size(0));
  return at::argsort(with_last_row(keys, last).index_select(0, rows.flatten()).view(shape),
                     /*stable=*/true, /*dim=*/1, descending)
      .narrow(1, 0, k);
}

/// Sorts all rows by key, and then by segment.
at::Tensor rank_in_list(const Segments& segments, const at::Tensor& keys, std::int64_t k,
                        bool descending) {
  const at::Tensor by_key = at::argsort(keys, /*stable=*/true, /*dim=*/0, descending);
  const at::Tensor by_segment =
      at::argsort(segments.of_row.take(by_key), /*stable=*/true, /*dim=*/0, /*descending=*/false);
  const at::Tensor ranked = by_key.gather(0, by_segment);
  const at::Tensor slots = at::arange(k, segments.first.options());
  const at::Tensor places =
      segments.first.add(slots).masked_fill(slots.ge(segments.lengths), keys.sym_size(0));
  SymShape shape = keys.sym_sizes().vec();
  shape.front() = k;
  shape.insert(shape.begin(), segments.first.sym_size(0));
  return with_last_row(ranked, number(ranked, keys.sym_size(0)))
      .index_select(0, places.flatten())
      .view_symint(shape)
      .sub(keys.dim() == 2 ? segments.first.unsqueeze(2) : segments.first);
}

/// The table is faster, but one long segment makes it large; how long, values tell.
at::Tensor rank(const Segments& segments, const at::Tensor& keys, std::int64_t k, bool descending) {
  if (!has_values(keys)) {
    return rank_in_list(segments, keys, k, descending);
  }
  constexpr std::int64_t kLargestTable = 4;  // in multiples of the rows
  const std::int64_t num_segments = segments.lengths.numel();
  const std::int64_t longest = num_segments == 0 ? 0 : segments.lengths.max().item<std::int64_t>();
  return num_segments * longest <= kLargestTable * keys.size(0)
             ? rank_in_table(segments, keys, std::max(longest, k), k, descending)
             : rank_in_list(segments, keys, k, descending);
}

Result segment_topk_composite(const at::Tensor& lengths, const at::Tensor& values, std::int64_t k,
                              bool descending, std::optional<std::int64_t> sortby) {
  check_lengths("segment_topk", lengths, values);
  check_arguments(values, k, sortby);
  SymShape shape = {lengths.sym_size(0), k};
  if (values.dim() == 2) {
    shape.push_back(values.sym_size(1));
  }
  if (values.is_meta()) {
    const SymShape indices_shape(shape.begin(), sortby ? shape.begin() + 2 : shape.end());
    return {at::empty_symint(shape, values.options()),
            at::empty_symint(indices_shape, values.options().dtype(at::kLong))};
  }
  const at::Tensor wide = lengths.to(at::kLong);
  const Segments segments{.first = wide.cumsum(0).sub(wide).unsqueeze(1),
                          .lengths = wide.unsqueeze(1),
                          .of_row = segment_ids(wide, values)};
  const at::Tensor keys = sortby ? values.detach().select(1, *sortby) : values.detach();
  const at::Tensor positions = rank(segments, keys, k, descending);
  const at::Tensor missing = beyond(positions, segments.lengths);
  const bool by_column = positions.dim() == 3;
  const at::Tensor rows = positions.add(by_column ? segments.first.unsqueeze(2) : segments.first)
                              .masked_fill(missing, values.sym_size(0))
                              .flatten(0, 1);
  const at::Tensor padded = with_last_row(values, number(values, 0));
  const at::Tensor picked = by_column ? padded.gather(0, rows) : padded.index_select(0, rows);
  return {picked.view_symint(shape), positions.masked_fill(missing, -1)};
}

TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def(
      "segment_topk(Tensor lengths, Tensor values, int k, bool descending=True, int? sortby=None) "
      "-> (Tensor values, Tensor indices)",
      segment_topk_composite);
}

}  // namespace
}  // namespace detail

SegmentTopk segment_topk(const at::Tensor& lengths, const at::Tensor& values, std::int64_t k,
                         const SegmentTopkOptions& options) {
  static const auto handle =
      detail::find_operator<decltype(detail::segment_topk_composite)>("grapevine::segment_topk");
  auto [picked, indices] = handle.call(lengths, values, k, options.descending, options.sortby);
  return {std::move(picked), std::move(indices)};
}

}  // namespace grapevine::ops
