#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "grapevine/graph/frame.h"
#include "grapevine/ops/csr.h"
#include "grapevine/sampling/detail/alias_table.h"

namespace grapevine::sampling::detail {

/// Edge weights in the order of the rows that pick by them, and an alias table of each row, so that
/// a pick reads no edge ids and no more than it draws. Picks do not depend on whether there is one.
class WeightTable : public Frame::Derived {
 public:
  /// Of the column `weights` `[num_edges]`, by edge id; a mask needs no alias tables. O(edges).
  WeightTable(const ops::Csr& rows, const at::Tensor& weights, bool is_mask);

  /// Whether it was made of these rows and this column, to which nobody has written since by ways
  /// that torch knows of. O(1).
  [[nodiscard]] bool is_of(const ops::Csr& rows, const at::Tensor& weights) const;
  /// Whether every weight is still that of the column. O(edges), but less than to make it.
  [[nodiscard]] bool is_current(const ops::Csr& rows) const;

  /// `[num_edges]` by position, contiguous, of the column's dtype.
  [[nodiscard]] const at::Tensor& weights() const { return weights_; }
  /// By position, the alias table of each row; null for a mask. Of a row without a weight above 0
  /// all entries are 0.
  [[nodiscard]] const AliasEntry* aliases() const { return aliases_; }
  /// Whether every weight is above 0.
  [[nodiscard]] bool all_positive() const { return all_positive_; }

 private:
  at::Tensor indptr_;  // of the rows
  at::Tensor column_;
  std::int64_t version_;
  at::Tensor weights_;
  at::Tensor alias_memory_;  // a tensor, as large ones lie in large pages
  const AliasEntry* aliases_ = nullptr;
  bool all_positive_;
};

}  // namespace grapevine::sampling::detail
