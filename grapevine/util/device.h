#pragma once

#include <c10/core/Device.h>

namespace grapevine {

/// The device as its tensors name it: "cuda" becomes the current CUDA device, "cuda:0", and "cpu:0"
/// the CPU. Throws `Error` for a device that is not here.
[[nodiscard]] c10::Device complete_device(c10::Device device);

}  // namespace grapevine
