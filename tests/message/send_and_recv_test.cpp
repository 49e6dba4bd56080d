#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "grapevine/message/function.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/reference.h"

// Message passing along some of the edges: send_and_recv, push, pull, prop_nodes, prop_edges.
namespace grapevine {
namespace {

using namespace grapevine::testing_support;

constexpr std::int64_t kNodes = 15;
constexpr std::int64_t kEdges = 25;

Graph graph_to_send_on(at::ScalarType idtype) {
  const AdjacencyPtr edges = random_edges(5, {kNodes, kNodes, kEdges}, idtype);
  const Graph g = graph(edges->coo().src, edges->coo().dst, {.num_nodes = kNodes});
  g.ndata()["h"] = random_values(1, {kNodes, 3}, at::kDouble);
  g.edata()["w"] = random_values(2, {kEdges, 1}, at::kDouble);
  g.ndata()["out"] = at::full({kNodes, 3}, 7, at::kDouble);
  return g;
}

/// What `out` must be after the edges `eids` have sent and `receivers` have reduced, from a graph
/// that has no other edges.
at::Tensor expected_out(const Graph& g, const at::Tensor& eids, const at::Tensor& receivers,
                        ops::Reduce reduce) {
  const EdgePair ends = g.find_edges(eids);
  const Graph part = graph(ends.src, ends.dst, {.num_nodes = kNodes});
  part.ndata()["h"] = g.ndata()["h"];
  part.edata()["w"] = g.edata()["w"]->index_select(0, eids);
  part.update_all(function::u_mul_e("h", "w", "m"), {reduce, "m", "out"});
  const at::Tensor rows = receivers.to(at::kLong);
  return at::full({kNodes, 3}, 7, at::kDouble)
      .index_copy(0, rows, part.ndata()["out"]->index_select(0, rows));
}

struct Pair {
  function::MessageFunction message;
  function::ReduceFunction reduce;
};

/// The same pair built in, written by hand, and half and half.
std::vector<Pair> pairs(ops::Reduce reduce) {
  const function::MessageFunction own_message = [](const EdgeBatch& edges) {
    return FeatureMap{{"m", edges.data["w"] * edges.src["h"]}};
  };
  const function::ReduceFunction own_reduce = [reduce](const NodeBatch& nodes) {
    const at::Tensor m = nodes.mailbox["m"];
    return FeatureMap{{"out", reduce == ops::Reduce::kMax ? m.amax(1) : m.sum(1)}};
  };
  const function::MessageFunction message = function::u_mul_e("h", "w", "m");
  const function::ReduceFunction built_in(reduce, "m", "out");
  return {{message, built_in},
          {message, own_reduce},
          {own_message, built_in},
          {own_message, own_reduce}};
}

TEST(SendAndRecv, OnlyTheDestinationsOfTheEdgesChange) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const at::Tensor eids = at::tensor({20, 3, 3, 11, 24, 0, 7}, idtype);
    for (const ops::Reduce reduce : {ops::Reduce::kSum, ops::Reduce::kMax}) {
      for (const auto& [message, reducer] : pairs(reduce)) {
        const Graph g = graph_to_send_on(idtype);
        const at::Tensor expected = expected_out(g, eids, g.find_edges(eids).dst, reduce);
        g.send_and_recv(eids, message, reducer);
        EXPECT_TRUE(all_close(g.ndata()["out"], expected))
            << message.name() << ", " << reducer.name();
      }
    }
  }
}

TEST(Push, SendsAlongTheOutEdgesOfItsNodes) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const at::Tensor nodes = at::tensor({2, 9, 14}, idtype);
    for (const auto& [message, reducer] : pairs(ops::Reduce::kSum)) {
      const Graph g = graph_to_send_on(idtype);
      const EdgeList edges = g.out_edges(nodes);
      ASSERT_GT(edges.eid.numel(), 0);
      const at::Tensor expected = expected_out(g, edges.eid, edges.dst, ops::Reduce::kSum);
      g.push(nodes, message, reducer);
      EXPECT_TRUE(all_close(g.ndata()["out"], expected))
          << message.name() << ", " << reducer.name();
    }
  }
}

