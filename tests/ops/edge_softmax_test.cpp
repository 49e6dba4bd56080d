#include "grapevine/ops/edge_softmax.h"

#include <ATen/Parallel.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

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

TEST(EdgeSoftmax, MatchesTheReference) {
  const SerialRegion serial;  // the reference makes thousands of tiny parallel loops
  with_kernels_and_fallback([&] {
    for (const auto& [idtype, dtype] :
         {std::pair(at::kLong, at::kDouble), std::pair(at::kInt, at::kFloat)}) {
      for (const NamedEdges& graph : edge_cases(idtype)) {
        for (const Target norm_by : {Target::kDst, Target::kSrc}) {
          for (std::vector<std::int64_t> shape :
               {std::vector<std::int64_t>{}, {1}, {8}, {3, 7}, {0}}) {
            shape.insert(shape.begin(), graph.edges->num_edges());
            const at::Tensor logits = random_values(1, shape, dtype);
            EXPECT_TRUE(all_close(edge_softmax(graph.edges, logits, norm_by),
                                  reference_edge_softmax(graph.edges, logits, norm_by)))
                << graph.name << ", " << name(norm_by) << ", " << logits.sizes();
          }
        }
      }
    }
  });
}

TEST(EdgeSoftmax, GradientsMatchDifferences) {
  with_kernels_and_fallback([&] {
    const AdjacencyPtr edges = random_edges(3, {4, 3, 8});
    for (const Target norm_by : {Target::kDst, Target::kSrc}) {
      const TensorFunction function = [&](const std::vector<at::Tensor>& arguments) {
        return edge_softmax(edges, arguments[0], norm_by);
      };
      EXPECT_TRUE(gradcheck(function, {random_values(1, {8, 2}, at::kDouble)}));
      EXPECT_TRUE(gradcheck(function, {random_values(1, {8}, at::kDouble)}));
      EXPECT_TRUE(gradgradcheck(function, {random_values(1, {8, 2}, at::kDouble)}));
    }
  });
}

TEST(EdgeSoftmax, LargeLogitsDoNotOverflow) {
  with_kernels_and_fallback([&] {
    const AdjacencyPtr edges = make_edges(2, 1, {0, 1}, {0, 0});
    const at::Tensor out = edge_softmax(edges, at::ones({2}, at::kFloat).mul(1e30));
    EXPECT_EQ(out[0].item<float>(), 0.5F);
    EXPECT_EQ(out[1].item<float>(), 0.5F);
  });
}

/// The instruction sets that there are for kernels; those above the processor's run as its own.
template <typename Body>
void with_every_instruction_set(const Body& body) {
  for (const char* isa : {"default", "avx2", "avx512"}) {
    SCOPED_TRACE(isa);
    const ScopedEnvironment environment("GRAPEVINE_ISA", isa);
    body();
  }
}

/// Rows of two edges, with the logits 0 and x in each of `width` features, against
/// e^x / (1 + e^x).
template <typename T>
void expect_exact_exponentials(double lowest, std::int64_t width) {
  constexpr std::int64_t kRows = 4000;
  const at::ScalarType dtype = c10::CppTypeToScalarType<T>::value;
  std::vector<std::int64_t> rows;
  for (std::int64_t row = 0; row < kRows; ++row) {
    rows.insert(rows.end(), {row, row});
  }
  const AdjacencyPtr edges = make_edges(kRows, kRows, rows, rows);
  const at::Tensor logits = at::zeros({kRows, 2, width}, dtype);
  T* values = logits.mutable_data_ptr<T>();
  for (std::int64_t i = 0; i < kRows; ++i) {
    for (std::int64_t f = 0; f < width; ++f) {
      // Small numbers as densely as large ones.
      const double share = static_cast<double>(i * width + f) / static_cast<double>(kRows * width);
      values[(2 * i + 1) * width + f] = static_cast<T>(lowest * share * share);
    }
  }
  const at::Tensor out = edge_softmax(edges, logits.view({2 * kRows, width}));
  const T* results = out.const_data_ptr<T>();
  constexpr long double kRounding = 4 * std::numeric_limits<T>::epsilon();
  for (std::int64_t i = 0; i < kRows * 2 * width; ++i) {
    const bool is_one = (i / width) % 2 == 0;
    const std::int64_t other = is_one ? i + width : i;
    const long double exponential = std::exp(static_cast<long double>(values[other]));
    const long double expected = (is_one ? 1 : exponential) / (1 + exponential);
    const long double error = std::abs(static_cast<long double>(results[i]) - expected);
    ASSERT_LE(error, kRounding * expected + std::numeric_limits<T>::denorm_min())
        << "logit " << values[other];
  }
}

