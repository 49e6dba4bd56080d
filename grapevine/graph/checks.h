#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace grapevine {

/// Checks a caller's ids: a 1-D tensor of exactly the graph's id type and device with values in
/// `[0, count)`. Throws `Error` that names the argument (`function` takes ids of an `entity`,
/// "node" or "edge"), the value and the range. O(ids).
void check_ids(const at::Tensor& ids, std::string_view function, std::string_view entity,
               std::int64_t count, at::ScalarType idtype, at::Device device);

/// The same without the range: dimensions, id type and device only. O(1).
void check_id_tensor(const at::Tensor& ids, std::string_view function, std::string_view entity,
                     at::ScalarType idtype, at::Device device);

}  // namespace grapevine