TEST(Pull, EveryNodeAskedForIsWrittenOnce) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    // All nodes, so that some have no in-edges, and one of them twice.
    const at::Tensor nodes = at::tensor({2, 9, 14, 0, 1, 3, 4, 9, 5, 6, 7, 8}, idtype);
    for (const ops::Reduce reduce : {ops::Reduce::kSum, ops::Reduce::kMax}) {
      for (const auto& [message, reducer] : pairs(reduce)) {
        const Graph g = graph_to_send_on(idtype);
        const at::Tensor eids = at::arange(kEdges, idtype);
        g.pull(nodes, message, reducer);
        EXPECT_TRUE(all_close(g.ndata()["out"], expected_out(g, eids, nodes, reduce)))
            << message.name() << ", " << reducer.name();
      }
    }
  }
}

TEST(Pull, NodesWithoutInEdgesGetZeroUnderEveryReducer) {
  const Graph g = graph({0, 0}, {1, 2});
  g.ndata()["h"] = at::tensor({1.0, 2.0, 3.0}, at::kFloat);
  for (const ops::Reduce reduce : all_reduces()) {
    g.ndata()["out"] = at::full({3}, 7, at::kFloat);
    g.pull(at::tensor({0, 2}, at::kLong), function::copy_u("h", "m"), {reduce, "m", "out"});
    EXPECT_TRUE(at::equal(g.ndata()["out"], at::tensor({0.0, 7.0, 1.0}, at::kFloat)))
        << ops::name(reduce);
  }
}

TEST(SendAndRecv, EdgesMayBeNamedByTheirEndpoints) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    for (const auto& [message, reducer] : pairs(ops::Reduce::kSum)) {
      const Graph g = graph_to_send_on(idtype);
      const EdgePair ends = g.find_edges(at::tensor({20, 3, 3, 11, 24}, idtype));
      // The graph has parallel edges: of those the first one sends.
      const at::Tensor eids = g.edge_ids(ends.src, ends.dst);
      const at::Tensor expected = expected_out(g, eids, ends.dst, ops::Reduce::kSum);
      g.send_and_recv(ends, message, reducer);
      EXPECT_TRUE(all_close(g.ndata()["out"], expected))
          << message.name() << ", " << reducer.name();
    }
  }
}

TEST(SendAndRecv, OfParallelEdgesTheFirstIsNamed) {
  const Graph g = graph({0, 2, 0, 0}, {1, 1, 1, 2});
  g.edata()["w"] = at::tensor({1.0, 2.0, 4.0, 8.0}, at::kFloat);
  const at::Tensor zero = at::tensor({0}, at::kLong);
  const at::Tensor dst = at::tensor({1, 2}, at::kLong);
  g.send_and_recv({zero, dst}, function::copy_e("w", "m"), function::sum("m", "out"));
  EXPECT_TRUE(at::equal(g.ndata()["out"], at::tensor({0.0, 1.0, 8.0}, at::kFloat)));
  g.send_and_recv({zero, dst}, function::copy_e("w", "m"), function::sum("m", "out"),
                  [](const NodeBatch& nodes) -> FeatureMap {
                    return {{"out", nodes.data["out"] * 10}};
                  });
  EXPECT_TRUE(at::equal(g.ndata()["out"], at::tensor({0.0, 10.0, 80.0}, at::kFloat)));
}

TEST(ApplyEdges, EdgesMayBeNamedByTheirEndpoints) {
  const Graph g = graph({0, 2, 0, 0}, {1, 1, 1, 2});
  g.ndata()["h"] = at::tensor({1.0, 2.0, 4.0}, at::kFloat);
  g.edata()["s"] = at::full({4}, 7, at::kFloat);
  const at::Tensor src = at::tensor({2, 0}, at::kLong);
  const at::Tensor dst = at::tensor({1}, at::kLong);
  g.apply_edges(function::u_add_v("h", "h", "s"), {src, dst});
  EXPECT_TRUE(at::equal(g.edata()["s"], at::tensor({3.0, 6.0, 7.0, 7.0}, at::kFloat)));
  g.apply_edges(
      [](const EdgeBatch& edges) -> FeatureMap {
        return {{"s", edges.src["h"] * 100}};
      },
      EdgePair{dst - 1, dst + 1});
  EXPECT_TRUE(at::equal(g.edata()["s"], at::tensor({3.0, 6.0, 7.0, 100.0}, at::kFloat)));

  const Graph typed = heterograph(
      {{{"user", "follows", "user"}, {src, src}}, {{"user", "plays", "game"}, {src, src}}});
  typed.nodes("user").data["h"] = at::tensor({1.0, 2.0, 4.0}, at::kFloat);
  typed.apply_edges(function::copy_u("h", "m"), {src, src}, "plays");
  EXPECT_TRUE(at::equal(typed.edges("plays").data["m"], at::tensor({4.0, 1.0}, at::kFloat)));
  EXPECT_ERROR(typed.apply_edges(function::copy_u("h", "m"), {src, src}), "follows", "plays");
}

