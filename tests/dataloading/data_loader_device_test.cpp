// Batches that go to a device: the same ones, copied aside while the loop computes.
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "grapevine/dataloading/data_loader.h"
#include "grapevine/graph/transform/node_subgraph.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/backend.h"
#include "tests/support/expect_error.h"
#include "tests/support/pretend_device.h"

namespace grapevine::dataloading {
namespace {

namespace pretend_device = testing_support::pretend_device;
using sampling::MiniBatch;
using sampling::NeighborSampler;
using testing_support::backends;
using testing_support::BackendScope;
using testing_support::expect_same_batch;
using testing_support::list;
using testing_support::NamedTensors;
using testing_support::parts_of;
using testing_support::random_graph;
using testing_support::typed_graph;

using DeviceLoader = testing_support::BackendTest;
INSTANTIATE_TEST_SUITE_P(Backends, DeviceLoader, testing::ValuesIn(backends()),
                         testing::PrintToStringParamName());

constexpr int kWorkers[] = {0, 1, 2};

NodeIds to_cpu(const NodeIds& ids) {
  NodeIds::Map result;
  for (const auto& [type, tensor] : ids.map()) {
    result[type] = tensor.cpu();
  }
  return NodeIds(std::move(result));
}

MiniBatch to_cpu(const MiniBatch& batch) {
  MiniBatch result{to_cpu(batch.input_nodes), to_cpu(batch.output_nodes), {}};
  for (const Graph& block : batch.blocks) {
    result.blocks.push_back(block.to(at::kCPU));
  }
  return result;
}

void expect_on(const MiniBatch& batch, at::Device device) {
  for (const NodeIds* ids : {&batch.input_nodes, &batch.output_nodes}) {
    for (const auto& [type, tensor] : ids->map()) {
      EXPECT_EQ(tensor.device(), device) << type;
    }
  }
  for (const Graph& block : batch.blocks) {
    EXPECT_EQ(block.device(), device);
    for (const auto& [name, tensor] : parts_of(block)) {
      EXPECT_EQ(tensor.device(), device) << name;
    }
  }
}

DataLoaderOptions options_for(at::Device device, int num_workers) {
  return {.batch_size = 16,
          .shuffle = true,
          .num_workers = num_workers,
          .device = device,
          .seed = 5,
          .prefetch_node_feats = {"x"},
          .prefetch_labels = {"label"}};
}

TEST_P(DeviceLoader, GivesTheBatchesThatTheCpuGets) {
  const at::Tensor seeds = at::arange(90, at::kLong);
  for (const bool narrow : {false, true}) {
    const Graph g = narrow ? random_graph(100, 1000).to_int32() : random_graph(100, 1000);
    std::vector<MiniBatch> expected;
    DataLoader plain(g, seeds.to(g.idtype()), NeighborSampler({3, 2}),
                     options_for(at::kCPU, /*num_workers=*/0));
    for (const MiniBatch& batch : plain) {
      expected.push_back(batch);
    }
    const BackendScope scope(GetParam());
    for (const int num_workers : kWorkers) {
      DataLoader loader(g, seeds.to(g.idtype()), NeighborSampler({3, 2}),
                        options_for(scope.device(), num_workers));
      std::size_t i = 0;
      for (const MiniBatch& batch : loader) {
        ASSERT_LT(i, expected.size());
        expect_on(batch, scope.device());
        expect_same_batch(to_cpu(batch), expected[i++]);
      }
      EXPECT_EQ(i, expected.size());
    }
  }
}

TEST_P(DeviceLoader, MovesIdsAndBlocksOfSeveralTypes) {
  const Graph g = typed_graph();
  const NodeIds seeds = {{"item", at::arange(10, at::kLong)}, {"user", at::arange(12, at::kLong)}};
  DataLoader plain(g, seeds, NeighborSampler({2, 2}), {.batch_size = 8});
  std::vector<MiniBatch> expected;
  for (const MiniBatch& batch : plain) {
    expected.push_back(batch);
  }
  const BackendScope scope(GetParam());
  for (const int num_workers : kWorkers) {
    DataLoader loader(g, seeds, NeighborSampler({2, 2}),
                      {.batch_size = 8, .num_workers = num_workers, .device = scope.device()});
    std::size_t i = 0;
    for (const MiniBatch& batch : loader) {
      expect_on(batch, scope.device());
      expect_same_batch(to_cpu(batch), expected[i++]);
    }
    EXPECT_EQ(i, 3U);
  }
}

TEST_P(DeviceLoader, CopiesWhatWasGatheredAndLeavesTheRest) {
  const BackendScope scope(GetParam());
  const Graph g = random_graph(100, 1000);
  for (const int num_workers : kWorkers) {
    DataLoader loader(g, at::arange(60, at::kLong), NeighborSampler({3}),
                      options_for(scope.device(), num_workers));
    for (const MiniBatch& batch : loader) {
      const Frame::Columns& inputs = batch.blocks[0].srcdata().frame()->columns();
      EXPECT_FALSE(inputs.at("x")->is_lazy());
      EXPECT_TRUE(inputs.at("label")->is_lazy());
      EXPECT_EQ(batch.blocks[0].srcdata()["label"]->device(), scope.device());
      EXPECT_EQ(list(batch.blocks[0].srcdata()["label"]->cpu()),
                list((batch.input_nodes.tensor() * 7).cpu()));
    }
  }
}

TEST_P(DeviceLoader, KeepsWhatStandsTwiceOneTensor) {
  const BackendScope scope(GetParam());
  DataLoader loader(random_graph(100, 1000), at::arange(60, at::kLong), NeighborSampler({3, 3}),
                    options_for(scope.device(), 0));
  for (const MiniBatch& batch : loader) {
    EXPECT_TRUE(batch.input_nodes.tensor().is_same(batch.blocks[0].srcdata()[NID]));
  }
}

TEST_P(DeviceLoader, CanBeLeftEarly) {
  const BackendScope scope(GetParam());
  const Graph g = random_graph(100, 1000);
  for (const int num_workers : kWorkers) {
    DataLoader loader(g, at::arange(100, at::kLong), NeighborSampler({3, 3}),
                      options_for(scope.device(), num_workers));
    for (int stop = 0; stop < 3; ++stop) {
      int batches = 0;
      for ([[maybe_unused]] const MiniBatch& batch : loader) {
        if (batches++ == stop) {
          break;
        }
      }
    }
    int batches = 0;
    for ([[maybe_unused]] const MiniBatch& batch : loader) {
      ++batches;
    }
    EXPECT_EQ(batches, 7);
  }
}

TEST_P(DeviceLoader, KeepsGradientsOfFeatures) {
  const BackendScope scope(GetParam());
  const Graph g = random_graph(100, 1000);
  g.ndata()["x"] = at::ones({100, 2}).requires_grad_();
  for (const int num_workers : kWorkers) {
    DataLoader loader(g, at::arange(50, at::kLong), NeighborSampler({3}),
                      options_for(scope.device(), num_workers));
    for (const MiniBatch& batch : loader) {
      const at::Tensor x = batch.blocks[0].srcdata()["x"];
      EXPECT_TRUE(x.requires_grad());
      x.sum().backward();
    }
  }
  EXPECT_TRUE(g.ndata()["x"]->grad().is_cpu());
  EXPECT_GE(g.ndata()["x"]->grad().sum().item<float>(), 300);
}

TEST_P(DeviceLoader, TakesADeviceWithoutItsNumber) {
  const BackendScope scope(GetParam());
  DataLoader loader(random_graph(100, 1000), at::arange(20, at::kLong), NeighborSampler({3}),
                    options_for(at::Device(scope.device().type()), 0));
  for (const MiniBatch& batch : loader) {
    expect_on(batch, scope.device());
  }
}

TEST(DataLoaderDevice, RefusesADeviceThatIsNotHere) {
  EXPECT_ERROR(DataLoader(random_graph(9, 20), at::arange(3, at::kLong), NeighborSampler({3}),
                          {.device = at::Device(at::kVulkan)}),
               "device", "vulkan", "not available");
}

TEST(DataLoaderDevice, ThrowsWhatACopyThrows) {
  const Graph g = random_graph(100, 1000);
  for (const int num_workers : kWorkers) {
    for (const std::int64_t number : {0, 5, 40}) {
      DataLoader loader(g, at::arange(90, at::kLong), NeighborSampler({3, 2}),
                        options_for(pretend_device::device(), num_workers));
      const auto read_all = [&loader] {
        for ([[maybe_unused]] const MiniBatch& batch : loader) {
        }
      };
      {
        const pretend_device::FailingCopy failing(number);
        EXPECT_THROW(read_all(), std::runtime_error) << num_workers << " workers, copy " << number;
      }
      EXPECT_NO_THROW(read_all());
    }
  }
}

/// The pretend device puts off copies from page-locked memory until somebody waits for them, so
/// they show who did.
class CopiesAside : public testing::Test {
 protected:
  void SetUp() override {
    if (!pretend_device::has_pinned_memory()) {
      GTEST_SKIP() << "page-locked memory is the GPU's";
    }
  }
};

TEST_F(CopiesAside, RunOnAStreamOfTheirOwn) {
  const Graph g = random_graph(100, 1000);
  for (const int num_workers : kWorkers) {
    DataLoader loader(g, at::arange(90, at::kLong), NeighborSampler({3, 2}),
                      options_for(pretend_device::device(), num_workers));
    const std::int64_t copies = pretend_device::num_deferred_copies();
    const std::int64_t records = pretend_device::num_recorded_tensors();
    std::int64_t batches = 0;
    for ([[maybe_unused]] const MiniBatch& batch : loader) {
      ++batches;
    }
    EXPECT_EQ(batches, 6);
    // In each batch the ids of three layers of nodes and two of edges, two blocks of offsets and
    // sources, a feature and a label; all of them are recorded.
    EXPECT_EQ(pretend_device::num_deferred_copies() - copies, batches * 11);
    EXPECT_EQ(pretend_device::num_recorded_tensors() - records, batches * 11);
  }
}

TEST_F(CopiesAside, StartFromWhereFeaturesWereGathered) {
  const Graph g = random_graph(100, 1000);
  const Frame::Columns& columns = g.ndata().frame()->columns();
  const ColumnPtr some = Column::slice(columns.at("x"), testing_support::ids({5, 0, 5}));
  const at::Tensor gathered = some->page_locked_data();
  EXPECT_TRUE(gathered.is_pinned());
  EXPECT_TRUE(some->is_lazy());
  EXPECT_TRUE(at::equal(gathered, some->data()));
  EXPECT_TRUE(some->page_locked_data().is_same(some->data()));
  EXPECT_TRUE(columns.at("x")->page_locked_data().is_same(columns.at("x")->data()));
}

/// Returns the graph itself, for every batch.
class WholeGraph : public sampling::Sampler {
 public:
  [[nodiscard]] MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                 const RandomKey& /*key*/) const override {
    return {graph.nodes().ids(), seeds, {graph}};
  }
};

TEST_F(CopiesAside, LeaveFramesThatBatchesShareAlone) {
  const Graph g = node_subgraph(random_graph(100, 1000), at::arange(50, at::kLong));
  for (const int num_workers : kWorkers) {
    DataLoader loader(g, at::arange(50, at::kLong), WholeGraph(),
                      options_for(pretend_device::device(), num_workers));
    for (const MiniBatch& batch : loader) {
      EXPECT_TRUE(at::equal(batch.blocks[0].ndata()["x"]->cpu(),
                            at::arange(100, at::kFloat).view({50, 2})));
    }
    EXPECT_TRUE(g.ndata().frame()->columns().at("x")->is_lazy());
  }
}

TEST_F(CopiesAside, AreWaitedForByTheStreamOfTheLoop) {
  const Graph g = random_graph(100, 1000);
  const at::Device device = pretend_device::device();
  const c10::impl::VirtualGuardImpl guard(device.type());
  DataLoader plain(g, at::arange(90, at::kLong), NeighborSampler({3, 2}), options_for(at::kCPU, 0));
  std::vector<MiniBatch> expected;
  for (const MiniBatch& batch : plain) {
    expected.push_back(batch);
  }
  for (const int num_workers : kWorkers) {
    const c10::StreamGuard on(guard.getStreamFromGlobalPool(device));
    DataLoader loader(g, at::arange(90, at::kLong), NeighborSampler({3, 2}),
                      options_for(device, num_workers));
    std::size_t i = 0;
    for (const MiniBatch& batch : loader) {
      expect_same_batch(to_cpu(batch), expected[i++]);
    }
    EXPECT_EQ(guard.getStream(device), on.current_stream());
  }
}

}  // namespace
}  // namespace grapevine::dataloading
