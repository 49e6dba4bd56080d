#include <ATen/Parallel.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <c10/core/Allocator.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <atomic>
#include <limits>

#include "grapevine/ops/sddmm.h"
#include "grapevine/ops/spmm.h"
#include "tests/support/gradcheck.h"
#include "tests/support/graphs.h"
#include "tests/support/reference.h"
#include "tests/support/scoped_environment.h"

// The kernels choose a loop by the width of a row, the instruction set and the dtype.
namespace grapevine::ops {
namespace {

using namespace grapevine::testing_support;

const std::vector<std::int64_t> kWidths = {1,  2,  3,  4,  5,  7,  8,   9,   15,  16,
                                           17, 31, 33, 48, 64, 97, 129, 200, 256, 300};

/// The operators whose kernels have loops of their own, over the edges `edges`.
struct WidthCase {
  std::string name;
  at::Tensor lhs;
  at::Tensor rhs;  ///< undefined for a copy
  std::function<at::Tensor(const at::Tensor&, const at::Tensor&)> run;
};

std::vector<WidthCase> width_cases(const AdjacencyPtr& edges, std::int64_t width) {
  const at::Tensor u = random_values(1, {edges->num_src(), width}, at::kBFloat16);
  const at::Tensor v = random_values(2, {edges->num_dst(), width}, at::kBFloat16);
  const at::Tensor scalars = random_values(3, {edges->num_edges(), 1}, at::kBFloat16);
  const at::Tensor rows = random_values(4, {edges->num_edges(), width}, at::kBFloat16);
  const auto copy = [edges](Reduce reduce) {
    return [edges, reduce](const at::Tensor& lhs, const at::Tensor&) {
      return gspmm(edges, BinaryOp::kCopyLhs, reduce, {Target::kSrc, lhs});
    };
  };
  const auto product = [edges](const at::Tensor& lhs, const at::Tensor& rhs) {
    return gspmm(edges, BinaryOp::kMul, Reduce::kSum, {Target::kSrc, lhs}, {Target::kEdge, rhs});
  };
  const auto dot = [edges](const at::Tensor& lhs, const at::Tensor& rhs) {
    return gsddmm(edges, BinaryOp::kDot, {Target::kSrc, lhs}, {Target::kDst, rhs});
  };
  const auto sum = [edges](const at::Tensor& lhs, const at::Tensor& rhs) {
    return gsddmm(edges, BinaryOp::kAdd, {Target::kSrc, lhs}, {Target::kDst, rhs});
  };
  return {{"copy_u sum", u, {}, copy(Reduce::kSum)},
          {"copy_u mean", u, {}, copy(Reduce::kMean)},
          {"u_mul_e of scalars", u, scalars, product},
          {"u_mul_e of rows", u, rows, product},
          {"u_dot_v", u, v, dot},
          {"u_add_v", u, v, sum}};
}

/// The result and the gradients of the operands, computed in `dtype`.
std::vector<at::Tensor> results_of(const WidthCase& width_case, at::ScalarType dtype) {
  std::vector<at::Tensor> variables = {width_case.lhs.to(dtype).clone().requires_grad_()};
  if (width_case.rhs.defined()) {
    variables.push_back(width_case.rhs.to(dtype).clone().requires_grad_());
  }
  std::vector<at::Tensor> results = {
      width_case.run(variables[0], variables.size() > 1 ? variables[1] : at::Tensor())};
  const at::Tensor weights = random_values(5, results[0].sizes().vec(), at::kBFloat16).to(dtype);
  for (const at::Tensor& gradient : torch::autograd::grad({results[0]}, variables, {weights})) {
    results.push_back(gradient);
  }
  return results;
}

/// With nodes that have no edges, and one row longer than what kernels take at a time.
AdjacencyPtr edges_with_empty_rows(at::ScalarType idtype) {
  const AdjacencyPtr some = random_edges(1, {23, 17, 30}, idtype);
  const at::Tensor star = at::ones({700}, some->coo().src.options());
  return Adjacency::from_coo(23, 17, at::cat({some->coo().src, star}),
                             at::cat({some->coo().dst, star}));
}

class RowWidth : public ::testing::TestWithParam<const char*> {};

TEST_P(RowWidth, Float32MatchesFloat64) {
  const ScopedEnvironment environment("GRAPEVINE_ISA", GetParam());
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const AdjacencyPtr edges = edges_with_empty_rows(idtype);
    for (const std::int64_t width : kWidths) {
      for (const WidthCase& width_case : width_cases(edges, width)) {
        const std::vector<at::Tensor> narrow = results_of(width_case, at::kFloat);
        const std::vector<at::Tensor> wide = results_of(width_case, at::kDouble);
        for (std::size_t i = 0; i < wide.size(); ++i) {
          EXPECT_TRUE(narrow[i].to(at::kDouble).allclose(wide[i], 1e-5, 1e-3))
              << width_case.name << ", width " << width << ", result or gradient " << i;
        }
      }
    }
  }
}

TEST_P(RowWidth, BFloat16IsFloat32RoundedOnce) {
  const ScopedEnvironment environment("GRAPEVINE_ISA", GetParam());
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const AdjacencyPtr edges = edges_with_empty_rows(idtype);
    for (const std::int64_t width : kWidths) {
      for (const WidthCase& width_case : width_cases(edges, width)) {
        const std::vector<at::Tensor> half = results_of(width_case, at::kBFloat16);
        const std::vector<at::Tensor> wide = results_of(width_case, at::kFloat);
        for (std::size_t i = 0; i < wide.size(); ++i) {
          EXPECT_TRUE(at::equal(half[i], wide[i].to(at::kBFloat16)))
              << width_case.name << ", width " << width << ", result or gradient " << i;
        }
      }
    }
  }
}

