#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "grapevine/message/function.h"
#include "tests/support/expect_error.h"
#include "tests/support/graphs.h"
#include "tests/support/reference.h"

namespace grapevine {
namespace {

using namespace grapevine::testing_support;

Graph ring() { return graph({0, 1, 2, 3, 0}, {1, 2, 3, 0, 2}); }

TEST(MessagePassing, UpdateAllStoresTheReducedMessages) {
  Graph g = ring();
  g.ndata()["h"] = at::tensor({1.0, 2.0, 3.0, 4.0}, at::kFloat);
  g.update_all(function::copy_u("h", "m"), function::sum("m", "out"));
  EXPECT_TRUE(at::equal(g.ndata()["out"], at::tensor({4.0, 1.0, 3.0, 3.0}, at::kFloat)));
  g.update_all(function::copy_u("h", "m"), function::mean("m", "out"));
  EXPECT_TRUE(at::equal(g.ndata()["out"], at::tensor({4.0, 1.0, 1.5, 3.0}, at::kFloat)));
  EXPECT_FALSE(g.edata().contains("m"));
}

TEST(MessagePassing, EveryBuiltInPairMatchesTheReference) {
  using function::MessageFunction;
  const Graph g = ring();
  for (const MessageKind& kind : all_messages()) {
    const RandomOperands operands =
        random_operands(*g.adjacency(), kind, {{2, 3}, {2, 3}}, at::kDouble);
    const auto set = [&](const ops::Operand& operand, const char* name) {
      (operand.target == ops::Target::kEdge ? g.edata() : g.ndata())[name] = operand.data;
    };
    set(operands.lhs, "a");
    if (kind.op != ops::BinaryOp::kCopyLhs) {
      set(operands.rhs, "b");
    }
    const MessageFunction message =
        kind.op == ops::BinaryOp::kCopyLhs
            ? MessageFunction({kind.lhs, "a"}, "m")
            : MessageFunction(kind.op, {kind.lhs, "a"}, {kind.rhs, "b"}, "m");
    EXPECT_EQ(message.name(), kind.name());
    for (const ops::Reduce reduce : all_reduces()) {
      g.update_all(message, {reduce, "m", "out"});
      EXPECT_TRUE(all_close(g.ndata()["out"], reference_spmm(g.adjacency(), kind.op, reduce,
                                                             operands.lhs, operands.rhs)))
          << message.name() << ", " << ops::name(reduce);
    }
    g.apply_edges(message);
    EXPECT_TRUE(all_close(g.edata()["m"],
                          reference_sddmm(g.adjacency(), kind.op, operands.lhs, operands.rhs)))
        << message.name();
  }
}

TEST(MessagePassing, ABlockReadsSourcesAndWritesDestinations) {
  const Graph block =
      create_block(at::tensor({0, 1, 2}, at::kLong), at::tensor({0, 0, 1}, at::kLong), 3, 2);
  block.srcdata()["h"] = at::tensor({1.0, 2.0, 4.0}, at::kFloat);
  block.dstdata()["w"] = at::tensor({10.0, 20.0}, at::kFloat);
  block.update_all(function::u_mul_v("h", "w", "m"), function::max("m", "out"));
  EXPECT_TRUE(at::equal(block.dstdata()["out"], at::tensor({20.0, 80.0}, at::kFloat)));
  EXPECT_FALSE(block.srcdata().contains("out"));
  block.apply_edges(function::v_sub_u("w", "h", "d"));
  EXPECT_TRUE(at::equal(block.edata()["d"], at::tensor({9.0, 8.0, 16.0}, at::kFloat)));
}

TEST(MessagePassing, ARelationOfATypedGraphIsChosenByName) {
  const at::Tensor zero = at::tensor({0}, at::kLong);
  const at::Tensor one = at::tensor({1}, at::kLong);
  const Graph g = heterograph(
      {{{"user", "follows", "user"}, {zero, one}}, {{"user", "plays", "game"}, {one, zero}}});
  g.nodes("user").data["h"] = at::tensor({1.0, 2.0}, at::kFloat);
  g.update_all(function::copy_u("h", "m"), function::sum("m", "h"), "plays");
  EXPECT_TRUE(at::equal(g.nodes("game").data["h"], at::tensor({2.0}, at::kFloat)));
  EXPECT_ERROR(g.update_all(function::copy_u("h", "m"), function::sum("m", "h")), "follows",
               "plays");
  EXPECT_ERROR(g.update_all(function::copy_u("h", "m"), function::sum("m", "h"), "eats"), "eats",
               "follows");
}

TEST(MessagePassing, AMissingFeatureIsNamedWithThoseThereAre) {
  const Graph g = ring();
  g.ndata()["h"] = at::ones({4}, at::kFloat);
  EXPECT_ERROR(g.update_all(function::u_mul_e("h", "weight", "m"), function::sum("m", "out")),
               "u_mul_e", "weight", "edge", "none");
  EXPECT_ERROR(g.update_all(function::copy_u("x", "m"), function::sum("m", "out")), "copy_u",
               "\"x\"", "node", "there are: h");
  EXPECT_ERROR(g.apply_edges(function::u_dot_v("h", "y", "score")), "u_dot_v", "\"y\"");
}

TEST(MessagePassing, AReducerThatReadsAnotherFieldIsRefused) {
  const Graph g = ring();
  g.ndata()["h"] = at::ones({4}, at::kFloat);
  EXPECT_ERROR(g.update_all(function::copy_u("h", "m"), function::sum("n", "out")), "copy_u", "sum",
               "\"m\"", "\"n\"");
}

TEST(MessagePassing, ShapesThatDoNotFitAreNamed) {
  const Graph g = ring();
  g.ndata()["h"] = at::ones({4, 3}, at::kFloat);
  g.edata()["w"] = at::ones({5, 2}, at::kFloat);
  EXPECT_ERROR(g.update_all(function::u_mul_e("h", "w", "m"), function::sum("m", "out")), "u_mul_e",
               "[3]", "[2]");
}

}  // namespace
}  // namespace grapevine
