#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "grapevine/graph/graph_types.h"
#include "grapevine/util/random.h"

namespace grapevine::dataloading::detail {

/// The ids of a loader, cut into batches over the concatenation of their types.
class IdList {
 public:
  explicit IdList(const NodeIds& ids);

  [[nodiscard]] std::int64_t size() const { return offsets_.back(); }

  /// Copies of the ids at `begin` to `end - 1` of `order`, by position if it is undefined. Ids of
  /// one type keep their order; types without ids are left out.
  [[nodiscard]] NodeIds slice(const at::Tensor& order, std::int64_t begin, std::int64_t end) const;

 private:
  [[nodiscard]] at::Tensor gather(std::size_t type,
                                  const std::vector<std::int64_t>& positions) const;
  std::vector<std::string> types_;
  std::vector<at::Tensor> ids_;
  std::vector<std::int64_t> offsets_{0};  // of each type in the concatenation
};

/// `count` positions in a random order: `[count]`, int64 (Fisher and Yates; Durstenfeld, 1964).
[[nodiscard]] at::Tensor shuffled_positions(std::int64_t count, RandomStream stream);

/// Throws `Error` for positions that are not below `count`.
void check_positions(const std::optional<at::Tensor>& positions, std::int64_t count);

/// The order of an epoch over `ids`: all of them, or those at `positions`; undefined for all in
/// their own order.
[[nodiscard]] at::Tensor epoch_order(const IdList& ids, const std::optional<at::Tensor>& positions,
                                     bool shuffle, RandomStream stream);

}  // namespace grapevine::dataloading::detail
