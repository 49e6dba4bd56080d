#include "grapevine/ops/spmm.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <c10/core/Allocator.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <atomic>
#include <limits>

#include "grapevine/util/parallel.h"
#include "tests/support/expect_error.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/operators.h"
#include "tests/support/reference.h"
#include "tests/support/scoped_environment.h"

namespace grapevine::ops {
namespace {

using namespace grapevine::testing_support;

/// Result and gradients of both operands, from the operator or from the reference.
std::vector<at::Tensor> with_gradients(
    const RandomOperands& operands,
    const std::function<at::Tensor(const Operand&, const Operand&)>& run) {
  Operand lhs = operands.lhs;
  Operand rhs = operands.rhs;
  std::vector<at::Tensor> variables = {lhs.data = lhs.data.clone().requires_grad_()};
  if (rhs.data.defined()) {
    variables.push_back(rhs.data = rhs.data.clone().requires_grad_());
  }
  std::vector<at::Tensor> results = {run(lhs, rhs)};
  if (!results[0].requires_grad()) {
    results[0] = results[0].add(
        variables[0].sum().mul(0));  // the reference without edges depends on nothing
  }
  const at::Tensor weights = random_values(5, results[0].sizes().vec(), results[0].scalar_type());
  const std::vector<at::Tensor> gradients = torch::autograd::grad(
      {results[0]}, variables, {weights}, std::nullopt, false, /*allow_unused=*/true);
  for (std::size_t i = 0; i < variables.size(); ++i) {
    results.push_back(gradients[i].defined()
                          ? gradients[i]
                          : at::zeros(variables[i].sizes(), variables[i].options()));
  }
  return results;
}

void compare_spmm_with_reference(const NamedEdges& graph, const MessageKind& message,
                                 const ShapePair& shapes, at::ScalarType dtype) {
  const RandomOperands operands = random_operands(*graph.edges, message, shapes, dtype);
  for (const Reduce reduce : all_reduces()) {
    const auto actual = with_gradients(operands, [&](const Operand& lhs, const Operand& rhs) {
      return gspmm(graph.edges, message.op, reduce, lhs, rhs);
    });
    const auto expected = with_gradients(operands, [&](const Operand& lhs, const Operand& rhs) {
      return reference_spmm(graph.edges, message.op, reduce, lhs, rhs);
    });
    for (std::size_t i = 0; i < actual.size(); ++i) {
      EXPECT_TRUE(all_close(actual[i], expected[i]))
          << message.name() << ", " << name(reduce) << ", " << graph.name << ", lhs "
          << operands.lhs.data.sizes() << (i == 0 ? ", result" : ", gradient of operand ") << i;
    }
  }
}

TEST(GSpMM, EveryMessageAndReducerMatchesTheReference) {
  with_kernels_and_fallback([&] {
    const SerialRegion serial;  // the reference makes thousands of tiny parallel loops
    for (const NamedEdges& graph : edge_cases(at::kLong)) {
      for (const MessageKind& message : all_messages()) {
        for (const ShapePair& shapes : shape_pairs(message.op)) {
          compare_spmm_with_reference(graph, message, shapes, at::kDouble);
        }
      }
    }
  });
}

TEST(GSpMM, MatchesTheReferenceInFloat32WithInt32Ids) {
  with_kernels_and_fallback([&] {
    const SerialRegion serial;  // the reference makes thousands of tiny parallel loops
    for (const NamedEdges& graph : edge_cases(at::kInt)) {
      for (const MessageKind& message : all_messages()) {
        for (const ShapePair& shapes : shape_pairs(message.op)) {
          compare_spmm_with_reference(graph, message, shapes, at::kFloat);
        }
      }
    }
  });
}

TEST(GSpMM, GradientsMatchDifferencesForEveryPair) {
  with_kernels_and_fallback([&] {
    const AdjacencyPtr edges = random_edges(3, {4, 3, 7});
    for (const MessageKind& message : all_messages()) {
      for (const Reduce reduce : all_reduces()) {
        const bool is_dot = message.op == BinaryOp::kDot;
        for (const ShapePair& shapes :
             {ShapePair{{2}, {2}}, is_dot ? ShapePair{{2, 3}, {1, 3}} : ShapePair{{2, 1}, {3}}}) {
          const RandomOperands operands = random_operands(*edges, message, shapes, at::kDouble);
          std::vector<at::Tensor> inputs = {operands.lhs.data};
          if (operands.rhs.data.defined()) {
            inputs.push_back(operands.rhs.data);
          }
          const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) {
            return gspmm(edges, message.op, reduce, {message.lhs, arguments[0]},
                         {message.rhs, arguments.size() > 1 ? arguments[1] : at::Tensor()});
          };
          EXPECT_TRUE(gradcheck(function, inputs)) << message.name() << ", " << name(reduce);
          if (message.op != BinaryOp::kCopyLhs) {
            EXPECT_TRUE(gradgradcheck(function, inputs)) << message.name() << ", " << name(reduce);
          }
        }
      }
    }
  });
}

TEST(GSpMM, NodesWithoutInEdgesGetZero) {
  with_kernels_and_fallback([&] {
    const AdjacencyPtr edges = make_edges(2, 3, {0, 1}, {1, 1});
    const Operand u{Target::kSrc, at::ones({2, 4}, at::kFloat).mul(-3)};
    for (const Reduce reduce : all_reduces()) {
      const at::Tensor out = gspmm(edges, BinaryOp::kCopyLhs, reduce, u);
      EXPECT_EQ(out[0].abs().sum().item<float>(), 0) << name(reduce);
      EXPECT_EQ(out[2].abs().sum().item<float>(), 0) << name(reduce);
      EXPECT_EQ(out[1][0].item<float>(), reduce == Reduce::kSum ? -6 : -3) << name(reduce);
    }
  });
}

TEST(GSpMM, OneDimensionalOperandsGiveAOneDimensionalResultOnlyTogether) {
  with_kernels_and_fallback([&] {
    const AdjacencyPtr edges = make_edges(2, 2, {0, 1, 1}, {1, 1, 0});
    const Operand flat{Target::kSrc, at::ones({2}, at::kFloat)};
    const Operand flat_edge{Target::kEdge, at::ones({3}, at::kFloat)};
    const Operand column{Target::kEdge, at::ones({3, 1}, at::kFloat)};
    for (const BinaryOp op : {BinaryOp::kAdd, BinaryOp::kMul, BinaryOp::kDot}) {
      EXPECT_EQ(gspmm(edges, op, Reduce::kSum, flat, flat_edge).sizes(), at::IntArrayRef({2}));
      EXPECT_EQ(gspmm(edges, op, Reduce::kMax, flat, column).sizes(), at::IntArrayRef({2, 1}));
    }
  });
}

TEST(GSpMM, ZeroWidthFeaturesWork) {
  with_kernels_and_fallback([&] {
    const AdjacencyPtr edges = make_edges(2, 2, {0, 1, 1}, {1, 1, 0});
    const Operand u{Target::kSrc, at::ones({2, 0}, at::kFloat)};
    const Operand e{Target::kEdge, at::ones({3, 0}, at::kFloat)};
    for (const Reduce reduce : all_reduces()) {
      EXPECT_EQ(gspmm(edges, BinaryOp::kMul, reduce, u, e).sizes(), at::IntArrayRef({2, 0}));
      EXPECT_TRUE(
          at::equal(gspmm(edges, BinaryOp::kDot, reduce, u, e), at::zeros({2, 1}, at::kFloat)));
    }
  });
}

TEST(GSpMM, AGraphWithoutNodesWorks) {
  with_kernels_and_fallback([&] {
    const AdjacencyPtr edges = make_edges(0, 0, {}, {});
    const at::Tensor u = at::ones({0, 3}, at::kFloat).requires_grad_();
    for (const Reduce reduce : all_reduces()) {
      const at::Tensor out = gspmm(edges, BinaryOp::kCopyLhs, reduce, {Target::kSrc, u});
      EXPECT_EQ(out.sizes(), at::IntArrayRef({0, 3}));
      EXPECT_EQ(torch::autograd::grad({out.sum()}, {u})[0].sizes(), u.sizes());
    }
  });
}

TEST(GSpMM, NonContiguousOperandsWork) {
  with_kernels_and_fallback([&] {
    const AdjacencyPtr edges = random_edges(4, {6, 5, 20});
    const at::Tensor u = random_values(1, {7, 6}, at::kDouble).t();
    const at::Tensor e = random_values(2, {20, 14}, at::kDouble).slice(1, 0, 14, 2);
    EXPECT_TRUE(
        all_close(gspmm(edges, BinaryOp::kMul, Reduce::kSum, {Target::kSrc, u}, {Target::kEdge, e}),
                  reference_spmm(edges, BinaryOp::kMul, Reduce::kSum, {Target::kSrc, u},
                                 {Target::kEdge, e})));
  });
}

TEST(GSpMM, OnTiesTheEdgeWithTheLowestIdGetsTheGradient) {
  with_kernels_and_fallback([&] {
    // Edges in an order in which the lowest id is not the lowest source.
    const AdjacencyPtr edges = make_edges(3, 1, {2, 0, 1}, {0, 0, 0});
    for (const Reduce reduce : {Reduce::kMax, Reduce::kMin}) {
      const at::Tensor u = at::ones({3, 2}, at::kFloat).requires_grad_();
      gspmm(edges, BinaryOp::kCopyLhs, reduce, {Target::kSrc, u}).sum().backward();
      EXPECT_EQ(u.grad().select(1, 0)[2].item<float>(), 1);
      EXPECT_EQ(u.grad().sum().item<float>(), 2);
    }
  });
}

TEST(GSpMM, MaximumPropagatesNaNAndKeepsInfinities) {
  with_kernels_and_fallback([&] {
    const AdjacencyPtr edges = make_edges(4, 2, {0, 1, 2, 3}, {0, 0, 1, 1});
    const at::Tensor u = at::ones({4, 1}, at::kFloat);
    u[1].fill_(std::numeric_limits<float>::quiet_NaN());
    u[2].fill_(-std::numeric_limits<float>::infinity());
    u[3].fill_(-std::numeric_limits<float>::infinity());
    const at::Tensor out = gspmm(edges, BinaryOp::kCopyLhs, Reduce::kMax, {Target::kSrc, u});
    EXPECT_TRUE(out[0].isnan().item<bool>());
    EXPECT_EQ(out[1].item<float>(), -std::numeric_limits<float>::infinity());
  });
}

TEST(GSpMM, ResultsDoNotDependOnTheNumberOfThreads) {
  const AdjacencyPtr edges = random_edges(6, {300, 200, 9000});
  const RandomOperands operands = random_operands(
      *edges, {BinaryOp::kMul, Target::kSrc, Target::kEdge}, {{2, 33}, {2, 1}}, at::kFloat);
  const int threads = at::get_num_threads();
  for (const Reduce reduce : all_reduces()) {
    std::vector<std::vector<at::Tensor>> runs;
    for (const int count : {1, 2, 4}) {
      at::set_num_threads(count);
      runs.push_back(with_gradients(operands, [&](const Operand& lhs, const Operand& rhs) {
        return gspmm(edges, BinaryOp::kMul, reduce, lhs, rhs);
      }));
    }
    for (std::size_t i = 0; i < runs[0].size(); ++i) {
      EXPECT_TRUE(at::equal(runs[0][i], runs[1][i])) << name(reduce) << " " << i;
      EXPECT_TRUE(at::equal(runs[0][i], runs[2][i])) << name(reduce) << " " << i;
    }
  }
  at::set_num_threads(threads);
}

TEST(GSpMM, EveryInstructionSetGivesTheSameResult) {
  const AdjacencyPtr edges = random_edges(7, {30, 20, 400});
  for (const MessageKind& message : all_messages()) {
    for (const ShapePair& shapes : shape_pairs(message.op)) {
      const RandomOperands operands = random_operands(*edges, message, shapes, at::kFloat);
      for (const Reduce reduce : all_reduces()) {
        const auto run = [&](const Operand& lhs, const Operand& rhs) {
          return gspmm(edges, message.op, reduce, lhs, rhs);
        };
        const std::vector<at::Tensor> largest = with_gradients(operands, run);
        const ScopedEnvironment environment("GRAPEVINE_ISA", "default");
        const std::vector<at::Tensor> baseline = with_gradients(operands, run);
        for (std::size_t i = 0; i < baseline.size(); ++i) {
          EXPECT_TRUE(all_close(largest[i], baseline[i])) << message.name() << ", " << name(reduce);
        }
      }
    }
  }
}

TEST(GSpMM, AForwardPassMakesNoFormatThatItDoesNotNeed) {
  const AdjacencyPtr edges = random_edges(8, {6, 5, 20});
  const at::Tensor u = at::ones({6, 3}, at::kFloat).requires_grad_();
  const at::Tensor out = gspmm(edges, BinaryOp::kCopyLhs, Reduce::kMean, {Target::kSrc, u});
  EXPECT_FALSE(edges->has_csr());
  out.sum().backward();
  EXPECT_TRUE(edges->has_csr());
}

/// Remembers the largest block of memory that torch's CPU allocator gave out.
class LargestAllocation : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, std::int64_t size, std::size_t, std::size_t, c10::Device) override {
    largest_ = std::max(largest_, size);
  }
  bool memoryProfilingEnabled() const override { return true; }
  [[nodiscard]] std::int64_t largest() const { return largest_; }

 private:
  std::int64_t largest_ = 0;
};

