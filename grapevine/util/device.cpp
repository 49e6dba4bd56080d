#include "grapevine/util/device.h"

#include <c10/core/impl/VirtualGuardImpl.h>

#include "grapevine/util/error.h"

namespace grapevine {

c10::Device complete_device(c10::Device device) {
  if (device.is_cpu() || device.is_meta()) {
    return device.type();
  }
  const bool is_known = c10::impl::hasDeviceGuardImpl(device.type());
  const int count = is_known ? c10::impl::VirtualGuardImpl(device.type()).deviceCount() : 0;
  check(count > 0 && device.index() < count,
        "device: \"{}\" is not available here; there are {} devices of this type", device.str(),
        count);
  return device.has_index() ? device : c10::impl::VirtualGuardImpl(device.type()).getDevice();
}

}  // namespace grapevine
