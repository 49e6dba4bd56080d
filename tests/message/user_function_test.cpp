#include "grapevine/message/user_function.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "grapevine/message/function.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/reference.h"

namespace grapevine {
namespace {

using namespace grapevine::testing_support;

Graph square() { return graph({0, 1, 2, 3, 0}, {1, 2, 3, 0, 2}); }

Graph weighted_graph(at::ScalarType idtype) {
  const AdjacencyPtr edges = random_edges(7, {12, 12, 30}, idtype);
  const Graph g = graph(edges->coo().src, edges->coo().dst, {.num_nodes = 12});
  g.ndata()["h"] = random_values(1, {12, 3}, at::kDouble);
  g.edata()["w"] = random_values(2, {30, 1}, at::kDouble);
  return g;
}

FeatureMap multiply(const EdgeBatch& edges) {
  return {{"m", edges.src["h"] * edges.data["w"] + edges.dst["h"]}};
}

/// A lambda that does what the built-in reducer does.
function::ReduceFunction by_hand(ops::Reduce reduce) {
  return [reduce](const NodeBatch& nodes) -> FeatureMap {
    const at::Tensor messages = nodes.mailbox["m"];
    switch (reduce) {
      case ops::Reduce::kSum:
        return {{"out", messages.sum(1)}};
      case ops::Reduce::kMean:
        return {{"out", messages.mean(1)}};
      case ops::Reduce::kMax:
        return {{"out", std::get<0>(messages.max(1))}};
      case ops::Reduce::kMin:
        break;
    }
    return {{"out", std::get<0>(messages.min(1))}};
  };
}

TEST(UserFunction, EveryMixWithBuiltInsGivesTheSame) {
  const function::MessageFunction built_in = function::u_mul_e("h", "w", "m");
  const function::MessageFunction own = [](const EdgeBatch& edges) {
    return FeatureMap{{"m", edges.src["h"] * edges.data["w"]}};
  };
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph g = weighted_graph(idtype);
    for (const ops::Reduce reduce : all_reduces()) {
      g.update_all(built_in, {reduce, "m", "expected"});
      const at::Tensor expected = g.ndata()["expected"];
      g.update_all(own, {reduce, "m", "out"});
      EXPECT_TRUE(all_close(g.ndata()["out"], expected)) << ops::name(reduce);
      g.update_all(built_in, by_hand(reduce));
      EXPECT_TRUE(all_close(g.ndata()["out"], expected)) << ops::name(reduce);
      g.update_all(own, by_hand(reduce));
      EXPECT_TRUE(all_close(g.ndata()["out"], expected)) << ops::name(reduce);
    }
    g.apply_edges(built_in);
    const at::Tensor expected = g.edata()["m"];
    g.apply_edges(own);
    EXPECT_TRUE(all_close(g.edata()["m"], expected));
  }
}

TEST(UserFunction, GradientsReachNodeAndEdgeFeatures) {
  const Graph g = square();
  for (const bool own_reducer : {false, true}) {
    const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) -> at::Tensor {
      g.ndata()["h"] = arguments[0];
      g.edata()["w"] = arguments[1];
      g.update_all(multiply, own_reducer ? by_hand(ops::Reduce::kMax) : function::mean("m", "out"),
                   [](const NodeBatch& nodes) -> FeatureMap {
                     return {{"out", nodes.data["out"] * nodes.data["h"]}};
                   });
      return g.ndata()["out"];
    };
    EXPECT_TRUE(gradcheck(
        function, {random_values(1, {4, 2}, at::kDouble), random_values(2, {5, 1}, at::kDouble)}));
  }
}

TEST(UserFunction, TheMailboxHoldsMessagesByAscendingEdgeId) {
  const Graph g = graph({3, 2, 1, 0, 2, 4}, {0, 1, 0, 1, 2, 0});
  g.edata()["id"] = at::arange(6, at::kLong);
  std::vector<std::int64_t> degrees;
  g.update_all(function::MessageFunction([](const EdgeBatch& edges) -> FeatureMap {
                 return {{"m", edges.data["id"]}};
               }),
               [&](const NodeBatch& nodes) -> FeatureMap {
                 const at::Tensor ids = nodes.mailbox["m"];
                 degrees.push_back(ids.size(1));
                 EXPECT_EQ(ids.size(0), nodes.batch_size());
                 at::Tensor number = at::zeros({ids.size(0)}, at::kLong);
                 for (std::int64_t i = 0; i < ids.size(1); ++i) {
                   number = number * 10 + ids.select(1, i);
                 }
                 return {{"ids", number}};
               });
  EXPECT_EQ(degrees, (std::vector<std::int64_t>{1, 2, 3}));
  EXPECT_TRUE(at::equal(g.ndata()["ids"], at::tensor({25, 13, 4, 0, 0}, at::kLong)));
}

