#include "grapevine/ops/csr.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "grapevine/ops/detail/fallback.h"
#include "grapevine/ops/detail/operator.h"
#include "grapevine/ops/detail/traced.h"
#include "grapevine/util/error.h"

namespace grapevine::ops {
namespace {

void check_ids(const at::Tensor& ids, const char* name) {
  check(ids.defined() && ids.dim() == 1, "{}: expected a one-dimensional tensor of ids", name);
  check(ids.scalar_type() == at::kLong || ids.scalar_type() == at::kInt,
        "{}: expected int32 or int64, got {}", name, c10::toString(ids.scalar_type()));
}

void check_row(std::int64_t row, std::int64_t num_rows) {
  check(row >= 0 && row < num_rows, "rows: {} is out of range; there are {} rows", row, num_rows);
}

template <typename Index>
Csr group_on_cpu(const at::Tensor& rows, const at::Tensor& columns, std::int64_t num_rows) {
  const std::int64_t num_edges = rows.numel();
  Csr csr{at::zeros({num_rows + 1}, rows.options().dtype(at::kLong)), {}, {}};
  const Index* row = rows.const_data_ptr<Index>();
  std::int64_t* indptr = csr.indptr.mutable_data_ptr<std::int64_t>();
  for (std::int64_t edge = 0; edge < num_edges; ++edge) {
    check_row(row[edge], num_rows);
    ++indptr[row[edge] + 1];
  }
  for (std::int64_t i = 0; i < num_rows; ++i) {
    indptr[i + 1] += indptr[i];
  }
  if (std::is_sorted(row, row + num_edges)) {
    csr.indices = columns;
    return csr;
  }
  csr.indices = at::empty_like(columns);
  csr.edge_ids = at::empty_like(rows);
  const Index* column = columns.const_data_ptr<Index>();
  Index* indices = csr.indices.mutable_data_ptr<Index>();
  Index* edge_ids = csr.edge_ids.mutable_data_ptr<Index>();
  std::vector<std::int64_t> next(indptr, indptr + num_rows);
  for (std::int64_t edge = 0; edge < num_edges; ++edge) {
    const std::int64_t position = next[static_cast<std::size_t>(row[edge])]++;
    indices[position] = column[edge];
    edge_ids[position] = static_cast<Index>(edge);
  }
  return csr;
}

Csr group_with_aten(const at::Tensor& rows, const at::Tensor& columns, std::int64_t num_rows) {
  const auto [sorted, order] = at::sort(rows, /*stable=*/true, /*dim=*/0, /*descending=*/false);
  if (rows.numel() > 0) {
    check_row(sorted.select(0, 0).item<std::int64_t>(), num_rows);
    check_row(sorted.select(0, -1).item<std::int64_t>(), num_rows);
  }
  Csr csr{at::zeros({num_rows + 1}, rows.options().dtype(at::kLong)), columns, {}};
  csr.indptr.narrow(0, 1, num_rows).copy_(rows.bincount({}, num_rows).cumsum(0));
  if (!sorted.equal(rows)) {
    csr.indices = columns.index_select(0, order);
    csr.edge_ids = order.to(rows.scalar_type());
  }
  return csr;
}

/// Without a look at values. Whether the rows are sorted cannot be known, so there are edge ids.
Csr group_unseen(const at::Tensor& rows, const at::Tensor& columns, std::int64_t num_rows) {
  const auto [sorted, order] = at::sort(rows, /*stable=*/true, /*dim=*/0, /*descending=*/false);
  const at::Tensor degrees = at::zeros({num_rows}, rows.options().dtype(at::kLong))
                                 .index_add(0, rows, at::ones_like(order));
  return {at::cat({at::zeros({1}, degrees.options()), degrees.cumsum(0)}), columns.gather(0, order),
          order.to(rows.scalar_type())};
}

using CsrTuple = std::tuple<at::Tensor, at::Tensor, std::optional<at::Tensor>>;

void check_arguments(const at::Tensor& rows, const at::Tensor& columns, std::int64_t num_rows) {
  check_ids(rows, "rows");
  check_ids(columns, "columns");
  check(rows.scalar_type() == columns.scalar_type(),
        "rows and columns: expected one dtype, got {} and {}", c10::toString(rows.scalar_type()),
        c10::toString(columns.scalar_type()));
  if (rows.sym_size(0) != columns.sym_size(0)) {
    fail("rows and columns: expected one length, got {} and {}", rows.numel(), columns.numel());
  }
  check(rows.device() == columns.device(), "rows and columns: expected one device, got {} and {}",
        rows.device().str(), columns.device().str());
  check(num_rows >= 0, "num_rows: expected 0 or more, got {}", num_rows);
}

CsrTuple coo_to_csr_composite(const at::Tensor& rows, const at::Tensor& columns,
                              std::int64_t num_rows) {
  check_arguments(rows, columns, num_rows);
  const auto run = !detail::has_values(rows)         ? group_unseen
                   : detail::uses_fallback(rows)     ? group_with_aten
                   : rows.scalar_type() == at::kLong ? group_on_cpu<std::int64_t>
                                                     : group_on_cpu<std::int32_t>;
  const Csr csr = run(rows.contiguous(), columns.contiguous(), num_rows);
  return {csr.indptr, csr.indices,
          csr.edge_ids.defined() ? std::optional<at::Tensor>(csr.edge_ids) : std::nullopt};
}

// The indices may be the columns themselves.
TORCH_LIBRARY_FRAGMENT(grapevine, library) {
  library.def(
      "coo_to_csr(Tensor rows, Tensor(a) columns, int num_rows) -> (Tensor indptr, Tensor(a) "
      "indices, Tensor? edge_ids)",
      coo_to_csr_composite);
}

}  // namespace

Csr coo_to_csr(const at::Tensor& rows, const at::Tensor& columns, std::int64_t num_rows) {
  static const auto handle =
      detail::find_operator<decltype(coo_to_csr_composite)>("grapevine::coo_to_csr");
  auto [indptr, indices, edge_ids] = handle.call(rows, columns, num_rows);
  return {std::move(indptr), std::move(indices), edge_ids.value_or(at::Tensor())};
}

Coo csr_to_coo(const Csr& csr) {
  const std::int64_t num_rows = csr.indptr.numel() - 1;
  const at::Tensor degrees = csr.indptr.diff();
  const at::Tensor ids = at::arange(num_rows, csr.indices.options());
  at::Tensor rows = at::repeat_interleave(ids, degrees, /*dim=*/0, csr.indices.numel());
  if (!csr.edge_ids.defined()) {
    return {rows, csr.indices};
  }
  const at::Tensor order = csr.edge_ids.to(at::kLong);
  Coo coo{at::empty_like(csr.indices), at::empty_like(csr.indices)};
  coo.src.index_copy_(0, order, rows);
  coo.dst.index_copy_(0, order, csr.indices);
  return coo;
}

at::Tensor count_rows(const at::Tensor& rows, std::int64_t num_rows) {
  check_ids(rows, "rows");
  return rows.bincount({}, num_rows).to(rows.scalar_type());
}

}  // namespace grapevine::ops
