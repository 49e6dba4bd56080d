// Readouts on every device, and on the CPU with the operators that other devices use.
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "grapevine/graph/readout.h"
#include "grapevine/graph/transform/batch.h"
#include "tests/support/backend.h"
#include "tests/support/graphs.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using testing_support::backends;
using testing_support::NamedTensors;
using testing_support::random_graph;
using testing_support::random_values;

using DeviceReadout = testing_support::BackendTest;
INSTANTIATE_TEST_SUITE_P(Backends, DeviceReadout, testing::ValuesIn(backends()),
                         testing::PrintToStringParamName());

TEST_P(DeviceReadout, EveryOneAndItsGradient) {
  expect_close([](at::Device device) {
    NamedTensors results;
    for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
      const Graph g = batch({random_graph(1, 5, 12, idtype), random_graph(2, 1, 0, idtype),
                             random_graph(3, 8, 20, idtype)})
                          .to(device);
      const auto leaf = [&](std::uint64_t seed, std::vector<std::int64_t> shape) {
        return random_values(seed, std::move(shape), at::kFloat).to(device).requires_grad_();
      };
      const at::Tensor x = leaf(1, {14, 3});
      const at::Tensor y = leaf(2, {32, 3});
      g.ndata()["x"] = x;
      g.edata()["y"] = y;
      g.ndata()["w"] = leaf(3, {14, 1});
      const auto add = [&](const std::string& name, const at::Tensor& result) {
        x.mutable_grad() = y.mutable_grad() = at::Tensor();
        results.emplace_back(name, result);
        result.mul(result).sum().backward();
        const at::Tensor gradient = x.grad().defined() ? x.grad() : y.grad();
        results.emplace_back(name + " gradient", gradient.clone());
      };
      add("sum_nodes", sum_nodes(g, "x", "w"));
      add("mean_nodes", mean_nodes(g, "x"));
      add("max_nodes", max_nodes(g, "x"));
      add("softmax_nodes", softmax_nodes(g, "x"));
      add("broadcast_nodes", broadcast_nodes(g, mean_nodes(g, "x")));
      add("topk_nodes", topk_nodes(g, "x", 2).values);
      results.emplace_back("topk_nodes indices", topk_nodes(g, "x", 2).indices);
      add("mean_edges", mean_edges(g, "y"));
      add("min_edges", min_edges(g, "y"));
      add("softmax_edges", softmax_edges(g, "y"));
      add("topk_edges", topk_edges(g, "y", 3, {.sortby = 1}).values);
      results.emplace_back("batch_num_nodes", g.batch_num_nodes());
      results.emplace_back("batch_num_edges", g.batch_num_edges());
    }
    return results;
  });
}

}  // namespace
}  // namespace grapevine
