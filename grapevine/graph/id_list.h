#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include "grapevine/graph/frame.h"

namespace grapevine {

/// Ids of nodes or edges as a caller has them. A tensor must have the graph's id type and be on its
/// device; numbers fit every graph.
///
///     g.remove_edges(torch::tensor({3, 5}));
///     g.remove_edges({3, 5});
///     g.remove_edges(3);
class IdList {
 public:
  IdList(at::Tensor ids) : ids_(std::move(ids)) {}      // NOLINT(google-explicit-constructor)
  IdList(FeatureRef ids) : IdList(ids.tensor()) {}      // NOLINT(google-explicit-constructor)
  IdList(const std::vector<std::int64_t>& ids);         // NOLINT(google-explicit-constructor)
  IdList(std::initializer_list<std::int64_t> ids);      // NOLINT(google-explicit-constructor)
  IdList(std::int64_t id) : IdList(std::vector{id}) {}  // NOLINT(google-explicit-constructor)

  /// The ids as given: the caller's tensor, not checked, or numbers as int64 `[n]` on the CPU.
  [[nodiscard]] const at::Tensor& tensor() const { return ids_; }
  /// Whether the caller gave numbers and no tensor.
  [[nodiscard]] bool is_numbers() const { return is_numbers_; }

 private:
  at::Tensor ids_;
  bool is_numbers_ = false;
};

}  // namespace grapevine