TEST(UserFunction, AReducerMayWriteIntoItsMailbox) {
  const Graph g = square();
  const at::Tensor h = at::tensor({1.0, 2.0, 3.0, 4.0}, at::kFloat).requires_grad_();
  g.ndata()["h"] = h;
  g.update_all(function::copy_u("h", "m"), [](const NodeBatch& nodes) -> FeatureMap {
    return {{"out", nodes.mailbox["m"].mul_(2).sum(1)}};
  });
  EXPECT_TRUE(at::equal(g.ndata()["out"], at::tensor({8.0, 2.0, 6.0, 6.0}, at::kFloat)));
  EXPECT_TRUE(at::equal(h, at::tensor({1.0, 2.0, 3.0, 4.0}, at::kFloat)));
}

TEST(UserFunction, BatchesKnowTheirIdsAndTypes) {
  const at::Tensor src = at::tensor({1, 0, 1}, at::kInt);
  const at::Tensor dst = at::tensor({2, 0, 2}, at::kInt);
  const Graph g =
      heterograph({{{"user", "plays", "game"}, {src, dst}}}, {{"user", 2}, {"game", 3}});
  g.nodes("user").data["h"] = at::tensor({10.0, 20.0}, at::kFloat);
  g.nodes("game").data["h"] = at::tensor({1.0, 2.0, 3.0}, at::kFloat);
  g.apply_edges([&](const EdgeBatch& edges) -> FeatureMap {
    EXPECT_EQ(edges.batch_size(), 3);
    EXPECT_EQ(to_string(edges.canonical_etype()), "('user', 'plays', 'game')");
    EXPECT_TRUE(at::equal(edges.edges().src, src));
    EXPECT_TRUE(at::equal(edges.edges().dst, dst));
    EXPECT_TRUE(at::equal(edges.edges().eid, at::tensor({0, 1, 2}, at::kInt)));
    EXPECT_TRUE(edges.src.contains("h"));
    EXPECT_TRUE(edges.data.keys().empty());
    return {{"sum", edges.src["h"] + edges.dst["h"]}};
  });
  EXPECT_TRUE(at::equal(g.edata()["sum"], at::tensor({23.0, 11.0, 23.0}, at::kFloat)));
  std::vector<std::int64_t> reduced;
  g.update_all(function::copy_u("h", "m"), [&](const NodeBatch& nodes) -> FeatureMap {
    EXPECT_EQ(nodes.ntype(), "game");
    EXPECT_EQ(nodes.nodes().scalar_type(), at::kInt);
    reduced.push_back(nodes.nodes()[0].item<std::int64_t>());
    return {{"h", nodes.data["h"] + nodes.mailbox["m"].sum(1)}};
  });
  EXPECT_EQ(reduced, (std::vector<std::int64_t>{0, 2}));
  EXPECT_TRUE(at::equal(g.nodes("game").data["h"], at::tensor({11.0, 0.0, 43.0}, at::kFloat)));
}

TEST(UserFunction, ABlockReadsSourcesAndWritesDestinationsLazily) {
  const Graph block =
      create_block(at::tensor({0, 1, 2}, at::kLong), at::tensor({0, 0, 1}, at::kLong), 3, 2);
  const auto parent = std::make_shared<Column>(at::tensor({4.0, 2.0, 1.0}, at::kFloat));
  const at::Tensor rows = at::tensor({2, 1, 0}, at::kLong);
  block.srcdata().frame()->add_column("h", Column::slice(parent, rows));
  block.srcdata().frame()->add_column("unread", Column::slice(parent, rows));
  block.update_all(
      [](const EdgeBatch& edges) -> FeatureMap {
        return {{"m", edges.src["h"]}};
      },
      [](const NodeBatch& nodes) -> FeatureMap {
        return {{"out", nodes.mailbox["m"].prod(1)}};
      });
  EXPECT_TRUE(at::equal(block.dstdata()["out"], at::tensor({2.0, 4.0}, at::kFloat)));
  EXPECT_FALSE(block.srcdata().contains("out"));
  EXPECT_TRUE(block.srcdata().frame()->columns().at("unread")->is_lazy());
}

TEST(UserFunction, NodesWithoutInEdgesGetZeroAndLoseTheirOldValue) {
  const Graph g = graph({0, 0}, {1, 1}, {.num_nodes = 3});
  g.ndata()["h"] = at::tensor({1.0, 2.0, 3.0}, at::kFloat);
  g.update_all(function::copy_u("h", "m"), [](const NodeBatch& nodes) -> FeatureMap {
    return {{"h", nodes.mailbox["m"].sum(1)}};
  });
  EXPECT_TRUE(at::equal(g.ndata()["h"], at::tensor({0.0, 2.0, 0.0}, at::kFloat)));
}

