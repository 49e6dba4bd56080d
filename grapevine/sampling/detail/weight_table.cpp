#include "grapevine/sampling/detail/weight_table.h"

#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>

#include <atomic>
#include <vector>

#include "grapevine/util/parallel.h"

namespace grapevine::sampling::detail {
namespace {

constexpr std::int64_t kRowGrain = 4096;
constexpr std::int64_t kEdgeGrain = 65536;

/// How often the values were changed in place; a tensor made in inference mode does not count it.
std::int64_t count_changes(const at::Tensor& tensor) {
  return tensor.is_inference() ? 0 : tensor._version();
}

template <typename Value>
void build_aliases(const ops::Csr& rows, const at::Tensor& weights, AliasEntry* aliases) {
  const auto* indptr = rows.indptr.const_data_ptr<std::int64_t>();
  const Value* values = weights.const_data_ptr<Value>();
  parallel_for(0, rows.indptr.numel() - 1, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    AliasBuilder builder;
    std::vector<double> row_weights;
    for (std::int64_t row = begin; row < end; ++row) {
      row_weights.assign(values + indptr[row], values + indptr[row + 1]);
      builder.build(std::ssize(row_weights), row_weights.data(), aliases + indptr[row]);
    }
  });
}

/// A copy, even where the order is that of edge ids: the column may change.
at::Tensor in_order_of(const ops::Csr& rows, const at::Tensor& weights) {
  return rows.edge_ids.defined() ? weights.index_select(0, rows.edge_ids) : weights.clone();
}

/// Bits that stand for values, so that a NaN is equal to itself.
template <typename Bits, typename Id>
bool all_equal(const Id* edge_ids, const at::Tensor& weights, const at::Tensor& column) {
  const auto* expected = static_cast<const Bits*>(weights.const_data_ptr());
  const auto* values = static_cast<const Bits*>(column.const_data_ptr());
  const std::int64_t stride = column.stride(0);
  std::atomic<bool> equal{true};
  parallel_for(0, weights.numel(), kEdgeGrain, [&](std::int64_t begin, std::int64_t end) {
    Bits different = 0;
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t edge = edge_ids == nullptr ? i : static_cast<std::int64_t>(edge_ids[i]);
      different |= expected[i] ^ values[edge * stride];
    }
    if (different != 0) {
      equal = false;
    }
  });
  return equal;
}

template <typename Id>
bool all_equal_by_size(const Id* edge_ids, const at::Tensor& weights, const at::Tensor& column) {
  switch (weights.element_size()) {
    case 1:
      return all_equal<std::uint8_t>(edge_ids, weights, column);
    case 4:
      return all_equal<std::uint32_t>(edge_ids, weights, column);
    default:
      return all_equal<std::uint64_t>(edge_ids, weights, column);
  }
}

}  // namespace

WeightTable::WeightTable(const ops::Csr& rows, const at::Tensor& weights, bool is_mask)
    : indptr_(rows.indptr),
      column_(weights),
      version_(count_changes(weights)),
      weights_(in_order_of(rows, weights.detach())),
      all_positive_(weights_.numel() == 0 || weights_.ne(0).all().item<bool>()) {
  if (is_mask) {
    return;
  }
  static_assert(sizeof(AliasEntry) == sizeof(std::int64_t));
  alias_memory_ = at::zeros(weights_.sizes(), at::kLong);
  auto* aliases = static_cast<AliasEntry*>(alias_memory_.mutable_data_ptr());
  weights_.scalar_type() == at::kFloat ? build_aliases<float>(rows, weights_, aliases)
                                       : build_aliases<double>(rows, weights_, aliases);
  aliases_ = aliases;
}

bool WeightTable::is_of(const ops::Csr& rows, const at::Tensor& weights) const {
  return indptr_.is_same(rows.indptr) && column_.is_same(weights) &&
         version_ == count_changes(weights);
}

bool WeightTable::is_current(const ops::Csr& rows) const {
  const at::Tensor& ids = rows.edge_ids;
  if (ids.defined() && ids.scalar_type() == at::kInt) {
    return all_equal_by_size(ids.const_data_ptr<std::int32_t>(), weights_, column_);
  }
  return all_equal_by_size(ids.defined() ? ids.const_data_ptr<std::int64_t>() : nullptr, weights_,
                           column_);
}

}  // namespace grapevine::sampling::detail
