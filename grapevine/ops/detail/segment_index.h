#pragma once

#include <ATen/core/Tensor.h>

#include <mutex>
#include <utility>

#include "grapevine/ops/detail/coo_arguments.h"
#include "grapevine/ops/edge_index.h"

namespace grapevine::ops::detail {

/// Checks a caller's `lengths` `[num_segments]` against the number of rows of `values`, as far as
/// they have values. Throws `Error` that names `function`.
void check_lengths(const char* function, const at::Tensor& lengths, const at::Tensor& values);

/// The segment of each row of `values`: `[num_rows]` int64. Sizes may be symbols.
[[nodiscard]] at::Tensor segment_ids(const at::Tensor& lengths, const at::Tensor& values);

/// Segments as `SegmentIndex` has them, but as tensors, for programs that are recorded.
[[nodiscard]] CooArguments segment_edges(const char* function, const at::Tensor& lengths,
                                         const at::Tensor& values);

/// Segments of rows as a relation, so that the operators on edges serve segments too: row i is edge
/// i, which goes from source i to the segment that it lies in.
class SegmentIndex final : public EdgeIndex {
 public:
  /// After `check_lengths`.
  static EdgeIndexPtr make(const char* function, const at::Tensor& lengths,
                           const at::Tensor& values);

  [[nodiscard]] std::int64_t num_src() const override { return num_edges(); }
  [[nodiscard]] std::int64_t num_dst() const override { return in_edges_.indptr.numel() - 1; }
  [[nodiscard]] std::int64_t num_edges() const override { return in_edges_.indices.numel(); }
  [[nodiscard]] const Coo& coo() const override;
  [[nodiscard]] const Csr& csr() const override;
  [[nodiscard]] const Csr& csc() const override { return in_edges_; }

 private:
  explicit SegmentIndex(Csr in_edges) : in_edges_(std::move(in_edges)) {}
  Csr in_edges_;
  mutable std::once_flag coo_made_;
  mutable std::once_flag csr_made_;
  mutable Coo coo_;
  mutable Csr csr_;
};

}  // namespace grapevine::ops::detail
