#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

// A device that any machine has, for tests of code that must run on a GPU: torch's PrivateUse1 with
// memory of its own. Host code that reads or writes that memory dies of a segmentation fault, the
// thread sanitizer's and the address sanitizer's builds included: it is mapped without any access,
// and the device's kernels use a second mapping of the same pages. Every operator runs there, on
// copies on the CPU. Copies that need not block, made while another stream than the default one is
// current, wait until somebody waits for them; until then the memory holds rubbish.
namespace grapevine::testing_support::pretend_device {

/// "privateuseone:0"; every test program has it.
[[nodiscard]] at::Device device();

/// Copies so far to the device that were put off on a stream of their own, from page-locked memory.
[[nodiscard]] std::int64_t num_deferred_copies();

/// How often so far a tensor of the device was recorded on the stream that reads it.
[[nodiscard]] std::int64_t num_recorded_tensors();

/// Whether torch's page-locked memory is this device's: not where there is a GPU.
[[nodiscard]] bool has_pinned_memory();

/// While one lives, the `number`th copy from now on to the device, 0 the next, throws
/// `std::runtime_error`: "pretend device: copy failed".
class FailingCopy {
 public:
  explicit FailingCopy(std::int64_t number);
  ~FailingCopy();
  FailingCopy(const FailingCopy&) = delete;
  FailingCopy& operator=(const FailingCopy&) = delete;
};

}  // namespace grapevine::testing_support::pretend_device
