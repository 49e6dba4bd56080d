#include "grapevine/ops/edge_softmax.h"

#include <ATen/Parallel.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

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
