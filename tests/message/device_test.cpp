// Message passing on every device, and on the CPU with the operators that other devices use.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>
#include <gtest/gtest.h>

#include <functional>

#include "grapevine/graph/graph.h"
#include "grapevine/message/cross_reducer.h"
#include "grapevine/message/function.h"
#include "grapevine/message/propagate.h"
#include "grapevine/ops/edge_softmax.h"
#include "tests/support/backend.h"
#include "tests/support/expect_error.h"
#include "tests/support/graphs.h"
#include "tests/support/reference.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using testing_support::all_messages;
using testing_support::all_reduces;
using testing_support::append;
using testing_support::backends;
using testing_support::edge_cases;
using testing_support::ids;
using testing_support::MessageKind;
using testing_support::NamedEdges;
using testing_support::NamedTensors;
using testing_support::other_devices;
using testing_support::random_values;
using testing_support::social;

using DeviceMessages = testing_support::BackendTest;
INSTANTIATE_TEST_SUITE_P(Backends, DeviceMessages, testing::ValuesIn(backends()),
                         testing::PrintToStringParamName());

constexpr at::ScalarType kIdTypes[] = {at::kLong, at::kInt};

/// Leaves on the device, whose gradients are asked for.
struct Features {
  at::Tensor u;
  at::Tensor v;
  at::Tensor e;
};

Features random_features(const Adjacency& edges, at::Device device) {
  const auto leaf = [&](std::uint64_t seed, std::int64_t rows) {
    return random_values(seed, {rows, 3}, at::kFloat).to(device).requires_grad_();
  };
  return {leaf(1, edges.num_src()), leaf(2, edges.num_dst()), leaf(3, edges.num_edges())};
}

/// A graph whose sources and destinations are separate, with features "u", "v" and "e".
Graph block_of(const NamedEdges& named, const Features& features, at::Device device) {
  const ops::Coo& coo = named.edges->coo();
  const Graph block = create_block(coo.src.to(device), coo.dst.to(device), named.edges->num_src(),
                                   named.edges->num_dst());
  block.srcdata()["u"] = features.u;
  block.dstdata()["v"] = features.v;
  block.edata()["e"] = features.e;
  return block;
}

/// `result` and the gradients of all features under fixed weights.
void add_result(NamedTensors& results, const std::string& name, const at::Tensor& result,
                const Features& features) {
  results.emplace_back(name, result);
  if (result.requires_grad()) {
    result.mul(random_values(4, result.sizes().vec(), at::kFloat).to(result.device()))
        .sum()
        .backward();
  }
  for (const at::Tensor& leaf : {features.u, features.v, features.e}) {
    results.emplace_back(name + " gradient",
                         leaf.grad().defined() ? leaf.grad().clone() : at::Tensor());
    leaf.mutable_grad() = at::Tensor();
  }
}

function::MessageFunction built_in(const MessageKind& kind) {
  const auto field = [](ops::Target target) -> function::Field {
    return {target, std::string(ops::name(target))};
  };
  return kind.op == ops::BinaryOp::kCopyLhs
             ? function::MessageFunction(field(kind.lhs), "m")
             : function::MessageFunction(kind.op, field(kind.lhs), field(kind.rhs), "m");
}

TEST_P(DeviceMessages, EveryBuiltInPairAndItsGradients) {
  expect_close([](at::Device device) {
    NamedTensors results;
    for (const at::ScalarType idtype : kIdTypes) {
      for (const NamedEdges& named : edge_cases(idtype)) {
        const Features features = random_features(*named.edges, device);
        const Graph block = block_of(named, features, device);
        for (const MessageKind& kind : all_messages()) {
          const std::string name = kind.name() + " on " + named.name;
          block.apply_edges(built_in(kind));
          add_result(results, name, block.edata()["m"], features);
          for (const ops::Reduce reduce : all_reduces()) {
            block.update_all(built_in(kind), {reduce, "m", "out"});
            add_result(results, name + ", " + std::string(ops::name(reduce)),
                       block.dstdata()["out"], features);
          }
        }
      }
    }
    return results;
  });
}

TEST_P(DeviceMessages, EdgeSoftmaxAndItsGradient) {
  expect_close([](at::Device device) {
    NamedTensors results;
    for (const NamedEdges& named : edge_cases(at::kLong)) {
      const AdjacencyPtr edges = named.edges->to(device, at::kLong);
      const Features features = random_features(*edges, device);
      for (const ops::Target norm_by : {ops::Target::kDst, ops::Target::kSrc}) {
        add_result(results, named.name, ops::edge_softmax(edges, features.e, norm_by), features);
      }
    }
    return results;
  });
}

FeatureMap weigh(const EdgeBatch& edges) {
  return {{"m", edges.src["u"] * edges.data["e"] + edges.dst["v"]}};
}

FeatureMap log_sum(const NodeBatch& nodes) {
  return {{"out", nodes.mailbox["m"].logsumexp(1) + nodes.data["v"]}};
}

FeatureMap double_it(const NodeBatch& nodes) { return {{"out", nodes.data["out"] * 2}}; }