TEST(UserFunction, WithoutEdgesAReducerIsNotCalledButAnApplyFunctionIs) {
  const Graph g = graph({}, {}, {.num_nodes = 2});
  g.ndata()["h"] = at::ones({2, 3}, at::kFloat);
  const function::ReduceFunction never = [](const NodeBatch&) -> FeatureMap {
    ADD_FAILURE() << "called without messages";
    return {};
  };
  g.update_all(function::copy_u("h", "m"), never);
  EXPECT_EQ(g.ndata().keys(), std::vector<std::string>{"h"});
  g.update_all(function::copy_u("h", "m"), never, [](const NodeBatch& nodes) -> FeatureMap {
    EXPECT_TRUE(nodes.mailbox.keys().empty());
    return {{"twice", nodes.data["h"] * 2}};
  });
  EXPECT_TRUE(at::equal(g.ndata()["twice"], at::ones({2, 3}, at::kFloat) * 2));
  g.update_all(
      [](const EdgeBatch& edges) -> FeatureMap {
        return {{"m", edges.src["h"]}};
      },
      function::max("m", "largest"));
  EXPECT_TRUE(at::equal(g.ndata()["largest"], at::zeros({2, 3}, at::kFloat)));
}

TEST(UserFunction, AnApplyFunctionSeesWhatWasReducedAndItsResultIsStoredInstead) {
  const Graph g = square();
  g.ndata()["h"] = at::tensor({1.0, 2.0, 3.0, 4.0}, at::kFloat);
  g.update_all(function::copy_u("h", "m"), function::sum("m", "total"),
               [](const NodeBatch& nodes) -> FeatureMap {
                 return {{"both", nodes.data["total"] + nodes.data["h"]}};
               });
  EXPECT_TRUE(at::equal(g.ndata()["both"], at::tensor({5.0, 3.0, 6.0, 7.0}, at::kFloat)));
  EXPECT_FALSE(g.ndata().contains("total"));
}

TEST(UserFunction, ApplyNodesTakesAllNodesOrSome) {
  const Graph g = square();
  g.ndata()["h"] = at::tensor({1.0, 2.0, 3.0, 4.0}, at::kFloat);
  const function::ApplyFunction twice = [](const NodeBatch& nodes) -> FeatureMap {
    return {{"h", nodes.data["h"] * 2}, {"new", nodes.nodes() + 1}};
  };
  g.apply_nodes(twice, at::tensor({3, 1}, at::kLong));
  EXPECT_TRUE(at::equal(g.ndata()["h"], at::tensor({1.0, 4.0, 3.0, 8.0}, at::kFloat)));
  EXPECT_TRUE(at::equal(g.ndata()["new"], at::tensor({0, 2, 0, 4}, at::kLong)));
  g.apply_nodes(twice);
  EXPECT_TRUE(at::equal(g.ndata()["h"], at::tensor({2.0, 8.0, 6.0, 16.0}, at::kFloat)));
  EXPECT_TRUE(at::equal(g.ndata()["new"], at::tensor({1, 2, 3, 4}, at::kLong)));
}

TEST(UserFunction, ApplyEdgesOnSomeLeavesTheOthersOrMakesThemZero) {
  const Graph g = square();
  g.edata()["w"] = at::tensor({1.0, 2.0, 3.0, 4.0, 5.0}, at::kFloat);
  const at::Tensor eids = at::tensor({4, 0}, at::kLong);
  g.apply_edges(
      [&](const EdgeBatch& edges) -> FeatureMap {
        EXPECT_TRUE(at::equal(edges.edges().eid, eids));
        EXPECT_TRUE(at::equal(edges.edges().src, at::tensor({0, 0}, at::kLong)));
        EXPECT_TRUE(at::equal(edges.edges().dst, at::tensor({2, 1}, at::kLong)));
        return {{"w", -edges.data["w"]}, {"new", edges.data["w"]}};
      },
      eids);
  EXPECT_TRUE(at::equal(g.edata()["w"], at::tensor({-1.0, 2.0, 3.0, 4.0, -5.0}, at::kFloat)));
  EXPECT_TRUE(at::equal(g.edata()["new"], at::tensor({1.0, 0.0, 0.0, 0.0, 5.0}, at::kFloat)));
  g.ndata()["h"] = at::tensor({1.0, 2.0, 3.0, 4.0}, at::kFloat);
  g.apply_edges(function::u_add_v("h", "h", "s"), eids);
  EXPECT_TRUE(at::equal(g.edata()["s"], at::tensor({3.0, 0.0, 0.0, 0.0, 4.0}, at::kFloat)));
}

