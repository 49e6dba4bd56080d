#include "grapevine/ops/sddmm.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/operators.h"
#include "tests/support/reference.h"

namespace grapevine::ops {
namespace {

using namespace grapevine::testing_support;

void compare_sddmm_with_reference(const NamedEdges& graph, const MessageKind& message,
                                  at::ScalarType dtype) {
  for (const ShapePair& shapes : shape_pairs(message.op)) {
    const RandomOperands operands = random_operands(*graph.edges, message, shapes, dtype);
    EXPECT_TRUE(all_close(gsddmm(graph.edges, message.op, operands.lhs, operands.rhs),
                          reference_sddmm(graph.edges, message.op, operands.lhs, operands.rhs)))
        << message.name() << ", " << graph.name;
  }
}

TEST(GSDDMM, EveryMessageMatchesTheReference) {
  with_kernels_and_fallback([&] {
    for (const NamedEdges& graph : edge_cases(at::kLong)) {
      for (const MessageKind& message : all_messages()) {
        compare_sddmm_with_reference(graph, message, at::kDouble);
      }
    }
  });
}

TEST(GSDDMM, MatchesTheReferenceInFloat32WithInt32Ids) {
  with_kernels_and_fallback([&] {
    for (const NamedEdges& graph : edge_cases(at::kInt)) {
      for (const MessageKind& message : all_messages()) {
        compare_sddmm_with_reference(graph, message, at::kFloat);
      }
    }
  });
}

TEST(GSDDMM, GradientsMatchDifferencesForEveryMessage) {
  with_kernels_and_fallback([&] {
    const AdjacencyPtr edges = random_edges(3, {4, 3, 6});
    for (const MessageKind& message : all_messages()) {
      const bool is_dot = message.op == BinaryOp::kDot;
      for (const ShapePair& shapes :
           {ShapePair{{2}, {2}}, ShapePair{{}, {}},
            is_dot ? ShapePair{{2, 3}, {1, 3}} : ShapePair{{2, 1}, {3}}}) {
        const RandomOperands operands = random_operands(*edges, message, shapes, at::kDouble);
        std::vector<at::Tensor> inputs = {operands.lhs.data};
        if (operands.rhs.data.defined()) {
          inputs.push_back(operands.rhs.data);
        }
        const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) {
          return gsddmm(edges, message.op, {message.lhs, arguments[0]},
                        {message.rhs, arguments.size() > 1 ? arguments[1] : at::Tensor()});
        };
        EXPECT_TRUE(gradcheck(function, inputs)) << message.name();
        if (message.op != BinaryOp::kCopyLhs) {
          EXPECT_TRUE(gradgradcheck(function, inputs)) << message.name();
        }
      }
    }
  });
}

TEST(GSDDMM, CopyOfAnEdgeFeatureIsThatFeature) {
  const AdjacencyPtr edges = make_edges(2, 2, {0, 1}, {1, 1});
  const at::Tensor e = at::ones({2, 3}, at::kFloat);
  EXPECT_TRUE(gsddmm(edges, BinaryOp::kCopyLhs, {Target::kEdge, e}).is_same(e));
}

TEST(GSDDMM, DotKeepsTheLastDimensionUnlessBothOperandsAreFlat) {
  const AdjacencyPtr edges = make_edges(2, 2, {0, 1, 1}, {1, 1, 0});
  const auto dot = [&](at::IntArrayRef lhs, at::IntArrayRef rhs) {
    return gsddmm(edges, BinaryOp::kDot, {Target::kSrc, at::ones(lhs, at::kFloat)},
                  {Target::kDst, at::ones(rhs, at::kFloat)})
        .sizes()
        .vec();
  };
  EXPECT_EQ(dot({2, 3}, {2, 3}), (std::vector<std::int64_t>{3, 1}));
  EXPECT_EQ(dot({2, 4, 3}, {2, 1, 3}), (std::vector<std::int64_t>{3, 4, 1}));
  EXPECT_EQ(dot({2}, {2}), (std::vector<std::int64_t>{3}));
  EXPECT_EQ(dot({2}, {2, 1}), (std::vector<std::int64_t>{3, 1}));
}

TEST(GSDDMM, BadOperandsAreNamed) {
  const AdjacencyPtr edges = make_edges(4, 3, {0, 1}, {1, 2});
  const Operand u{Target::kSrc, at::ones({4, 3}, at::kFloat)};
  EXPECT_ERROR(gsddmm(edges, BinaryOp::kDot, u, {Target::kDst, at::ones({3, 2}, at::kFloat)}),
               "gsddmm", "u_dot_v", "[3] of u", "[2] of v");
  EXPECT_ERROR(gsddmm(edges, BinaryOp::kCopyLhs, {Target::kEdge, at::ones({3, 2}, at::kFloat)}),
               "copy_e", "expected 2 rows", "got 3");
}

}  // namespace
}  // namespace grapevine::ops
