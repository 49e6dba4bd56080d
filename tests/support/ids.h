#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>

#include <cstdint>
#include <vector>

namespace grapevine::testing_support {

/// Ids as a tensor.
inline at::Tensor ids(const std::vector<std::int64_t>& values, at::ScalarType idtype = at::kLong) {
  return at::tensor(values, at::kLong).to(idtype);
}

/// The values of a tensor of any shape and integer type.
inline std::vector<std::int64_t> list(const at::Tensor& tensor) {
  const at::Tensor wide = tensor.to(at::kLong).contiguous();
  return {wide.data_ptr<std::int64_t>(), wide.data_ptr<std::int64_t>() + wide.numel()};
}

}  // namespace grapevine::testing_support
