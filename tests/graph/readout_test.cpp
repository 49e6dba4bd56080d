#include "grapevine/graph/readout.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "grapevine/graph/transform/batch.h"
#include "grapevine/graph/transform/unbatch.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/operators.h"
#include "tests/support/reference.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;
using ops::Reduce;

/// DGL's example: two graphs of 2 and 3 nodes, with 2 edges each.
Graph example(at::ScalarType idtype = at::kLong) {
  const Graph g1 = graph(ids({0, 1}, idtype), ids({1, 0}, idtype));
  const Graph g2 = graph(ids({0, 1}, idtype), ids({1, 2}, idtype));
  const Graph both = batch({g1, g2});
  both.ndata()["h"] = at::tensor({1.0, 2.0, 1.0, 2.0, 3.0}, at::kFloat);
  both.ndata()["w"] = at::tensor({0.1, 0.2, 0.1, 0.5, 0.2}, at::kFloat);
  both.edata()["h"] = at::tensor({1.0, 2.0, 3.0, -4.0}, at::kFloat);
  both.edata()["w"] = at::tensor({1.0, 0.5, 2.0, 1.0}, at::kFloat);
  return both;
}

at::Tensor floats(const std::vector<double>& values) { return at::tensor(values, at::kFloat); }

/// A batch of random graphs, among them one without nodes and one without edges, with features "h"
/// of width 3 and "w" of width 1 on both.
Graph random_batch(std::uint64_t seed, at::ScalarType idtype) {
  const auto size = static_cast<std::int64_t>(seed);
  const Graph empty = graph(ids({}, idtype), ids({}, idtype));
  const Graph g = batch({random_graph(seed, 1 + size, 2 * size, idtype), empty,
                         random_graph(seed, 3, 0, idtype), random_graph(seed + 1, 4, 7, idtype)},
                        {.ndata = std::vector<std::string>(), .edata = std::vector<std::string>()});
  g.ndata()["h"] = random_values(seed, {g.num_nodes(), 3}, at::kDouble);
  g.ndata()["w"] = random_values(seed + 1, {g.num_nodes(), 1}, at::kDouble);
  g.edata()["h"] = random_values(seed + 2, {g.num_edges(), 3}, at::kDouble);
  g.edata()["w"] = random_values(seed + 3, {g.num_edges(), 1}, at::kDouble);
  return g;
}

/// One graph's row of a readout.
at::Tensor reduce_rows(const at::Tensor& rows, Reduce op) {
  if (rows.size(0) == 0) {
    return at::zeros({rows.size(1)}, rows.options());
  }
  switch (op) {
    case Reduce::kSum:
      return rows.sum(0);
    case Reduce::kMean:
      return rows.mean(0);
    case Reduce::kMax:
      return rows.amax(0);
    default:
      return rows.amin(0);
  }
}

TEST(Readout, MatchesDgl) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    const Graph g = example(idtype);
    EXPECT_TRUE(all_close(readout_nodes(g, "h"), floats({3, 6})));
    EXPECT_TRUE(all_close(readout_nodes(g, "h", "w"), floats({0.5, 1.7})));
    EXPECT_TRUE(all_close(readout_nodes(g, "h", {}, Reduce::kMax), floats({2, 3})));
    EXPECT_TRUE(all_close(sum_nodes(unbatch(g)[0], "h"), floats({3})));
    EXPECT_TRUE(all_close(readout_edges(g, "h"), floats({3, -1})));
  }
}

TEST(Readout, NamesStandForTheirOperation) {
  const Graph g = example();
  EXPECT_TRUE(all_close(sum_nodes(g, "h", "w"), floats({0.5, 1.7})));
  EXPECT_TRUE(all_close(mean_nodes(g, "h"), floats({1.5, 2})));
  EXPECT_TRUE(all_close(max_nodes(g, "h"), floats({2, 3})));
  EXPECT_TRUE(all_close(min_nodes(g, "h"), floats({1, 1})));
  EXPECT_TRUE(all_close(sum_edges(g, "h", "w"), floats({2, 2})));
  EXPECT_TRUE(all_close(mean_edges(g, "h"), floats({1.5, -0.5})));
  EXPECT_TRUE(all_close(max_edges(g, "h"), floats({2, 3})));
  EXPECT_TRUE(all_close(min_edges(g, "h", "w"), floats({1, -4})));
}

TEST(Readout, WeightedMeanDividesByTheCount) {
  EXPECT_TRUE(all_close(mean_nodes(example(), "h", "w"), floats({0.25, 1.7 / 3})));
}

