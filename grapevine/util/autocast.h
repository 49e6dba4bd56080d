#pragma once

#include <c10/core/DeviceType.h>
#include <c10/core/ScalarType.h>

namespace grapevine {

/// While it lives, torch's matrix products on that kind of device, on this thread, compute in
/// `dtype` (bfloat16 or float16), and what needs more precision in float32, whatever the dtype of
/// their inputs: `torch.autocast` for C++. Parameters stay as they are. For the forward pass and
/// the loss; the backward pass follows by itself. float32 changes nothing.
class Autocast {
 public:
  Autocast(c10::DeviceType device, c10::ScalarType dtype);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  c10::DeviceType device_;
  bool was_enabled_;
  c10::ScalarType previous_dtype_;
};

}  // namespace grapevine