TEST(GSpMM, StoresNoMessages) {
  constexpr std::int64_t kEdges = 4000;
  constexpr std::int64_t kWidth = 64;
  const AdjacencyPtr edges = random_edges(9, {20, 10, kEdges});
  for (const MessageKind& message : all_messages()) {
    const ShapePair shapes = {message.lhs == Target::kEdge ? std::vector<std::int64_t>{1}
                                                           : std::vector<std::int64_t>{kWidth},
                              message.rhs == Target::kEdge ? std::vector<std::int64_t>{1}
                                                           : std::vector<std::int64_t>{kWidth}};
    if (message.op == BinaryOp::kDot && shapes.lhs != shapes.rhs) {
      continue;
    }
    const RandomOperands operands = random_operands(*edges, message, shapes, at::kFloat);
    for (const Reduce reduce : all_reduces()) {
      const auto observer = std::make_shared<LargestAllocation>();
      const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, observer);
      with_gradients(operands, [&](const Operand& lhs, const Operand& rhs) {
        return gspmm(edges, message.op, reduce, lhs, rhs);
      });
      EXPECT_GT(observer->largest(), 0);
      EXPECT_LT(observer->largest(), kEdges * kWidth * 4 / 4)
          << message.name() << ", " << name(reduce);
    }
  }
}

