#pragma once

#include <c10/core/Device.h>

#include <string>

namespace grapevine::cli {

/// The device that `name` ("cpu", "cuda", "cuda:1", ...) stands for. Throws `UsageError` if it
/// means nothing, and `Error` if this libtorch or this machine does not have it.
[[nodiscard]] c10::Device parse_device(const std::string& name);

}  // namespace grapevine::cli
