#pragma once

#include <ATen/core/Tensor.h>

#include <mutex>
#include <utility>

#include "grapevine/ops/edge_index.h"

namespace grapevine::ops::detail {

/// Edges that are given as two tensors, for the operators that take no object; lives for one call.
class CooIndex final : public EdgeIndex {
 public:
  /// From endpoints `[num_edges]`, int64 or int32. Throws `Error` for other dtypes, unequal
  /// lengths, dtypes or devices, and ids out of range.
  static EdgeIndexPtr make(const at::Tensor& src, const at::Tensor& dst, std::int64_t num_src,
                           std::int64_t num_dst);

  [[nodiscard]] std::int64_t num_src() const override { return num_src_; }
  [[nodiscard]] std::int64_t num_dst() const override { return num_dst_; }
  [[nodiscard]] std::int64_t num_edges() const override { return coo_.src.numel(); }
  [[nodiscard]] const Coo& coo() const override { return coo_; }
  [[nodiscard]] bool has_coo() const override { return true; }
  [[nodiscard]] const Csr& csr() const override;
  [[nodiscard]] const Csr& csc() const override;

 private:
  CooIndex(Coo coo, std::int64_t num_src, std::int64_t num_dst)
      : coo_(std::move(coo)), num_src_(num_src), num_dst_(num_dst) {}
  Coo coo_;
  std::int64_t num_src_;
  std::int64_t num_dst_;
  mutable std::once_flag csr_made_;
  mutable std::once_flag csc_made_;
  mutable Csr csr_;
  mutable Csr csc_;
};

}  // namespace grapevine::ops::detail
