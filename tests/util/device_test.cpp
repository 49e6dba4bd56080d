#include "grapevine/util/device.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/zeros.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

#include "tests/support/expect_error.h"
#include "tests/support/ids.h"
#include "tests/support/pretend_device.h"

namespace grapevine {
namespace {

namespace pretend_device = testing_support::pretend_device;
using testing_support::list;

TEST(CompleteDevice, NamesTheDeviceAsItsTensorsDo) {
  EXPECT_EQ(complete_device(at::kCPU), at::Device(at::kCPU));
  EXPECT_EQ(complete_device({at::kCPU, 0}), at::Device(at::kCPU));
  EXPECT_EQ(complete_device(at::kMeta), at::Device(at::kMeta));
  const at::Device device = pretend_device::device();
  EXPECT_EQ(complete_device(device), device);
  EXPECT_EQ(complete_device(device.type()), device);
  EXPECT_EQ(at::zeros({1}, device.type()).device(), device);
}

TEST(CompleteDevice, RefusesADeviceThatIsNotHere) {
  EXPECT_ERROR(complete_device(at::kVulkan), "vulkan", "not available");
  EXPECT_ERROR(complete_device({pretend_device::device().type(), 7}), ":7", "not available",
               "1 devices");
}

// What the tests of devices stand on.

TEST(PretendDevice, ComputesWhatTheCpuDoes) {
  const at::Tensor here = at::arange(6, at::kLong).view({2, 3});
  const at::Tensor there = here.to(pretend_device::device());
  EXPECT_EQ(there.device(), pretend_device::device());
  EXPECT_EQ(list(there.t().matmul(there).cpu()), list(here.t().matmul(here)));
  EXPECT_EQ(there.select(1, 2).sum().item<std::int64_t>(), 7);
  at::Tensor rows = there.narrow(0, 1, 1);
  rows.add_(10);
  EXPECT_EQ(list(there.cpu()), (std::vector<std::int64_t>{0, 1, 2, 13, 14, 15}));
  EXPECT_ANY_THROW(static_cast<void>(there.add(here)));
  EXPECT_ANY_THROW(static_cast<void>(at::index_select(there, 0, here.flatten())));
}

TEST(PretendDevice, HasGradients) {
  const at::Tensor there = at::arange(3, at::kFloat).to(pretend_device::device());
  at::Tensor input = there.clone().requires_grad_();
  input.mul(input).sum().backward();
  EXPECT_EQ(input.grad().device(), pretend_device::device());
  EXPECT_EQ(list(input.grad().cpu()), (std::vector<std::int64_t>{0, 2, 4}));
}

TEST(PretendDevice, KeepsTheHostOutOfItsMemory) {
  const at::Tensor there = at::zeros({8}, at::TensorOptions().device(pretend_device::device()));
  const int file = ::open("/dev/zero", O_RDWR);
  ASSERT_GE(file, 0);
  // The kernel tells what would be a segmentation fault here.
  EXPECT_EQ(::read(file, there.data_ptr(), 8), -1);
  EXPECT_EQ(errno, EFAULT);
  ::close(file);
}

TEST(PretendDevice, PutsOffCopiesOnAStreamOfTheirOwn) {
  if (!pretend_device::has_pinned_memory()) {
    GTEST_SKIP() << "page-locked memory is the GPU's";
  }
  const at::Device device = pretend_device::device();
  const at::Tensor here = at::arange(4, at::kLong).pin_memory();
  EXPECT_TRUE(here.is_pinned());
  const c10::impl::VirtualGuardImpl guard(device.type());
  const c10::Stream stream = guard.getStreamFromGlobalPool(device);
  at::Tensor there;
  c10::Event copied(device.type());
  {
    const c10::StreamGuard on(stream);
    there = here.to(device, at::kLong, /*non_blocking=*/true);
    copied.record(stream);
  }
  EXPECT_NE(list(there.cpu()), list(here));
  EXPECT_FALSE(copied.query());
  copied.block(guard.getStream(device));
  EXPECT_EQ(list(there.cpu()), list(here));
  EXPECT_TRUE(copied.query());
}

}  // namespace
}  // namespace grapevine
