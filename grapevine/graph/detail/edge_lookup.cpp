#include "grapevine/graph/detail/edge_lookup.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/sort.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "grapevine/graph/detail/row_edges.h"
#include "grapevine/ops/csr.h"
#include "grapevine/ops/detail/fallback.h"
#include "grapevine/util/parallel.h"

namespace grapevine::detail {
namespace {

constexpr std::int64_t kLookupGrain = 256;

/// Edges grouped by source, by destination or both; whichever has the shorter row is searched.
struct Grouped {
  std::optional<ops::Csr> csr;
  std::optional<ops::Csr> csc;
};

Grouped group(const Adjacency& adjacency, const at::Tensor& src) {
  const FormatSet allowed = adjacency.allowed();
  Grouped grouped;
  if (!allowed.csr && !allowed.csc) {
    const ops::Coo& edges = adjacency.coo();
    grouped.csr = ops::coo_to_csr(edges.src, edges.dst, adjacency.num_src());
    return grouped;
  }
  if (allowed.csr) {
    grouped.csr = adjacency.csr();
  }
  bool both = !allowed.csr || adjacency.has_csc();
  if (allowed.csc && !both) {
    // Long rows, often asked for: worth a pass over all edges.
    const at::Tensor searched = grouped.csr->indptr.diff().index_select(0, src).sum();
    both = searched.item<std::int64_t>() > adjacency.num_edges();
  }
  if (allowed.csc && both) {
    grouped.csc = adjacency.csc();
  }
  return grouped;
}

template <typename Index>
class Rows {
 public:
  explicit Rows(const std::optional<ops::Csr>& csr) {
    if (csr) {
      offsets_ = csr->indptr.const_data_ptr<std::int64_t>();
      indices_ = csr->indices.const_data_ptr<Index>();
      edge_ids_ = csr->edge_ids.defined() ? csr->edge_ids.const_data_ptr<Index>() : nullptr;
    }
  }
  [[nodiscard]] std::int64_t size(Index row) const {
    return offsets_ == nullptr ? std::numeric_limits<std::int64_t>::max()
                               : offsets_[row + 1] - offsets_[row];
  }
  /// Calls `visit` with the id of each edge between the row and `other`.
  template <typename Visit>
  void search(Index row, Index other, const Visit& visit) const {
    for (std::int64_t i = offsets_[row]; i < offsets_[row + 1]; ++i) {
      if (indices_[i] == other) {
        visit(edge_ids_ == nullptr ? static_cast<Index>(i) : edge_ids_[i]);
      }
    }
  }

 private:
  const std::int64_t* offsets_ = nullptr;
  const Index* indices_ = nullptr;
  const Index* edge_ids_ = nullptr;
};

template <typename Index>
class Lookup {
 public:
  Lookup(const Adjacency& adjacency, const at::Tensor& src, const at::Tensor& dst)
      : grouped_(group(adjacency, src)),
        out_(grouped_.csr),
        in_(grouped_.csc),
        src_(src.contiguous()),
        dst_(dst.contiguous()) {}

  [[nodiscard]] at::Tensor first() const {
    at::Tensor result = at::empty_like(src_);
    Index* ids = result.mutable_data_ptr<Index>();
    parallel_for(0, src_.numel(), kLookupGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        Index smallest = -1;
        search(i, [&](Index id) { smallest = smallest < 0 ? id : std::min(smallest, id); });
        ids[i] = smallest;
      }
    });
    return result;
  }

