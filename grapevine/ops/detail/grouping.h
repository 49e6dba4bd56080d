#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstdint>

#include "grapevine/ops/cpu/edge_rows.h"
#include "grapevine/ops/edge_index.h"
#include "grapevine/ops/message_ops.h"
#include "grapevine/util/parallel.h"

namespace grapevine::ops::detail {

/// The number of rows that features of a target have.
[[nodiscard]] std::int64_t num_rows(const EdgeIndex& edges, Target target);

/// The row that each edge, in the order of ids, reads or writes at a target: `[num_edges]`.
[[nodiscard]] at::Tensor row_ids(const EdgeIndex& edges, Target target);

/// `1 / max(in-degree, 1)` (out-degree for `kSrc`) in the dtype of `like`, shaped to scale it:
/// `[rows, 1, ...]`.
[[nodiscard]] at::Tensor inverse_degrees(const EdgeIndex& edges, Target target,
                                         const at::Tensor& like);

/// Edges grouped by source or destination, as the kernels take them.
class Grouping {
 public:
  /// Groups by `target`; by destination for `kEdge`.
  Grouping(const EdgeIndex& edges, Target target);

  [[nodiscard]] const std::int64_t* indptr() const {
    return csr_->indptr.const_data_ptr<std::int64_t>();
  }
  [[nodiscard]] std::int64_t num_groups() const { return csr_->indptr.numel() - 1; }
  [[nodiscard]] const at::Tensor& edge_ids() const { return csr_->edge_ids; }
  /// An operand whose rows stand at `target`; `data` must be contiguous.
  [[nodiscard]] KernelOperand operand(const at::Tensor& data, Target target) const;
  /// The edge ids themselves, as offsets.
  [[nodiscard]] KernelOperand edge_operand() const { return {nullptr, selector(Target::kEdge), 1}; }

  /// Runs `body(begin, end)` over ranges of groups with about equal numbers of edges, in parallel.
  /// `cost` is the work for one edge, in values.
  template <typename Body>
  void parallel_for_groups(std::int64_t cost, const Body& body) const {
    constexpr std::int64_t kGrain = 32768;
    const std::int64_t total = indptr()[num_groups()] + num_groups();
    parallel_for(
        0, total, std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, cost)),
        [&](std::int64_t begin, std::int64_t end) { body(boundary(begin), boundary(end)); });
  }

 private:
  [[nodiscard]] RowSelector selector(Target target) const;
  /// The first group that starts at or behind a point on the line of all edges and groups.
  [[nodiscard]] std::int64_t boundary(std::int64_t point) const;

  const Csr* csr_;
  Target group_target_;
};

}  // namespace grapevine::ops::detail
