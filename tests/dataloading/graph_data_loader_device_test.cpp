// Batches of graphs that go to a device: the same ones, there.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <vector>

#include "grapevine/dataloading/graph_data_loader.h"
#include "tests/support/ids.h"
#include "tests/support/pretend_device.h"

namespace grapevine::dataloading {
namespace {

namespace pretend_device = testing_support::pretend_device;
using testing_support::list;

TEST(GraphDataLoader, PutsBatchesOnADevice) {
  std::vector<Graph> graphs;
  for (std::int64_t i = 1; i <= 7; ++i) {
    graphs.push_back(graph(at::arange(i), (at::arange(i) + 1).remainder(i), {.num_nodes = i}));
    graphs.back().ndata()["x"] = at::randn({i, 3});
  }
  const at::Tensor labels = at::arange(7);
  const at::Device device = pretend_device::device();
  for (const int num_workers : {0, 1, 2}) {
    GraphDataLoader here(graphs, labels, {.batch_size = 3, .shuffle = true});
    GraphDataLoader there(
        graphs, labels,
        {.batch_size = 3, .shuffle = true, .num_workers = num_workers, .device = device});
    GraphDataLoader::Iterator expected = here.begin();
    for (auto& [graph, batch_labels] : there) {
      EXPECT_EQ(graph.device(), device);
      EXPECT_EQ(batch_labels.device(), device);
      EXPECT_EQ(graph.ndata()["x"]->device(), device);
      EXPECT_EQ(graph.batch_num_nodes().device(), device);
      EXPECT_TRUE(graph.ndata()["x"]->cpu().equal(expected->graph.ndata()["x"].tensor()));
      EXPECT_EQ(list(batch_labels.cpu()), list(expected->labels));
      EXPECT_EQ(list(graph.batch_num_nodes().cpu()), list(expected->graph.batch_num_nodes()));
      EXPECT_EQ(list(graph.edges().uv().dst.cpu()), list(expected->graph.edges().uv().dst));
      ++expected;
    }
    EXPECT_TRUE(expected == here.end());
  }
}

}  // namespace
}  // namespace grapevine::dataloading
