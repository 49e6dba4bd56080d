#include "grapevine/ops/detail/extremum_gradient.h"

#include <ATen/Parallel.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "grapevine/ops/spmm.h"
#include "tests/support/graphs.h"
#include "tests/support/reference.h"

namespace grapevine::ops::detail {
namespace {

using namespace grapevine::testing_support;

at::Tensor operand(const EdgeIndex& edges, Target target, std::vector<std::int64_t> shape,
                   std::uint64_t seed) {
  const std::int64_t rows = target == Target::kSrc   ? edges.num_src()
                            : target == Target::kDst ? edges.num_dst()
                                                     : edges.num_edges();
  shape.insert(shape.begin(), rows);
  return random_values(seed, shape, at::kFloat).requires_grad_();
}

/// The gradients of both operands. Those for a second derivative come from ATen's operators, others
/// from the kernel.
std::vector<at::Tensor> gradients(const EdgeIndexPtr& edges, BinaryOp op, Reduce reduce,
                                  const Operand& lhs, const Operand& rhs, bool twice) {
  const at::Tensor out = gspmm(edges, op, reduce, lhs, rhs);
  return torch::autograd::grad({out}, {lhs.data, rhs.data},
                               {random_values(9, out.sizes().vec(), at::kFloat)}, std::nullopt,
                               /*create_graph=*/twice);
}

TEST(ExtremumGradient, IsThatOfATen) {
  const std::vector<std::pair<std::vector<std::int64_t>, std::vector<std::int64_t>>> shapes = {
      {{3}, {3}}, {{40}, {1}}, {{1}, {40}}, {{2, 5}, {2, 1}}, {{2, 1}, {1, 3}}};
  const std::vector<Target> targets = {Target::kSrc, Target::kDst, Target::kEdge};
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    for (const NamedEdges& graph : edge_cases(idtype)) {
      for (const auto& [left, right] : shapes) {
        for (const Target first : targets) {
          for (const Target second : targets) {
            const Operand lhs{first, operand(*graph.edges, first, left, 1)};
            const Operand rhs{second, operand(*graph.edges, second, right, 2)};
            for (const BinaryOp op : {BinaryOp::kAdd, BinaryOp::kMul}) {
              const auto kernel = gradients(graph.edges, op, Reduce::kMax, lhs, rhs, false);
              const auto aten = gradients(graph.edges, op, Reduce::kMax, lhs, rhs, true);
              EXPECT_TRUE(all_close(kernel[0], aten[0])) << graph.name << ", " << name(first);
              EXPECT_TRUE(all_close(kernel[1], aten[1])) << graph.name << ", " << name(second);
            }
          }
        }
      }
    }
  }
}

TEST(ExtremumGradient, ThreadsDoNotChangeABit) {
  const AdjacencyPtr edges =
      random_edges(3, {.num_src = 500, .num_dst = 2000, .num_edges = 20000}, at::kInt);
  const Operand lhs{Target::kSrc, operand(*edges, Target::kSrc, {96}, 1)};
  const Operand rhs{Target::kEdge, operand(*edges, Target::kEdge, {96}, 2)};
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto serial = gradients(edges, BinaryOp::kMul, Reduce::kMin, lhs, rhs, false);
  at::set_num_threads(4);
  const auto parallel = gradients(edges, BinaryOp::kMul, Reduce::kMin, lhs, rhs, false);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(serial[0], parallel[0]));
  EXPECT_TRUE(at::equal(serial[1], parallel[1]));
}

at::Tensor gradient_of_copy(const EdgeIndexPtr& edges, const Operand& lhs, bool twice) {
  const at::Tensor out = gspmm(edges, BinaryOp::kCopyLhs, Reduce::kMax, lhs);
  return torch::autograd::grad({out}, {lhs.data}, {random_values(9, out.sizes().vec(), at::kFloat)},
                               std::nullopt,
                               /*create_graph=*/twice)[0];
}

TEST(ExtremumGradient, OfACopyIsThatOfATenForAnyNumberOfThreads) {
  const int threads = at::get_num_threads();
  // The last one's gradient is too large for the kernel to count on its standing in a cache.
  for (const auto& [num_src, width] : {std::pair(40, 1), {40, 5}, {300, 130}, {9000, 256}}) {
    const AdjacencyPtr edges = random_edges(
        3, {.num_src = num_src, .num_dst = num_src / 4 + 1, .num_edges = 2 * num_src}, at::kInt);
    for (const Target target : {Target::kSrc, Target::kDst, Target::kEdge}) {
      const Operand lhs{target, operand(*edges, target, {width}, 1)};
      at::set_num_threads(1);
      const at::Tensor serial = gradient_of_copy(edges, lhs, false);
      at::set_num_threads(4);
      EXPECT_TRUE(at::equal(gradient_of_copy(edges, lhs, false), serial)) << width << name(target);
      EXPECT_TRUE(all_close(gradient_of_copy(edges, lhs, true), serial)) << width << name(target);
    }
  }
  at::set_num_threads(threads);
}

}  // namespace
}  // namespace grapevine::ops::detail
