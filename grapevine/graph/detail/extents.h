#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <vector>

namespace grapevine::detail {

/// Ranges of rows that follow each other, one for each graph of a batch.
struct Extents {
  std::vector<std::int64_t> counts;  ///< how long each is
  std::vector<std::int64_t> starts;  ///< where each begins
  std::int64_t total = 0;

  void add(std::int64_t count) {
    counts.push_back(count);
    starts.push_back(total);
    total += count;
  }
};

/// The ranges of a caller's `counts` `[n]`, int64 or int32 on any device. Throws `Error` that
/// starts with `argument` for other tensors, negative counts, and counts that do not sum to `total`
/// of an `entity`, "node" or "edge".
[[nodiscard]] Extents read_extents(const at::Tensor& counts, const std::string& argument,
                                   std::int64_t total, const char* entity);

/// `values[i]` for each row of the i-th range: `[rows.total]` with dtype and device of `options`.
[[nodiscard]] at::Tensor repeat_for_rows(const std::vector<std::int64_t>& values,
                                         const Extents& rows, const at::TensorOptions& options);

}  // namespace grapevine::detail
