#include "grapevine/ops/detail/materialised.h"

#include <gtest/gtest.h>

#include "grapevine/ops/detail/contract.h"
#include "grapevine/ops/edge_softmax.h"
#include "tests/support/graphs.h"
#include "tests/support/reference.h"

// The way of devices without kernels, taken on the CPU and compared with the kernels.
namespace grapevine::ops::detail {
namespace {

using namespace grapevine::testing_support;

/// Products and copies between all targets and shapes, as forward and backward passes ask for them.
std::vector<Contraction> contractions() {
  const std::vector<MessageShapes> shapes = {
      {{3}, {3}, {3}},          {{1}, {5}, {5}},          {{5}, {1}, {1}},
      {{2, 4}, {2, 4}, {2, 1}}, {{2, 4}, {2, 1}, {2, 4}}, {{2, 4}, {2, 1}, {1, 4}},
      {{2, 1}, {2, 1}, {2, 3}}, {{1, 3}, {2, 1}, {1, 1}}, {{1}, {1}, {1}}};
  std::vector<Contraction> result;
  for (const Target lhs : {Target::kSrc, Target::kDst, Target::kEdge}) {
    for (const Target rhs : {Target::kSrc, Target::kDst, Target::kEdge}) {
      for (const Target out : {Target::kSrc, Target::kDst, Target::kEdge}) {
        for (const MessageShapes& each : shapes) {
          result.push_back({KernelOp::kMul, lhs, rhs, out, each});
          if (lhs == rhs) {
            result.push_back(
                {KernelOp::kCopy, lhs, rhs, out, {each.lhs, Shape(each.lhs.size(), 1), each.out}});
          }
        }
      }
    }
  }
  return result;
}

TEST(Materialised, ContractionsMatchTheKernels) {
  for (const NamedEdges& graph : edge_cases(at::kInt)) {
    for (const Contraction& contraction : contractions()) {
      const BinaryOp op = contraction.op == KernelOp::kMul ? BinaryOp::kMul : BinaryOp::kCopyLhs;
      const RandomOperands operands =
          random_operands(*graph.edges, {op, contraction.lhs_target, contraction.rhs_target},
                          {contraction.shapes.lhs, contraction.shapes.rhs}, at::kDouble);
      EXPECT_TRUE(all_close(
          contract_materialised(*graph.edges, contraction, operands.lhs.data, operands.rhs.data),
          contract(graph.edges, contraction, operands.lhs.data, operands.rhs.data)))
          << graph.name << ": " << name(contraction.lhs_target) << name(contraction.rhs_target)
          << " to " << name(contraction.out_target) << ", " << to_string(contraction.shapes.lhs)
          << to_string(contraction.shapes.rhs) << " to " << to_string(contraction.shapes.out);
    }
  }
}

TEST(Materialised, MeansMatchTheKernels) {
  for (const NamedEdges& graph : edge_cases(at::kLong)) {
    Contraction contraction{.shapes = {{3}, {1}, {3}}, .mean = true};
    const at::Tensor u = random_values(1, {graph.edges->num_src(), 3}, at::kFloat);
    EXPECT_TRUE(all_close(contract_materialised(*graph.edges, contraction, u, {}),
                          contract(graph.edges, contraction, u, {})));
  }
}

TEST(Materialised, ExtremaAndTheirWinnersMatchTheKernels) {
  for (const NamedEdges& graph : edge_cases(at::kLong)) {
    for (const bool maximum : {true, false}) {
      for (const MessageShapes& shapes :
           {MessageShapes{{3}, {1}, {3}}, {{70}, {70}, {70}}, {{2, 4}, {1, 4}, {2, 1}}}) {
        const Extremum extremum{{KernelOp::kMul, Target::kSrc, Target::kEdge, Target::kDst, shapes},
                                maximum};
        const RandomOperands operands =
            random_operands(*graph.edges, {BinaryOp::kMul, Target::kSrc, Target::kEdge},
                            {shapes.lhs, shapes.rhs}, at::kDouble);
        if (graph.edges->num_edges() == 0) {
          continue;  // answered before either way is taken
        }
        const ExtremumResult slow =
            extremum_materialised(*graph.edges, extremum, operands.lhs.data, operands.rhs.data);
        const ExtremumResult fast =
            detail::extremum(graph.edges, extremum, operands.lhs.data, operands.rhs.data, true);
        EXPECT_TRUE(all_close(slow.values, fast.values)) << graph.name;
        EXPECT_TRUE(slow.winners.equal(fast.winners.to(at::kLong))) << graph.name;
      }
    }
  }
}

TEST(Materialised, EdgeSoftmaxMatchesTheKernel) {
  for (const NamedEdges& graph : edge_cases(at::kInt)) {
    for (const Target norm_by : {Target::kDst, Target::kSrc}) {
      const at::Tensor logits = random_values(1, {graph.edges->num_edges(), 2, 3}, at::kDouble);
      EXPECT_TRUE(all_close(edge_softmax_materialised(*graph.edges, logits, norm_by),
                            edge_softmax(graph.edges, logits, norm_by)))
          << graph.name;
    }
  }
}

}  // namespace
}  // namespace grapevine::ops::detail
