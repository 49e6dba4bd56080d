#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace grapevine::train {

/// Parts examples into `num_folds` by their labels `[n]` (int64): the fold of each, from 0, `[n]`
/// int64. The folds differ in size by one at most, and so they do in each class; who goes where is
/// chosen by the seed. Throws `Error` for fewer than two folds, fewer examples than folds, and
/// other shapes. O(n log n).
[[nodiscard]] at::Tensor stratified_folds(const at::Tensor& labels, std::int64_t num_folds,
                                          std::uint64_t seed = 0);

}  // namespace grapevine::train
