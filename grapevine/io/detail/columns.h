#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace grapevine::io {

/// Class labels `[n]` int64 from what a file holds: `[n]` or `[n, 1]` of any number type; NaN and
/// -1 are unknown (-1). Throws `Error` that begins with `what` for other shapes, fractions and
/// values below -1 or above 2^31.
[[nodiscard]] at::Tensor labels_from(const at::Tensor& values, const std::string& what);

/// Ids `[n]` int64 from `[n]` or `[n, 1]` integers; `Error` that begins with `what` unless all lie
/// in `[0, bound)`.
[[nodiscard]] at::Tensor ids_from(const at::Tensor& values, std::int64_t bound,
                                  const std::string& what);

/// Largest label + 1, 0 if all are unknown.
[[nodiscard]] std::int64_t count_classes(const at::Tensor& labels);

}  // namespace grapevine::io