TEST(GSpMM, BadOperandsAreNamed) {
  const AdjacencyPtr edges = make_edges(4, 3, {0, 1}, {1, 2});
  const auto run = [&](BinaryOp op, const Operand& lhs, const Operand& rhs) {
    return gspmm(edges, op, Reduce::kSum, lhs, rhs);
  };
  const Operand u{Target::kSrc, at::ones({4, 3}, at::kFloat)};
  EXPECT_ERROR(run(BinaryOp::kAdd, {Target::kSrc, at::ones({5, 3}, at::kFloat)}, u), "u_add_u",
               "of u", "expected 4 rows", "source node", "got 5");
  EXPECT_ERROR(run(BinaryOp::kMul, u, {Target::kEdge, at::ones({4, 3}, at::kFloat)}), "u_mul_e",
               "of e", "expected 2 rows", "edge", "got 4");
  EXPECT_ERROR(run(BinaryOp::kMul, u, {Target::kDst, at::ones({4, 3}, at::kFloat)}), "u_mul_v",
               "expected 3 rows", "destination node");
  EXPECT_ERROR(run(BinaryOp::kCopyLhs, {Target::kSrc, at::ones({4, 3}, at::kLong)}, {}), "copy_u",
               "must be float32, float64, bfloat16 or float16, got Long");
  EXPECT_ERROR(run(BinaryOp::kAdd, u, {Target::kEdge, at::ones({2, 3}, at::kHalf)}), "one dtype",
               "Float of u", "Half of e");
  EXPECT_ERROR(run(BinaryOp::kAdd, u, {Target::kEdge, at::ones({2, 3}, at::kDouble)}), "one dtype",
               "Float of u", "Double of e");
  EXPECT_ERROR(run(BinaryOp::kAdd, u, {Target::kEdge, at::ones({2, 4}, at::kFloat)}), "[3] of u",
               "[4] of e", "do not broadcast");
  EXPECT_ERROR(run(BinaryOp::kDot, u, {Target::kEdge, at::ones({2, 1}, at::kFloat)}), "u_dot_e",
               "same last size", "[3] of u", "[1] of e");
  EXPECT_ERROR(run(BinaryOp::kAdd, u, {Target::kEdge, {}}), "of e", "one row for each edge");
  EXPECT_ERROR(run(BinaryOp::kAdd, u, {Target::kEdge, at::ones({}, at::kFloat)}), "of e",
               "one row for each edge");
}

}  // namespace
}  // namespace grapevine::ops
