#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "grapevine/message/cross_reducer.h"
#include "grapevine/message/function.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/ids.h"
#include "tests/support/reference.h"

namespace grapevine {
namespace {

using namespace grapevine::testing_support;
using function::CrossReducer;
using function::EtypeUpdate;

using testing_support::ids;

/// Users follow users (0 to 1, 2 to 1) and like users (1 to 1, 0 to 0), and play a game.
Graph people() {
  const Graph g = heterograph({{{"user", "follows", "user"}, {ids({0, 2}), ids({1, 1})}},
                               {{"user", "likes", "user"}, {ids({1, 0}), ids({1, 0})}},
                               {{"user", "plays", "game"}, {ids({2, 1}), ids({0, 0})}}});
  g.nodes("user").data["h"] = at::tensor({1.0, -2.0, -4.0}, at::kFloat);
  return g;
}

/// `reduce` over "follows" and over "likes" into "out".
std::vector<EtypeUpdate> both(ops::Reduce reduce) {
  return {{"likes", function::copy_u("h", "m"), {reduce, "m", "out"}},
          {"follows", function::copy_u("h", "m"), {reduce, "m", "out"}}};
}

at::Tensor merged(ops::Reduce reduce, const CrossReducer& cross) {
  const Graph g = people();
  g.multi_update_all(both(reduce), cross);
  return g.nodes("user").data["out"];
}

// Sums: follows gives 0, -3, 0 and likes 1, -2, 0.
TEST(MultiUpdateAll, MergesWhatRelationsBring) {
  using ops::Reduce;
  EXPECT_TRUE(at::equal(merged(Reduce::kSum, "sum"), at::tensor({1.0, -5.0, 0.0}, at::kFloat)));
  EXPECT_TRUE(at::equal(merged(Reduce::kSum, "mean"), at::tensor({0.5, -2.5, 0.0}, at::kFloat)));
  EXPECT_TRUE(at::equal(merged(Reduce::kSum, "max"), at::tensor({1.0, -2.0, 0.0}, at::kFloat)));
  EXPECT_TRUE(at::equal(merged(Reduce::kSum, "min"), at::tensor({0.0, -3.0, 0.0}, at::kFloat)));
}

TEST(MultiUpdateAll, StackKeepsTheOrderOfTheGraphsRelations) {
  const at::Tensor out = merged(ops::Reduce::kSum, "stack");
  EXPECT_TRUE(
      at::equal(out, at::tensor({0.0, 1.0, -3.0, -2.0, 0.0, 0.0}, at::kFloat).view({3, 2})));
  const Graph g = people();
  g.multi_update_all({{"likes", function::copy_u("h", "m"), function::sum("m", "out")}}, "stack");
  EXPECT_TRUE(at::equal(g.nodes("user").data["out"],
                        at::tensor({1.0, -2.0, 0.0}, at::kFloat).view({3, 1})));
}

// `both` has likes before follows, unlike the graph.
TEST(MultiUpdateAll, ACallableGetsTensorsInTheOrderOfTheUpdates) {
  const CrossReducer difference = [](const std::vector<at::Tensor>& parts) {
    return parts.at(0) - parts.at(1);
  };
  EXPECT_TRUE(
      at::equal(merged(ops::Reduce::kSum, difference), at::tensor({1.0, 1.0, 0.0}, at::kFloat)));
}

TEST(MultiUpdateAll, ACallableMergesAFeatureThatOnlyOneOfSeveralRelationsBrings) {
  const Graph g = people();
  std::vector<EtypeUpdate> updates = both(ops::Reduce::kSum);
  updates[1].reduce = function::sum("m", "other");
  std::vector<std::size_t> sizes;
  g.multi_update_all(updates, [&sizes](const std::vector<at::Tensor>& parts) {
    sizes.push_back(parts.size());
    return parts.at(0) * 10;
  });
  EXPECT_EQ(sizes, (std::vector<std::size_t>{1, 1}));
  EXPECT_TRUE(at::equal(g.nodes("user").data["out"], at::tensor({10.0, -20.0, 0.0}, at::kFloat)));
  EXPECT_TRUE(at::equal(g.nodes("user").data["other"], at::tensor({0.0, -30.0, 0.0}, at::kFloat)));
}

TEST(MultiUpdateAll, OneRelationAloneIsNotMerged) {
  const Graph g = people();
  const CrossReducer never = [](const std::vector<at::Tensor>& parts) {
    ADD_FAILURE() << "called for one relation";
    return parts.at(0);
  };
  g.multi_update_all({{"plays", function::copy_u("h", "m"), function::sum("m", "out")}}, never);
  EXPECT_TRUE(at::equal(g.nodes("game").data["out"], at::tensor({-6.0}, at::kFloat)));
  EXPECT_FALSE(g.nodes("user").data.contains("out"));
}

TEST(MultiUpdateAll, ANodeThatOneRelationMissesHasTheExtremumOfTheOther) {
  const Graph g = heterograph({{{"user", "follows", "user"}, {ids({0}), ids({1})}},
                               {{"user", "likes", "user"}, {ids({1}), ids({0})}}},
                              {{"user", 3}});
  g.nodes("user").data["h"] = at::tensor({-1.0, -2.0, -4.0}, at::kFloat);
  g.multi_update_all(both(ops::Reduce::kMax), "max");
  EXPECT_TRUE(at::equal(g.nodes("user").data["out"], at::tensor({-2.0, -1.0, 0.0}, at::kFloat)));
  g.multi_update_all(both(ops::Reduce::kMax), "sum");
  EXPECT_TRUE(at::equal(g.nodes("user").data["out"], at::tensor({-2.0, -1.0, 0.0}, at::kFloat)));
}

TEST(MultiUpdateAll, MixesBuiltInAndOwnFunctionsAndAppliesLast) {
  const Graph g = people();
  g.multi_update_all(
      {{"follows", function::copy_u("h", "m"),
        [](const NodeBatch& nodes) -> FeatureMap {
          return {{"out", nodes.mailbox["m"].sum(1)}};
        }},
       {"likes",
        [](const EdgeBatch& edges) -> FeatureMap {
          return {{"m", edges.src["h"]}};
        },
        function::sum("m", "raw"),
        [](const NodeBatch& nodes) -> FeatureMap {
          return {{"out", nodes.data["raw"]}};
        }},
       {{{"user", "plays", "game"}}, function::copy_u("h", "m"), function::max("m", "out")}},
      "sum", [](const NodeBatch& nodes) -> FeatureMap {
        return {{"twice", nodes.data["out"] * 2}};
      });
  EXPECT_TRUE(at::equal(g.nodes("user").data["twice"], at::tensor({2.0, -10.0, 0.0}, at::kFloat)));
  EXPECT_TRUE(at::equal(g.nodes("user").data["out"], at::tensor({1.0, -5.0, 0.0}, at::kFloat)));
  EXPECT_TRUE(at::equal(g.nodes("game").data["twice"], at::tensor({-4.0}, at::kFloat)));
  EXPECT_FALSE(g.nodes("user").data.contains("raw"));
}

TEST(MultiUpdateAll, IsDifferentiable) {
  const Graph g = people();
  for (const char* cross : {"sum", "mean", "max", "min", "stack"}) {
    const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) -> at::Tensor {
      g.nodes("user").data["h"] = arguments[0];
      g.multi_update_all(both(ops::Reduce::kMax), cross);
      return g.nodes("user").data["out"];
    };
    EXPECT_TRUE(gradcheck(function, {random_values(4, {3, 2}, at::kDouble)})) << cross;
  }
}

TEST(MultiUpdateAll, BadInputIsNamed) {
  const Graph g = people();
  EXPECT_ERROR(CrossReducer("median"), "cross_reducer", "median", "stack");
  EXPECT_ERROR(CrossReducer(CrossReducer::Function()), "cross_reducer", "empty");
  EXPECT_ERROR(g.multi_update_all({{"likes", function::copy_u("h", "m"), function::sum("m", "x")},
                                   {"likes", function::copy_u("h", "m"), function::sum("m", "x")}},
                                  "sum"),
               "multi_update_all", "likes", "twice");
  EXPECT_ERROR(
      g.multi_update_all({{"eats", function::copy_u("h", "m"), function::sum("m", "x")}}, "sum"),
      "eats", "likes");
  g.edges("likes").data["w"] = at::ones({2, 3}, at::kFloat);
  EXPECT_ERROR(g.multi_update_all({{"follows", function::copy_u("h", "m"), function::sum("m", "x")},
                                   {"likes", function::copy_e("w", "m"), function::sum("m", "x")}},
                                  "sum"),
               "multi_update_all", "\"x\"", "[3]", "[3, 3]");
}

}  // namespace
}  // namespace grapevine