TEST(Readout, GraphsWithoutRowsGiveZero) {
  const Graph g = batch({graph({}, {}, {.num_nodes = 0}), graph({}, {}, {.num_nodes = 2})});
  g.ndata()["h"] = floats({-1, -2});
  g.edata()["h"] = at::zeros({0, 3});
  EXPECT_TRUE(all_close(max_nodes(g, "h"), floats({0, -1})));
  EXPECT_TRUE(all_close(mean_nodes(g, "h"), floats({0, -1.5})));
  EXPECT_TRUE(all_close(min_edges(g, "h"), at::zeros({2, 3})));
}

TEST(Readout, AgreesWithEveryGraphAlone) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
      const Graph g = random_batch(seed, idtype);
      for (const Reduce op : all_reduces()) {
        std::vector<at::Tensor> nodes;
        std::vector<at::Tensor> edges;
        for (const Graph& part : unbatch(g)) {
          nodes.push_back(reduce_rows(part.ndata()["h"].tensor() * part.ndata()["w"].tensor(), op));
          edges.push_back(reduce_rows(part.edata()["h"].tensor() * part.edata()["w"].tensor(), op));
        }
        with_kernels_and_fallback([&] {
          EXPECT_TRUE(all_close(readout_nodes(g, "h", "w", op), at::stack(nodes)));
          EXPECT_TRUE(all_close(readout_edges(g, "h", "w", op), at::stack(edges)));
        });
      }
    }
  }
}

TEST(Readout, WeightsBroadcastOverFeatureShapes) {
  const Graph g = example();
  g.ndata()["h"] = at::ones({5, 2, 3});
  EXPECT_TRUE(
      all_close(sum_nodes(g, "h", "w"), floats({0.3, 0.8}).view({2, 1, 1}).expand({2, 2, 3})));
  g.ndata()["w"] = at::ones({5, 3});
  EXPECT_EQ(sum_nodes(g, "h", "w").sizes(), (Ids{2, 2, 3}));
  g.ndata()["w"] = at::ones({5, 2});
  EXPECT_ERROR(sum_nodes(g, "h", "w"), "readout", "[2, 3]", "\"h\"", "[2]", "\"w\"");
}

TEST(Readout, TypesAreNamed) {
  const Graph g = batch({social(), social()});
  g.nodes("user").data["h"] = at::ones({8, 2});
  g.edges("likes").data["h"] = at::ones({8});
  EXPECT_TRUE(all_close(sum_nodes(g, "h", {}, "user"), at::ones({2, 2}) * 4));
  EXPECT_TRUE(all_close(sum_edges(g, "h", {}, "likes"), floats({4, 4})));
  EXPECT_TRUE(all_close(softmax_edges(g, "h", "likes"), at::ones({8}) / 4));
  EXPECT_TRUE(all_close(softmax_nodes(g, "h", "user"), at::ones({8, 2}) / 4));
  EXPECT_EQ(broadcast_nodes(g, at::ones({2, 5}), "item").sizes(), (Ids{6, 5}));
  EXPECT_EQ(broadcast_edges(g, at::ones({2}), "follows").sizes(), (Ids{8}));
  EXPECT_EQ(topk_nodes(g, "h", 1, {.ntype = "user"}).values.sizes(), (Ids{2, 1, 2}));
  EXPECT_EQ(topk_edges(g, "h", 3, {.etype = "likes"}).values.sizes(), (Ids{2, 3}));
}

TEST(Readout, SoftmaxIsOverEachGraph) {
  for (std::uint64_t seed = 0; seed < 5; ++seed) {
    const Graph g = random_batch(seed, at::kInt);
    std::vector<at::Tensor> nodes;
    std::vector<at::Tensor> edges;
    for (const Graph& part : unbatch(g)) {
      nodes.push_back(part.ndata()["h"]->softmax(0));
      edges.push_back(part.edata()["h"]->softmax(0));
    }
    with_kernels_and_fallback([&] {
      EXPECT_TRUE(all_close(softmax_nodes(g, "h"), at::cat(nodes)));
      EXPECT_TRUE(all_close(softmax_edges(g, "h"), at::cat(edges)));
    });
  }
}

TEST(Readout, BroadcastRepeatsTheRowOfTheGraph) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    const Graph g = example(idtype);
    const at::Tensor rows = at::arange(4).view({2, 2});
    EXPECT_EQ(list(broadcast_nodes(g, rows)), (Ids{0, 1, 0, 1, 2, 3, 2, 3, 2, 3}));
    EXPECT_EQ(list(broadcast_edges(g, rows)), (Ids{0, 1, 0, 1, 2, 3, 2, 3}));
    const Graph single = unbatch(g)[1];
    EXPECT_EQ(list(broadcast_nodes(single, ids({7}))), (Ids{7, 7, 7}));
  }
}