  [[nodiscard]] EdgeList all() const {
    const std::int64_t num_pairs = src_.numel();
    at::Tensor counts = at::zeros({num_pairs}, at::kLong);
    auto* count = counts.mutable_data_ptr<std::int64_t>();
    parallel_for(0, num_pairs, kLookupGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        search(i, [&](Index) { ++count[i]; });
      }
    });
    const at::Tensor ends = counts.cumsum(0);
    const auto* last = ends.const_data_ptr<std::int64_t>();
    at::Tensor result = at::empty({num_pairs == 0 ? 0 : last[num_pairs - 1]}, src_.options());
    Index* ids = result.mutable_data_ptr<Index>();
    parallel_for(0, num_pairs, kLookupGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        Index* const from = ids + (last[i] - count[i]);
        Index* to = from;
        search(i, [&](Index id) { *to++ = id; });
        std::sort(from, to);
      }
    });
    return {src_.repeat_interleave(counts), dst_.repeat_interleave(counts), std::move(result)};
  }

 private:
  template <typename Visit>
  void search(std::int64_t pair, const Visit& visit) const {
    const Index src = src_.const_data_ptr<Index>()[pair];
    const Index dst = dst_.const_data_ptr<Index>()[pair];
    if (out_.size(src) <= in_.size(dst)) {
      out_.search(src, dst, visit);
    } else {
      in_.search(dst, src, visit);
    }
  }

  Grouped grouped_;
  Rows<Index> out_;
  Rows<Index> in_;
  at::Tensor src_;
  at::Tensor dst_;
};

struct Matches {
  at::Tensor pair;  ///< int64, ascending
  at::Tensor edge_ids;
};

Matches match_with_aten(const Adjacency& adjacency, const at::Tensor& src, const at::Tensor& dst) {
  const bool by_source = adjacency.allowed().csr || !adjacency.allowed().csc;
  const ops::Csr rows =
      adjacency.allowed().csr ? adjacency.csr()
      : adjacency.allowed().csc
          ? adjacency.csc()
          : ops::coo_to_csr(adjacency.coo().src, adjacency.coo().dst, adjacency.num_src());
  const RowEdges edges = edges_of_rows(rows, by_source ? src : dst);
  const at::Tensor others = (by_source ? dst : src).index_select(0, edges.query);
  const at::Tensor hits = edges.others.eq(others).nonzero().flatten();
  return {edges.query.index_select(0, hits), edges.edge_ids.index_select(0, hits)};
}

}  // namespace

at::Tensor find_first_edges(const Adjacency& adjacency, const at::Tensor& src,
                            const at::Tensor& dst) {
  if (ops::detail::uses_fallback(src)) {
    return find_first_edges_with_aten(adjacency, src, dst);
  }
  return src.scalar_type() == at::kLong ? Lookup<std::int64_t>(adjacency, src, dst).first()
                                        : Lookup<std::int32_t>(adjacency, src, dst).first();
}

EdgeList find_all_edges(const Adjacency& adjacency, const at::Tensor& src, const at::Tensor& dst) {
  if (ops::detail::uses_fallback(src)) {
    return find_all_edges_with_aten(adjacency, src, dst);
  }
  return src.scalar_type() == at::kLong ? Lookup<std::int64_t>(adjacency, src, dst).all()
                                        : Lookup<std::int32_t>(adjacency, src, dst).all();
}

at::Tensor find_first_edges_with_aten(const Adjacency& adjacency, const at::Tensor& src,
                                      const at::Tensor& dst) {
  const Matches matches = match_with_aten(adjacency, src, dst);
  const at::Tensor none =
      at::full({src.numel()}, adjacency.num_edges(), src.options().dtype(at::kLong));
  const at::Tensor first =
      none.scatter_reduce(0, matches.pair, matches.edge_ids.to(at::kLong), "amin");
  return first.masked_fill(first.eq(adjacency.num_edges()), -1).to(src.scalar_type());
}

EdgeList find_all_edges_with_aten(const Adjacency& adjacency, const at::Tensor& src,
                                  const at::Tensor& dst) {
  const Matches matches = match_with_aten(adjacency, src, dst);
  const auto order_of = [](const at::Tensor& keys) {
    return std::get<1>(at::sort(keys, /*stable=*/true, /*dim=*/0, /*descending=*/false));
  };
  // By id, and then, keeping that order, by pair.
  const at::Tensor by_id = order_of(matches.edge_ids);
  const at::Tensor order = by_id.index_select(0, order_of(matches.pair.index_select(0, by_id)));
  const at::Tensor pair = matches.pair.index_select(0, order);
  return {src.index_select(0, pair), dst.index_select(0, pair),
          matches.edge_ids.index_select(0, order)};
}

}  // namespace grapevine::detail