TEST(SendAndRecv, NothingHappensWithoutEdges) {
  const Graph g = graph({0, 0}, {1, 2});
  g.ndata()["h"] = at::tensor({1.0, 2.0, 3.0}, at::kFloat);
  const at::Tensor none = at::arange(0, at::kLong);
  g.send_and_recv(none, function::copy_u("h", "m"), function::sum("m", "out"));
  g.push(at::tensor({1, 2}, at::kLong), function::copy_u("h", "m"), function::sum("m", "out"));
  g.pull(none, function::copy_u("h", "m"), function::sum("m", "out"));
  g.prop_nodes({}, function::copy_u("h", "m"), function::sum("m", "out"));
  EXPECT_FALSE(g.ndata().contains("out"));
}

TEST(SendAndRecv, TheCallersFunctionsSeeTheGraphsIdsAndEdgesInTheOrderGiven) {
  const Graph g = graph({3, 2, 1, 0, 2}, {0, 1, 0, 1, 4});
  g.edata()["id"] = at::arange(5, at::kLong);
  const at::Tensor eids = at::tensor({3, 2, 1, 0}, at::kLong);
  g.send_and_recv(
      eids,
      [&](const EdgeBatch& edges) -> FeatureMap {
        EXPECT_TRUE(at::equal(edges.edges().eid, eids));
        EXPECT_TRUE(at::equal(edges.edges().src, at::tensor({0, 1, 2, 3}, at::kLong)));
        EXPECT_TRUE(at::equal(edges.edges().dst, at::tensor({1, 0, 1, 0}, at::kLong)));
        return {{"m", edges.data["id"]}};
      },
      [](const NodeBatch& nodes) -> FeatureMap {
        EXPECT_TRUE(at::equal(nodes.nodes(), at::tensor({0, 1}, at::kLong)));
        EXPECT_TRUE(
            at::equal(nodes.mailbox["m"], at::tensor({0, 2, 1, 3}, at::kLong).view({2, 2})));
        return {{"n", nodes.mailbox["m"].sum(1)}};
      },
      [](const NodeBatch& nodes) -> FeatureMap {
        EXPECT_TRUE(at::equal(nodes.nodes(), at::tensor({0, 1}, at::kLong)));
        return {{"n", nodes.data["n"] * 10}};
      });
  EXPECT_TRUE(at::equal(g.ndata()["n"], at::tensor({20, 40, 0, 0, 0}, at::kLong)));
}

TEST(Pull, IsDifferentiable) {
  const Graph g = graph({0, 1, 2, 3, 0}, {1, 2, 3, 0, 2});
  for (const ops::Reduce reduce : {ops::Reduce::kSum, ops::Reduce::kMax}) {
    for (const Pair& pair : pairs(reduce)) {
      const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) -> at::Tensor {
        g.ndata()["h"] = arguments[0];
        g.edata()["w"] = arguments[1];
        g.ndata()["out"] = arguments[2];
        g.pull(at::tensor({2, 0}, at::kLong), pair.message, pair.reduce);
        return g.ndata()["out"];
      };
      EXPECT_TRUE(gradcheck(
          function, {random_values(1, {4, 2}, at::kDouble), random_values(2, {5, 1}, at::kDouble),
                     random_values(3, {4, 2}, at::kDouble)}))
          << pair.message.name() << ", " << pair.reduce.name();
    }
  }
}

TEST(Pull, ABlockAndARelationOfATypedGraph) {
  const Graph block =
      create_block(at::tensor({0, 1, 2}, at::kLong), at::tensor({0, 0, 1}, at::kLong), 3, 2);
  block.srcdata()["h"] = at::tensor({1.0, 2.0, 4.0}, at::kFloat);
  block.pull(at::tensor({1}, at::kLong), function::copy_u("h", "m"), function::sum("m", "out"));
  EXPECT_TRUE(at::equal(block.dstdata()["out"], at::tensor({0.0, 4.0}, at::kFloat)));

  const at::Tensor zero = at::tensor({0}, at::kLong);
  const at::Tensor one = at::tensor({1}, at::kLong);
  const Graph g = heterograph(
      {{{"user", "follows", "user"}, {zero, one}}, {{"user", "plays", "game"}, {one, zero}}});
  g.nodes("user").data["h"] = at::tensor({1.0, 2.0}, at::kFloat);
  g.pull(zero, function::copy_u("h", "m"), function::sum("m", "h"), "plays");
  EXPECT_TRUE(at::equal(g.nodes("game").data["h"], at::tensor({2.0}, at::kFloat)));
  EXPECT_ERROR(g.pull(one, function::copy_u("h", "m"), function::sum("m", "h"), "plays"), "pull",
               "node id 1", "0 to 0");
  EXPECT_ERROR(g.pull(zero, function::copy_u("h", "m"), function::sum("m", "h")), "follows",
               "plays");
}

