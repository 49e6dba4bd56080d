#include "grapevine/graph/detail/check_csr.h"

#include <ATen/ops/aminmax.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/zeros.h>

#include <atomic>

#include "grapevine/ops/csr.h"
#include "grapevine/ops/detail/fallback.h"
#include "grapevine/util/error.h"
#include "grapevine/util/parallel.h"

namespace grapevine::detail {
namespace {

constexpr std::int64_t kRowGrain = 4096;

void check_offsets(const at::Tensor& indptr, const char* name, std::int64_t num_rows,
                   std::int64_t num_edges) {
  check(indptr.defined() && indptr.dim() == 1,
        "{}: indptr: expected a 1-D tensor of offsets, got {} dimensions", name,
        indptr.defined() ? indptr.dim() : 0);
  check(indptr.scalar_type() == at::kLong, "{}: indptr: expected int64 offsets, got {}", name,
        at::toString(indptr.scalar_type()));
  check(indptr.numel() > 0 && indptr.numel() - 1 == num_rows,
        "{}: indptr: expected {} offsets, one more than there are rows, got {}", name, num_rows + 1,
        indptr.numel());
  const auto first = indptr[0].item<std::int64_t>();
  const auto last = indptr[-1].item<std::int64_t>();
  check(first == 0, "{}: indptr: expected the first offset to be 0, got {}", name, first);
  check(last == num_edges,
        "{}: indptr: expected the last offset to be the number of indices, {}, got {}", name,
        num_edges, last);
  // Compared and not subtracted, since hostile offsets could overflow.
  check(num_rows == 0 ||
            indptr.narrow(0, 1, num_rows).ge(indptr.narrow(0, 0, num_rows)).all().item<bool>(),
        "{}: indptr: expected offsets that never decrease", name);
}

void check_range(const at::Tensor& ids, const char* name, const char* what, std::int64_t count) {
  if (ids.numel() == 0) {
    return;
  }
  const auto [low, high] = at::aminmax(ids);
  const auto smallest = low.item<std::int64_t>();
  const auto largest = high.item<std::int64_t>();
  check(smallest >= 0 && largest < count, "{}: {}: id {} is out of range; expected 0 to {}", name,
        what, smallest < 0 ? smallest : largest, count - 1);
}

void check_edge_ids(const ops::Csr& csr, const char* name) {
  const at::Tensor& ids = csr.edge_ids;
  const std::int64_t num_edges = csr.indices.numel();
  check(ids.dim() == 1 && ids.numel() == num_edges,
        "{}: edge_ids: expected one id for each of {} indices, got {} in {} dimensions", name,
        num_edges, ids.numel(), ids.dim());
  check(ids.scalar_type() == csr.indices.scalar_type(),
        "{}: edge_ids: expected the type of the indices, {}, got {}", name,
        at::toString(csr.indices.scalar_type()), at::toString(ids.scalar_type()));
  check_range(ids, name, "edge_ids", num_edges);
  at::Tensor seen = at::zeros({num_edges}, ids.options().dtype(at::kBool));
  seen.index_fill_(0, ids.to(at::kLong), true);
  check(seen.all().item<bool>(), "{}: edge_ids: expected each id from 0 to {} once", name,
        num_edges - 1);
}

/// One pass over the positions, without the temporaries of the other one.
template <typename Index>
bool agree_on_cpu(const ops::Csr& csr, const at::Tensor& rows, const at::Tensor& columns) {
  const at::Tensor positions = csr.edge_ids.defined() ? csr.edge_ids.contiguous() : csr.edge_ids;
  const at::Tensor offsets = csr.indptr.contiguous();
  const at::Tensor others = csr.indices.contiguous();
  const at::Tensor row_by_id = rows.contiguous();
  const at::Tensor column_by_id = columns.contiguous();
  const Index* id = positions.defined() ? positions.const_data_ptr<Index>() : nullptr;
  const auto* offset = offsets.const_data_ptr<std::int64_t>();
  const Index* other = others.const_data_ptr<Index>();
  const Index* row_of = row_by_id.const_data_ptr<Index>();
  const Index* column_of = column_by_id.const_data_ptr<Index>();
  std::atomic<bool> agree = true;
  parallel_for(0, offsets.numel() - 1, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    bool same = true;
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t i = offset[row]; i < offset[row + 1]; ++i) {
        const std::int64_t edge = id == nullptr ? i : id[i];
        same = same && row_of[edge] == row && column_of[edge] == other[i];
      }
    }
    if (!same) {
      agree = false;
    }
  });
  return agree;
}

/// Whether `csr` holds the edges of which `rows` and `columns` are the ends in the order of ids.
bool agree(const ops::Csr& csr, const at::Tensor& rows, const at::Tensor& columns) {
  if (csr.indices.numel() != rows.numel() || csr.indices.scalar_type() != rows.scalar_type() ||
      csr.indices.device() != rows.device()) {
    return false;
  }
  if (ops::detail::uses_fallback(rows)) {
    return agree_with_aten(csr, rows, columns);
  }
  return rows.scalar_type() == at::kLong ? agree_on_cpu<std::int64_t>(csr, rows, columns)
                                         : agree_on_cpu<std::int32_t>(csr, rows, columns);
}

}  // namespace

bool agree_with_aten(const ops::Csr& csr, const at::Tensor& rows, const at::Tensor& columns) {
  const auto in_place = [&](const at::Tensor& by_id) {
    return csr.edge_ids.defined() ? by_id.index_select(0, csr.edge_ids) : by_id;
  };
  const at::Tensor row = at::repeat_interleave(csr.indptr.diff());
  return at::equal(in_place(columns), csr.indices) && at::equal(in_place(rows).to(at::kLong), row);
}

void check_csr(const ops::Csr& csr, const char* name, std::int64_t num_rows,
               std::int64_t num_columns) {
  const at::Tensor& indices = csr.indices;
  check(indices.defined() && indices.dim() == 1,
        "{}: indices: expected a 1-D tensor of node ids, got {} dimensions", name,
        indices.defined() ? indices.dim() : 0);
  check(indices.scalar_type() == at::kLong || indices.scalar_type() == at::kInt,
        "{}: indices: node ids must be int64 or int32, got {}", name,
        at::toString(indices.scalar_type()));
  check_offsets(csr.indptr, name, num_rows, indices.numel());
  check(csr.indptr.device() == indices.device() &&
            (!csr.edge_ids.defined() || csr.edge_ids.device() == indices.device()),
        "{}: expected indptr, indices and edge_ids on one device, {}", name,
        indices.device().str());
  check_range(indices, name, "indices", num_columns);
  if (csr.edge_ids.defined()) {
    check_edge_ids(csr, name);
  }
}

void check_formats_agree(const AdjacencyParts& parts) {
  const int formats =
      int{parts.coo.has_value()} + int{parts.csr.has_value()} + int{parts.csc.has_value()};
  if (formats < 2) {
    return;
  }
  const ops::Coo edges = parts.coo ? *parts.coo : ops::csr_to_coo(*parts.csr);
  check(!parts.coo || !parts.csr || agree(*parts.csr, edges.src, edges.dst),
        "coo and csr: expected the same edges");
  check(!parts.csc || agree(*parts.csc, edges.dst, edges.src),
        "{} and csc: expected the same edges", parts.coo ? "coo" : "csr");
}

}  // namespace grapevine::detail