TEST(Readout, TopkRanksWithinEachGraph) {
  const Graph g = example();
  const auto [values, nodes] = topk_nodes(g, "h", 3);
  EXPECT_TRUE(all_close(values, floats({2, 1, 0, 3, 2, 1}).view({2, 3})));
  EXPECT_EQ(list(nodes), (Ids{1, 0, -1, 2, 1, 0}));
  const auto [smallest, edges] = topk_edges(g, "h", 1, {.descending = false});
  EXPECT_TRUE(all_close(smallest, floats({1, -4}).view({2, 1})));
  EXPECT_EQ(list(edges), (Ids{0, 1}));
  g.ndata()["x"] = at::stack({at::arange(5), at::arange(5).neg()}, 1);
  const auto [rows, order] = topk_nodes(g, "x", 2, {.sortby = -1});
  EXPECT_EQ(list(order), (Ids{0, 1, 0, 1}));
  EXPECT_EQ(list(rows), (Ids{0, 0, 1, -1, 2, -2, 3, -3}));
  EXPECT_EQ(list(topk_edges(g, "h", 1, {.descending = false}).indices), (Ids{0, 1}));
}

TEST(Readout, GradientsMatchDifferences) {
  const Graph g = random_batch(2, at::kLong);
  const auto on_graph = [&g](const auto& function) {
    return [&g, function](const std::vector<at::Tensor>& arguments) {
      g.ndata()["h"] = arguments[0];
      g.ndata()["w"] = arguments[1];
      g.edata()["h"] = arguments[2];
      return function();
    };
  };
  const std::vector<at::Tensor> inputs = {g.ndata()["h"], g.ndata()["w"], g.edata()["h"]};
  for (const Reduce op : all_reduces()) {
    EXPECT_TRUE(gradcheck(on_graph([&] { return readout_nodes(g, "h", "w", op); }), inputs));
    EXPECT_TRUE(gradcheck(on_graph([&] { return readout_edges(g, "h", {}, op); }), inputs));
  }
  EXPECT_TRUE(gradcheck(on_graph([&] { return softmax_nodes(g, "h"); }), inputs));
  EXPECT_TRUE(gradcheck(on_graph([&] { return softmax_edges(g, "h"); }), inputs));
  EXPECT_TRUE(gradcheck(on_graph([&] { return topk_nodes(g, "h", 2).values; }), inputs));
  EXPECT_TRUE(
      gradcheck(on_graph([&] { return topk_edges(g, "h", 2, {.sortby = 0}).values; }), inputs));
  const TensorFunction broadcasts = [&](const std::vector<at::Tensor>& arguments) {
    return at::cat({broadcast_nodes(g, arguments[0]), broadcast_edges(g, arguments[0])});
  };
  EXPECT_TRUE(gradcheck(broadcasts, {random_values(1, {4, 2}, at::kDouble)}));
}

TEST(Readout, BadInputIsNamed) {
  const Graph g = example();
  EXPECT_ERROR(sum_nodes(g, "x"), "\"x\"", "h, w");
  EXPECT_ERROR(sum_nodes(g, "h", "x"), "\"x\"", "h, w");
  EXPECT_ERROR(sum_edges(g, "x"), "\"x\"");
  EXPECT_ERROR(softmax_nodes(g, "x"), "\"x\"");
  EXPECT_ERROR(sum_nodes(g, "h", {}, "user"), "user");
  EXPECT_ERROR(sum_nodes(social(), "h"), "item, user");
  EXPECT_ERROR(sum_edges(social(), "w"), "follows");
  EXPECT_ERROR(broadcast_nodes(g, at::ones({3, 2})), "broadcast_nodes", "2 rows", "3");
  EXPECT_ERROR(broadcast_edges(g, at::ones({})), "broadcast_edges", "2 rows", "scalar");
  EXPECT_ERROR(broadcast_nodes(g, at::Tensor()), "broadcast_nodes", "undefined");
  EXPECT_ERROR(topk_nodes(g, "h", -1), "k:", "-1");
  EXPECT_ERROR(topk_nodes(g, "h", 1, {.sortby = 0}), "sortby");
  g.ndata()["i"] = at::arange(5);
  EXPECT_ERROR(sum_nodes(g, "i"), "Long");
  EXPECT_ERROR(sum_nodes(tiny_block(), "h"), "block");
}

}  // namespace
}  // namespace grapevine
