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

/// `1 / max(in-degree, 1)` (out-degree for `kSrc`) in the dtype of `like`, float32 if that is half
/// precision, shaped to scale it: `[rows, 1, ...]`.
[[nodiscard]] at::Tensor inverse_degrees(const EdgeIndex& edges, Target target,
                                         const at::Tensor& like);

/// Edges as the kernels take them: grouped by source or destination, or one by one in the order of
/// ids.
class Grouping {
 public:
  /// Groups by `target`; by destination for `kEdge`.
  Grouping(const EdgeIndex& edges, Target target);
  /// In the order of ids, from `coo()`.
  [[nodiscard]] static Grouping by_edge(const EdgeIndex& edges);

  /// Where the groups start; null for edges one by one.
  [[nodiscard]] const std::int64_t* indptr() const {
    return indptr_.defined() ? indptr_.const_data_ptr<std::int64_t>() : nullptr;
  }
  /// An operand whose rows stand at `target`; `data` must be contiguous.
  [[nodiscard]] KernelOperand operand(const at::Tensor& data, Target target) const;
  /// The edge ids themselves, as offsets.
  [[nodiscard]] KernelOperand edge_operand() const {
    return {nullptr, selector(Target::kEdge), 1, num_edges_};
  }
  [[nodiscard]] std::int64_t num_edges() const { return num_edges_; }

  /// Runs `body(begin, end)` over ranges of groups (or of single edges) with about equal numbers of
  /// edges, in parallel. `cost` is the work for one edge, in values.
  template <typename Body>
  void parallel_for_groups(std::int64_t cost, const Body& body) const {
    constexpr std::int64_t kGrain = 32768;
    const std::int64_t grain = std::max<std::int64_t>(1, kGrain / std::max<std::int64_t>(1, cost));
    if (!indptr_.defined()) {
      return parallel_for(0, num_edges_, grain, body);
    }
    parallel_for(0, num_edges_ + num_groups(), grain, [&](std::int64_t begin, std::int64_t end) {
      body(boundary(begin), boundary(end));
    });
  }

 private:
  Grouping() = default;
  [[nodiscard]] std::int64_t num_groups() const { return indptr_.numel() - 1; }
  [[nodiscard]] RowSelector selector(Target target) const;
  /// The first group that starts at or behind a point on the line of all edges and groups.
  [[nodiscard]] std::int64_t boundary(std::int64_t point) const;

  at::Tensor indptr_;
  Target group_target_ = Target::kEdge;
  // Ids by position; undefined where an id is the group or the position itself.
  at::Tensor src_;
  at::Tensor dst_;
  at::Tensor edge_ids_;
  std::int64_t num_edges_ = 0;
};

}  // namespace grapevine::ops::detail
