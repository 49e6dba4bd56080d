#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <string>

namespace grapevine::train::detail {

/// The state of torch's default generator of a device, uint8, as `torch.get_rng_state()` has it;
/// undefined where a device has no generator.
[[nodiscard]] at::Tensor rng_state(at::Device device);

/// Sets it. Throws `Error` that begins with `what` for what is no such state.
void set_rng_state(at::Device device, const at::Tensor& state, const std::string& what);

}  // namespace grapevine::train::detail
