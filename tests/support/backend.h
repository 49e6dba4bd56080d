#pragma once

#include <ATen/core/Tensor.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "grapevine/graph/graph.h"
#include "grapevine/ops/detail/fallback.h"

// Tests that hold wherever operators run. A suite of them is a `BackendTest`, instantiated for
// `backends()`:
//
//     using DeviceGraph = testing_support::BackendTest;
//     TEST_P(DeviceGraph, FindsEdges) { expect_equal([](at::Device device) { ... }); }
//     INSTANTIATE_TEST_SUITE_P(Backends, DeviceGraph, testing::ValuesIn(backends()));
namespace grapevine::testing_support {

/// Where and how operators run: kernels on the CPU, plain ATen calls on the CPU, plain ATen calls
/// on a device whose memory the host cannot touch, or on a GPU.
enum class Backend { kCpu, kFallback, kPretendDevice, kCuda };

/// Those that there are here.
[[nodiscard]] std::vector<Backend> backends();
/// The devices of those that are not the CPU.
[[nodiscard]] std::vector<at::Device> other_devices();

std::ostream& operator<<(std::ostream& stream, Backend backend);

/// Makes a backend the one that operators use.
class BackendScope {
 public:
  explicit BackendScope(Backend backend);
  [[nodiscard]] at::Device device() const { return device_; }

 private:
  at::Device device_;
  std::optional<ops::detail::ForceFallback> fallback_;
};

/// Tensors with a name each, by which a test says what differs.
using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// Structure and features of a graph or block; lazy features are gathered.
[[nodiscard]] NamedTensors parts_of(const Graph& graph);
/// Adds all of `more` to `tensors`, each name after `prefix`.
void append(NamedTensors& tensors, const std::string& prefix, const NamedTensors& more);

class BackendTest : public testing::TestWithParam<Backend> {
 protected:
  /// Makes its own inputs, brings them to the device and returns what it computes there.
  using Computation = std::function<NamedTensors(at::Device)>;

  /// Expects of `compute` on this backend the same as of the kernels on the CPU: names, dtypes and
  /// shapes, every value, and tensors on the device alone.
  static void expect_equal(const Computation& compute);
  /// The same with values that are at most `1e-5` (and as much times their size) apart.
  static void expect_close(const Computation& compute);
};

}  // namespace grapevine::testing_support
