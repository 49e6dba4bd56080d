#include "device.h"

#include <ATen/ops/zeros.h>
#include <fmt/core.h>

#include "command.h"

namespace grapevine::cli {

namespace {
c10::Device named_device(const std::string& name) {
  try {
    return c10::Device(name);
  } catch (const c10::Error&) {
    throw UsageError(fmt::format("--device: expected cpu, cuda or the like, got \"{}\"", name));
  }
}
}  // namespace

c10::Device parse_device(const std::string& name) {
  const c10::Device device = named_device(name);
  try {
    static_cast<void>(at::zeros({1}, at::TensorOptions().device(device)));
  } catch (const std::exception&) {
    fail("--device: \"{}\" is not available here", name);
  }
  return device;
}

}  // namespace grapevine::cli