TEST(UserFunction, AResultThatDoesNotFitItsBatchIsNamed) {
  const Graph g = square();
  g.ndata()["h"] = at::ones({4, 2}, at::kFloat);
  EXPECT_ERROR(g.apply_edges([](const EdgeBatch& edges) -> FeatureMap {
    return {{"x", edges.src["h"].narrow(0, 0, 2)}};
  }),
               "message function", "\"x\"", "5 rows", "edge", "got 2");
  EXPECT_ERROR(g.apply_edges([](const EdgeBatch&) -> FeatureMap {
    return {{"x", {}}};
  }),
               "\"x\"", "undefined");
  EXPECT_ERROR(g.apply_nodes([](const NodeBatch& nodes) -> FeatureMap {
    return {{"x", nodes.data["h"].sum()}};
  }),
               "apply function", "\"x\"", "4 rows", "scalar");
  EXPECT_ERROR(g.update_all(function::copy_u("h", "m"),
                            [](const NodeBatch& nodes) -> FeatureMap {
                              return {{"x", nodes.mailbox["m"].flatten(0, 1)}};
                            }),
               "reduce function", "\"x\"", "1 rows", "got 2");
}

TEST(UserFunction, AReducerMustReturnTheSameForEveryDegree) {
  const Graph g = square();
  g.ndata()["h"] = at::ones({4, 2}, at::kFloat);
  EXPECT_ERROR(g.update_all(function::copy_u("h", "m"),
                            [](const NodeBatch& nodes) -> FeatureMap {
                              const at::Tensor m = nodes.mailbox["m"];
                              return {{m.size(1) == 1 ? "one" : "two", m.sum(1)}};
                            }),
               "reduce function", "[one] for 1", "[two] for 2");
  EXPECT_ERROR(g.update_all(function::copy_u("h", "m"),
                            [](const NodeBatch& nodes) -> FeatureMap {
                              return {{"x", nodes.mailbox["m"].flatten(1)}};
                            }),
               "\"x\"", "[2] Float for 1", "[4] Float for 2");
}

TEST(UserFunction, MissingFeaturesAndFieldsAreNamed) {
  const Graph g = square();
  g.ndata()["h"] = at::ones({4, 2}, at::kFloat);
  EXPECT_ERROR(g.apply_edges([](const EdgeBatch& edges) -> FeatureMap {
    return {{"x", edges.src["g"]}};
  }),
               "node feature \"g\"", "[h]");
  EXPECT_ERROR(g.update_all(function::copy_u("h", "m"),
                            [](const NodeBatch& nodes) -> FeatureMap {
                              return {{"x", nodes.mailbox["n"].sum(1)}};
                            }),
               "message feature \"n\"", "[m]");
  EXPECT_ERROR(g.update_all(
                   [](const EdgeBatch& edges) -> FeatureMap {
                     return {{"n", edges.src["h"]}};
                   },
                   function::sum("m", "x")),
               "user function", "sum", "[n]", "\"m\"");
  EXPECT_ERROR(g.apply_edges(EdgeFunction()), "message function", "empty");
  EXPECT_ERROR(g.apply_nodes(NodeFunction()), "apply function", "empty");
  EXPECT_ERROR(g.update_all(function::copy_u("h", "m"), NodeFunction()), "reduce function",
               "empty");
}

TEST(UserFunction, IdsOutOfRangeAndColumnsThatDoNotFitAreNamed) {
  const Graph g = square();
  g.ndata()["h"] = at::ones({4, 2}, at::kFloat);
  const function::ApplyFunction narrow = [](const NodeBatch& nodes) -> FeatureMap {
    return {{"h", nodes.data["h"].narrow(1, 0, 1)}};
  };
  EXPECT_ERROR(g.apply_nodes(narrow, at::tensor({4}, at::kLong)), "apply_nodes", "4", "0 to 3");
  EXPECT_ERROR(g.apply_nodes(narrow, at::tensor({1}, at::kInt)), "apply_nodes", "Int");
  EXPECT_ERROR(g.apply_nodes(narrow, at::tensor({1}, at::kLong)), "\"h\"", "[2]", "[1]");
  EXPECT_ERROR(g.apply_nodes(narrow, {}, "user"), "user", "_N");
  EXPECT_ERROR(g.apply_edges(function::copy_u("h", "x"), at::tensor({5}, at::kLong)), "apply_edges",
               "edge id 5");
  const Graph block = create_block(at::tensor({0}, at::kLong), at::tensor({0}, at::kLong), 1, 1);
  EXPECT_ERROR(block.apply_nodes(narrow), "apply_nodes", "block");
}

}  // namespace
}  // namespace grapevine