TEST(PropNodes, PullsOneFrontierAfterTheOther) {
  const Graph g = graph({0, 1, 2}, {1, 2, 3});
  g.ndata()["h"] = at::tensor({1.0, 0.0, 0.0, 5.0}, at::kFloat);
  g.prop_nodes({at::tensor({1}, at::kLong), at::tensor({2}, at::kLong)}, function::copy_u("h", "m"),
               function::sum("m", "h"));
  EXPECT_TRUE(at::equal(g.ndata()["h"], at::tensor({1.0, 1.0, 1.0, 5.0}, at::kFloat)));
  EXPECT_ERROR(g.prop_nodes({at::tensor({0}, at::kLong), at::tensor({4}, at::kLong)},
                            function::copy_u("h", "m"), function::sum("m", "h")),
               "prop_nodes", "node id 4");
  EXPECT_TRUE(at::equal(g.ndata()["h"], at::tensor({1.0, 1.0, 1.0, 5.0}, at::kFloat)));
}

TEST(PropEdges, SendsAlongOneListAfterTheOther) {
  const Graph g = graph({0, 1, 2}, {1, 2, 3});
  g.ndata()["h"] = at::tensor({1.0, 0.0, 0.0, 5.0}, at::kFloat);
  g.prop_edges({at::tensor({0}, at::kLong), at::tensor({1}, at::kLong)}, function::copy_u("h", "m"),
               function::sum("m", "h"), [](const NodeBatch& nodes) -> FeatureMap {
                 return {{"h", nodes.data["h"] + 1}};
               });
  EXPECT_TRUE(at::equal(g.ndata()["h"], at::tensor({1.0, 2.0, 3.0, 5.0}, at::kFloat)));
  EXPECT_ERROR(g.prop_edges({at::tensor({3}, at::kLong)}, function::copy_u("h", "m"),
                            function::sum("m", "h")),
               "prop_edges", "edge id 3");
}

TEST(SendAndRecv, BadInputIsNamed) {
  const Graph g = graph({0, 0}, {1, 2});
  g.ndata()["h"] = at::ones({3}, at::kFloat);
  const function::MessageFunction copy = function::copy_u("h", "m");
  const function::ReduceFunction sum = function::sum("m", "out");
  EXPECT_ERROR(g.send_and_recv(at::tensor({2}, at::kLong), copy, sum), "send_and_recv", "edge id 2",
               "0 to 1");
  EXPECT_ERROR(g.send_and_recv(at::Tensor(), copy, sum), "send_and_recv", "undefined");
  const at::Tensor zero = at::tensor({0}, at::kLong);
  const at::Tensor three = at::tensor({3}, at::kLong);
  EXPECT_ERROR(g.send_and_recv({zero, zero}, copy, sum), "send_and_recv", "no edge",
               "node 0 to node 0");
  EXPECT_ERROR(g.send_and_recv({zero, three}, copy, sum), "send_and_recv", "dst", "node id 3");
  EXPECT_ERROR(g.apply_edges(copy, {at::Tensor(), zero}), "apply_edges", "src", "undefined");
  EXPECT_ERROR(
      g.apply_edges(copy, {at::tensor({0, 0, 0}, at::kLong), at::tensor({1, 2}, at::kLong)}),
      "apply_edges", "3 and 2");
  EXPECT_ERROR(g.push(at::tensor({-1}, at::kLong), copy, sum), "push", "-1");
  EXPECT_ERROR(g.push(at::tensor({0}, at::kInt), copy, sum), "push", "Int", "Long");
  EXPECT_ERROR(g.pull(at::tensor({3}, at::kLong), copy, sum), "pull", "node id 3");
  EXPECT_ERROR(g.pull(at::tensor({1}, at::kLong), copy, function::sum("n", "out")), "copy_u", "sum",
               "\"m\"", "\"n\"");
  g.ndata()["out"] = at::ones({3, 2}, at::kDouble);
  EXPECT_ERROR(g.pull(at::tensor({1}, at::kLong), copy, sum), "\"out\"", "[2]", "Double", "Float");
}

}  // namespace
}  // namespace grapevine
