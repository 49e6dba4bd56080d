// Changed graphs on every device, and on the CPU with the operators that other devices use.
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "grapevine/message/function.h"
#include "tests/support/backend.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using testing_support::append;
using testing_support::backends;
using testing_support::ids;
using testing_support::NamedTensors;
using testing_support::other_devices;
using testing_support::parts_of;
using testing_support::random_graph;
using testing_support::social;

using DeviceGraphChange = testing_support::BackendTest;
INSTANTIATE_TEST_SUITE_P(Backends, DeviceGraphChange, testing::ValuesIn(backends()),
                         testing::PrintToStringParamName());

TEST_P(DeviceGraphChange, AddsAndRemoves) {
  expect_equal([](at::Device device) {
    NamedTensors result;
    for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
      const auto here = [&](const std::vector<std::int64_t>& values) {
        return ids(values, idtype).to(device);
      };
      Graph g = social(idtype).to(device);
      g.add_nodes(2, {{"h", ids({7, 8}).to(device)}, {"new", at::ones({2, 3}).to(device)}}, "item");
      append(result, "nodes added", parts_of(g));
      g.add_edges(here({5, 0}), 6, {{"w", ids({4, 5}).to(device)}}, "likes");
      append(result, "edges added", parts_of(g));
      g.remove_edges({0, 4, 0}, "likes", /*store_ids=*/true);
      append(result, "edges removed", parts_of(g));
      g.remove_nodes(here({1, 3}), "user", /*store_ids=*/true);
      append(result, "nodes removed", parts_of(g));
    }
    return result;
  });
}

TEST_P(DeviceGraphChange, KeepsFormatsAndBatches) {
  expect_equal([](at::Device device) {
    NamedTensors result;
    for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
      Graph g = random_graph(4, 9, 30, idtype);
      g.set_batch_num_nodes(ids({4, 0, 5}, idtype));
      g.set_batch_num_edges(ids({13, 0, 17}, idtype));
      g = g.formats({"csc"}).to(device);
      g.remove_edges({0, 1, 20});
      g.remove_nodes({8, 2});
      result.emplace_back("batch nodes", g.batch_num_nodes());
      result.emplace_back("batch edges", g.batch_num_edges());
      g.add_edges(0, {7, 3});
      result.emplace_back("csc", g.adjacency()->csc().indices);
    }
    return result;
  });
}

TEST_P(DeviceGraphChange, MessagesAlongEdgesNamedByTheirEndpoints) {
  expect_equal([](at::Device device) {
    NamedTensors result;
    for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
      const Graph g = random_graph(4, 9, 30, idtype).to(device);
      const EdgePair edges = g.find_edges(ids({3, 17, 29}, idtype).to(device));
      g.ndata()["x"] = g.ndata()["h"]->to(at::kFloat);
      g.apply_edges(function::u_add_v("x", "x", "s"), edges);
      g.send_and_recv(edges, function::copy_u("x", "m"), function::max("m", "out"));
      append(result, "graph", parts_of(g));
    }
    return result;
  });
}

TEST(GraphChangeOnADevice, TensorsOfAnotherDeviceAreRefused) {
  for (const at::Device device : other_devices()) {
    Graph g = social().to(device);
    EXPECT_ERROR(g.add_edges(ids({0}), 0, {}, "likes"), "add_edges: src", "cpu", device.str());
    EXPECT_ERROR(g.add_edges(0, 0, {{"w", ids({1})}}, "likes"), "data[\"w\"]", "cpu", device.str());
    EXPECT_ERROR(g.add_nodes(1, {{"h", ids({1})}}, "user"), "data[\"h\"]", "cpu", device.str());
    EXPECT_ERROR(g.remove_edges(ids({0}), "likes"), "remove_edges", "cpu", device.str());
    EXPECT_ERROR(g.remove_nodes(ids({0}), "user"), "remove_nodes", "cpu", device.str());
  }
}

}  // namespace
}  // namespace grapevine