TEST_P(RowWidth, BFloat16KeepsWhatIsNoNumber) {
  const ScopedEnvironment environment("GRAPEVINE_ISA", GetParam());
  const AdjacencyPtr edges = make_edges(4, 3, {0, 1, 2, 3}, {0, 1, 2, 2});
  for (const std::int64_t width : {1, 5, 33}) {
    const at::Tensor u = at::ones({4, width}, at::kBFloat16);
    u[0].fill_(std::numeric_limits<float>::quiet_NaN());
    u[1].fill_(-std::numeric_limits<float>::infinity());
    u[2].fill_(std::numeric_limits<c10::BFloat16>::max());
    u[3].fill_(std::numeric_limits<c10::BFloat16>::max());
    const at::Tensor out = gspmm(edges, BinaryOp::kCopyLhs, Reduce::kSum, {Target::kSrc, u});
    EXPECT_TRUE(out[0].isnan().all().item<bool>());
    EXPECT_TRUE(out[1].eq(-std::numeric_limits<float>::infinity()).all().item<bool>());
    EXPECT_TRUE(out[2].eq(std::numeric_limits<float>::infinity()).all().item<bool>());
  }
}

TEST_P(RowWidth, ResultsDoNotDependOnTheNumberOfThreads) {
  const ScopedEnvironment environment("GRAPEVINE_ISA", GetParam());
  const AdjacencyPtr edges = random_edges(6, {300, 200, 40003});
  const int threads = at::get_num_threads();
  for (const std::int64_t width : {1, 4, 5, 40}) {
    for (const WidthCase& width_case : width_cases(edges, width)) {
      at::set_num_threads(1);
      const std::vector<at::Tensor> serial = results_of(width_case, at::kFloat);
      for (const int count : {2, 3}) {
        at::set_num_threads(count);
        const std::vector<at::Tensor> parallel = results_of(width_case, at::kFloat);
        for (std::size_t i = 0; i < serial.size(); ++i) {
          EXPECT_TRUE(at::equal(parallel[i], serial[i]))
              << width_case.name << ", width " << width << ", result or gradient " << i;
        }
      }
    }
  }
  at::set_num_threads(threads);
}

// A machine without one of them runs the largest that it has.
INSTANTIATE_TEST_SUITE_P(EveryInstructionSet, RowWidth,
                         ::testing::Values("default", "avx2", "avx512"),
                         [](const auto& isa) { return std::string(isa.param); });

TEST(WideRows, ThatManyEdgesReadGiveTheSumsOfTheirColumns) {
  // Large enough to be read piece by piece.
  constexpr std::int64_t kNodes = 800;
  constexpr std::int64_t kWidth = 4500;
  const AdjacencyPtr edges = random_edges(2, {kNodes, kNodes, 40 * kNodes});
  for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
    const at::Tensor u = random_values(1, {kNodes, 2 * kWidth}, dtype);
    const at::Tensor e = random_values(2, {40 * kNodes, 1}, dtype);
    const auto product = [&](const at::Tensor& rows) {
      return gspmm(edges, BinaryOp::kMul, Reduce::kMean, {Target::kSrc, rows}, {Target::kEdge, e});
    };
    const at::Tensor whole = product(u);
    for (const std::int64_t first : {std::int64_t{0}, kWidth, 2 * kWidth - 40}) {
      EXPECT_TRUE(at::equal(whole.narrow(1, first, 40), product(u.narrow(1, first, 40))));
    }
  }
}

/// Remembers the most memory that torch's CPU allocator gave out at once.
class LargestBlock : public c10::MemoryReportingInfoBase {
 public:
  void reportMemoryUsage(void*, std::int64_t size, std::size_t, std::size_t, c10::Device) override {
    largest_ = std::max(largest_.load(), size);
  }
  bool memoryProfilingEnabled() const override { return true; }
  [[nodiscard]] std::int64_t bytes() const { return largest_; }

 private:
  std::atomic<std::int64_t> largest_ = 0;
};

TEST(WideRows, OfBFloat16AreNotCopiedToFloat32) {
  constexpr std::int64_t kNodes = 2000;
  constexpr std::int64_t kWidth = 96;
  const AdjacencyPtr edges = random_edges(3, {kNodes, kNodes, 3 * kNodes});
  for (const Reduce reduce : {Reduce::kSum, Reduce::kMean}) {
    const at::Tensor u = random_values(1, {kNodes, kWidth}, at::kBFloat16).requires_grad_();
    const at::Tensor e = random_values(2, {3 * kNodes, 1}, at::kBFloat16).requires_grad_();
    const at::Tensor weights = random_values(3, {kNodes, kWidth}, at::kBFloat16);
    const auto run = [&] {
      const at::Tensor copies = gspmm(edges, BinaryOp::kCopyLhs, reduce, {Target::kSrc, u});
      torch::autograd::grad({copies}, {u}, {weights});
      const at::Tensor products =
          gspmm(edges, BinaryOp::kMul, Reduce::kSum, {Target::kSrc, u}, {Target::kEdge, e});
      torch::autograd::grad({products}, {u, e}, {weights});
    };
    run();  // makes the formats of the graph
    const auto observer = std::make_shared<LargestBlock>();
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, observer);
    run();
    EXPECT_GT(observer->bytes(), 0);
    EXPECT_LE(observer->bytes(), kNodes * kWidth * 2) << name(reduce);
  }
}

}  // namespace
}  // namespace grapevine::ops
