#pragma once

#include <ATen/core/Tensor.h>

namespace grapevine::ops::detail {

/// Whether operators on this tensor's device take the path of plain ATen calls: on every device but
/// the CPU, and on the CPU while a `ForceFallback` lives.
[[nodiscard]] bool uses_fallback(const at::Tensor& tensor);

/// While one lives, every operator of the process takes the fallback; for tests of that path on a
/// machine without another device.
class ForceFallback {
 public:
  ForceFallback();
  ~ForceFallback();
  ForceFallback(const ForceFallback&) = delete;
  ForceFallback& operator=(const ForceFallback&) = delete;
};

}  // namespace grapevine::ops::detail