TEST_P(DeviceMessages, FunctionsOfTheCallersOwn) {
  expect_close([](at::Device device) {
    NamedTensors results;
    for (const at::ScalarType idtype : kIdTypes) {
      for (const NamedEdges& named : edge_cases(idtype)) {
        const Features features = random_features(*named.edges, device);
        const Graph block = block_of(named, features, device);
        const auto add = [&](const std::string& name) {
          if (named.edges->num_edges() > 0) {  // else nobody knows the feature's name
            add_result(results, name + " on " + named.name, block.dstdata()["out"], features);
          }
        };
        block.update_all(function::u_mul_e("u", "e", "m"), log_sum);
        add("own reducer");
        block.update_all(weigh, function::max("m", "out"));
        add("own message");
        block.update_all(weigh, log_sum);
        add("both");
        block.update_all(function::copy_u("u", "m"), function::sum("m", "out"), double_it);
        add("apply");
      }
    }
    return results;
  });
}

TEST_P(DeviceMessages, SomeEdgesOrNodesOnly) {
  expect_close([](at::Device device) {
    NamedTensors results;
    for (const at::ScalarType idtype : kIdTypes) {
      const Graph g = testing_support::random_graph(5, 9, 40, idtype).to(device);
      const auto there = [&](const std::vector<std::int64_t>& values) {
        return ids(values, idtype).to(device);
      };
      const Features features = random_features(*g.adjacency(), device);
      const auto run = [&](const std::string& name, const std::function<void()>& action) {
        g.ndata()["u"] = features.u;
        g.ndata()["v"] = features.v;
        g.edata()["e"] = features.e;
        action();
        add_result(results, name, g.ndata()["u"], features);
      };
      const auto message = function::u_mul_e("u", "e", "m");
      const auto reduce = function::sum("m", "u");
      run("send_and_recv", [&] { g.send_and_recv(there({7, 0, 7}), message, reduce); });
      run("push", [&] { g.push(there({3, 5}), message, reduce); });
      run("pull", [&] {
        g.pull(there({8, 0}), message, reduce, [](const NodeBatch& nodes) {
          return FeatureMap{{"u", nodes.data["u"] + 1}};
        });
      });
      run("prop_nodes", [&] { g.prop_nodes({there({1, 2}), there({0})}, message, reduce); });
      run("prop_nodes_bfs", [&] { prop_nodes_bfs(g, there({4}), {message, reduce}); });
      run("prop_edges_dfs", [&] { prop_edges_dfs(g, there({4}), {message, reduce}); });
      run("apply_nodes", [&] {
        g.apply_nodes(
            [](const NodeBatch& nodes) {
              return FeatureMap{{"u", nodes.data["u"] * 3}};
            },
            there({0, 2}));
      });
      run("own functions", [&] {
        g.send_and_recv(there({3, 30, 12}), weigh, [](const NodeBatch& nodes) {
          return FeatureMap{{"u", nodes.mailbox["m"].mean(1)}};
        });
      });
      g.ndata()["u"] = features.u;
      g.apply_edges(function::u_dot_v("u", "v", "score"), there({5, 2}));
      add_result(results, "apply_edges", g.edata()["score"], features);
    }
    return results;
  });
}

TEST_P(DeviceMessages, SeveralRelationsAtOnce) {
  expect_close([](at::Device device) {
    NamedTensors results;
    for (const at::ScalarType idtype : kIdTypes) {
      const at::Tensor src = ids({0, 1, 1, 3}, idtype);
      const Graph g = heterograph({{{"user", "follows", "user"}, {src, ids({1, 2, 2, 0}, idtype)}},
                                   {{"user", "knows", "user"}, {src, ids({3, 2, 0, 0}, idtype)}}})
                          .to(device);
      const Features features = random_features(*g.adjacency("follows"), device);
      const auto cross_reducers = std::vector<function::CrossReducer>{
          "sum",   "mean",
          "max",   "min",
          "stack", [](const function::FeatureList& parts) { return at::stack(parts).prod(0); }};
      for (const function::CrossReducer& reducer : cross_reducers) {
        g.nodes().data["u"] = features.u;
        g.multi_update_all({{"follows", function::copy_u("u", "m"), function::max("m", "out")},
                            {"knows", function::copy_u("u", "m"), function::max("m", "out")}},
                           reducer);
        add_result(results, "multi_update_all", g.nodes().data["out"], features);
      }
    }
    return results;
  });
}

TEST(MessagesOnADevice, RefuseFeaturesOfAnotherDevice) {
  for (const at::Device device : other_devices()) {
    const Graph g = testing_support::random_graph(6, 9, 40).to(device);
    const auto on_cpu = [](const EdgeBatch& edges) {
      return FeatureMap{{"m", edges.src["h"].cpu()}};
    };
    EXPECT_ERROR(g.update_all(on_cpu, function::sum("m", "out")), "message", "m", device.str(),
                 "cpu");
    EXPECT_ERROR(g.pull(ids({0}), function::copy_u("h", "m"), function::sum("m", "out")), "pull",
                 device.str(), "cpu");
  }
}

}  // namespace
}  // namespace grapevine
