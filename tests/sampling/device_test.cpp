// Sampling reads structure on the CPU; what it makes moves.
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "grapevine/sampling/neighbor_sampler.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/backend.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using testing_support::append;
using testing_support::backends;
using testing_support::ids;
using testing_support::NamedTensors;
using testing_support::other_devices;
using testing_support::parts_of;

using DeviceSampling = testing_support::BackendTest;
INSTANTIATE_TEST_SUITE_P(Backends, DeviceSampling, testing::ValuesIn(backends()),
                         testing::PrintToStringParamName());

TEST(SamplingOnADevice, SaysWhereAGraphShouldBe) {
  for (const at::Device device : other_devices()) {
    const Graph there = testing_support::random_graph(20, 100).to(device);
    const at::Tensor seeds = ids({1, 2}).to(device);
    const NeighborSampler sampler({2});
    const std::string name = device.str();
    EXPECT_ERROR(sampler.sample(there, seeds, RandomKey(0)), "on the CPU", name, "to(at::kCPU)",
                 "DataLoader");
    EXPECT_ERROR(sampler.prepare(there), "on the CPU", name);
    EXPECT_ERROR(sample_neighbors(there, seeds, 2, {}, RandomKey(0)), "on the CPU", name);
    const Graph here = testing_support::random_graph(20, 100);
    EXPECT_ERROR(sampler.sample(here, seeds, RandomKey(0)), "seeds", name, "cpu");
  }
}

TEST_P(DeviceSampling, MakesBlocksAndFrontiersThatMove) {
  expect_equal([](at::Device device) {
    NamedTensors results;
    for (const bool narrow : {false, true}) {
      const Graph wide = testing_support::typed_graph();
      const Graph g = narrow ? wide.to_int32() : wide;
      const NodeIds seeds = {{"user", ids({5, 1}, g.idtype())}, {"item", ids({0}, g.idtype())}};
      const MiniBatch batch = NeighborSampler({3, 2}).sample(g, seeds, RandomKey(7));
      for (const Graph& block : batch.blocks) {
        append(results, "block", parts_of(block.to(device)));
      }
      append(results, "frontier",
             parts_of(sample_neighbors(g, seeds, 2, {}, RandomKey(7)).to(device)));
    }
    return results;
  });
}

}  // namespace
}  // namespace grapevine::sampling