TEST(EdgeSoftmax, ExponentialsAreExactDownToTheLeastNumber) {
  with_every_instruction_set([] {
    expect_exact_exponentials<float>(-110, 1);
    expect_exact_exponentials<float>(-0.01, 4);
    expect_exact_exponentials<double>(-760, 3);
    expect_exact_exponentials<double>(-0.01, 1);
  });
}

TEST(EdgeSoftmax, RowsThatFillNoBufferMatchTheReference) {
  with_every_instruction_set([] {
    for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
      // Two rows that are longer than a buffer of the kernel, and shorter ones around them.
      std::vector<std::int64_t> dst;
      for (const auto& [row, count] : {std::pair(0, 3), {2, 9000}, {3, 1}, {4, 5000}, {5, 17}}) {
        dst.insert(dst.end(), static_cast<std::size_t>(count), row);
      }
      const AdjacencyPtr edges =
          make_edges(1, 6, std::vector<std::int64_t>(dst.size(), 0), dst, at::kInt);
      for (const std::int64_t width : {1, 2, 3, 5, 8, 11, 17}) {
        const at::Tensor logits = random_values(2, {edges->num_edges(), width}, dtype).mul(8);
        EXPECT_TRUE(all_close(edge_softmax(edges, logits),
                              reference_edge_softmax(edges, logits, Target::kDst)))
            << width;
      }
    }
  });
}

TEST(EdgeSoftmax, InfinitiesAndNaNStayInTheirRowAndFeature) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  const AdjacencyPtr edges = make_edges(4, 2, {0, 1, 2, 3}, {0, 0, 1, 1});
  with_every_instruction_set([&] {
    with_kernels_and_fallback([&] {
      for (const std::int64_t width : {1, 3, 4, 16, 20}) {
        for (std::int64_t feature = 0; feature < width; ++feature) {
          const auto of_first_row = [&](float first, float second) {
            const at::Tensor logits = at::zeros({4, width}, at::kFloat);
            logits[0][feature].fill_(first);
            logits[1][feature].fill_(second);
            const at::Tensor out = edge_softmax(edges, logits);
            at::Tensor others = out.clone();
            others.slice(0, 0, 2).select(1, feature).fill_(0.5);
            EXPECT_TRUE(others.eq(0.5).all().item<bool>());
            return std::pair(out[0][feature].item<float>(), out[1][feature].item<float>());
          };
          EXPECT_EQ(of_first_row(-kInfinity, 0), std::pair(0.0F, 1.0F));
          EXPECT_EQ(of_first_row(-1e30F, 3e30F), std::pair(0.0F, 1.0F));
          EXPECT_EQ(of_first_row(0, -104), std::pair(1.0F, 0.0F));
          for (const auto& [first, second] :
               {std::pair(kNaN, 1.0F), {1.0F, kNaN}, {-kInfinity, -kInfinity}}) {
            const auto [left, right] = of_first_row(first, second);
            EXPECT_TRUE(std::isnan(left) && std::isnan(right)) << first << " " << second;
          }
          EXPECT_TRUE(std::isnan(of_first_row(kInfinity, 0).first));
        }
      }
    });
  });
}

TEST(EdgeSoftmax, IsTheSameForEveryThreadCountAndInstructionSet) {
  const AdjacencyPtr edges = random_edges(4, {50, 40, 5000});
  const at::Tensor logits = random_values(1, {5000, 4}, at::kFloat);
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const at::Tensor serial = edge_softmax(edges, logits);
  at::set_num_threads(2);
  EXPECT_TRUE(at::equal(edge_softmax(edges, logits), serial));
  at::set_num_threads(threads);
  const ScopedEnvironment environment("GRAPEVINE_ISA", "default");
  EXPECT_TRUE(all_close(edge_softmax(edges, logits), serial));
}

TEST(EdgeSoftmax, BadInputIsNamed) {
  const AdjacencyPtr edges = make_edges(2, 2, {0, 1}, {1, 1});
  EXPECT_ERROR(edge_softmax(edges, at::ones({3}, at::kFloat)), "edge_softmax", "logits",
               "expected 2 rows", "got 3");
  EXPECT_ERROR(edge_softmax(edges, at::ones({2}, at::kLong)), "logits",
               "float32, float64, bfloat16 or float16", "Long");
  EXPECT_ERROR(edge_softmax(edges, at::ones({2}, at::kFloat), Target::kEdge), "norm_by", "got e");
  EXPECT_ERROR(edge_softmax(edges, {}), "logits");
}

}  // namespace
}  // namespace grapevine::ops
