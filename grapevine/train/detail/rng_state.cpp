#include "grapevine/train/detail/rng_state.h"

#include <ATen/Context.h>
#include <ATen/core/Generator.h>
#include <c10/util/Exception.h>

#include <mutex>

#include "grapevine/util/error.h"

namespace grapevine::train::detail {

at::Tensor rng_state(at::Device device) {
  at::Generator generator;
  try {
    generator = at::globalContext().defaultGenerator(device);
  } catch (const c10::Error&) {
    return {};
  }
  const std::lock_guard lock(generator.mutex());
  return generator.get_state();
}

void set_rng_state(at::Device device, const at::Tensor& state, const std::string& what) {
  check(state.defined() && state.scalar_type() == at::kByte && state.dim() == 1,
        "{}: rng: expected the state of a generator, [n] of uint8, got {}", what,
        state.defined() ? at::toString(state.scalar_type()) : "nothing");
  at::Generator generator = at::globalContext().defaultGenerator(device);
  const std::lock_guard lock(generator.mutex());
  try {
    generator.set_state(state.contiguous());
  } catch (const c10::Error&) {
    fail("{}: rng: {} bytes are not the state of a generator on {}", what, state.numel(),
         device.str());
  }
}

}  // namespace grapevine::train::detail
