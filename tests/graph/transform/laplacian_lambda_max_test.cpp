#include "grapevine/graph/transform/laplacian_lambda_max.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_eigvalsh.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "grapevine/graph/transform/batch.h"
#include "tests/support/expect_error.h"
#include "tests/support/graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

/// The graph with every edge both ways.
Graph both_ways(std::int64_t num_nodes, const at::Tensor& src, const at::Tensor& dst) {
  return graph(at::cat({src, dst}), at::cat({dst, src}), {.num_nodes = num_nodes});
}

Graph ring(std::int64_t num_nodes) {
  const at::Tensor ids = at::arange(num_nodes);
  return both_ways(num_nodes, ids, (ids + 1).remainder(num_nodes));
}

double largest(const Graph& graph) { return laplacian_lambda_max(graph).item<double>(); }

double largest_of_dense(const Graph& graph) {
  const auto [src, dst] = graph.edges().uv();
  const std::int64_t n = graph.num_nodes();
  const at::Tensor adjacency = at::zeros({n, n}, at::kDouble)
                                   .index_put_({dst, src}, at::ones({src.size(0)}, at::kDouble),
                                               /*accumulate=*/true);
  const at::Tensor norm = graph.in_degrees().to(at::kDouble).clamp_min(1).rsqrt();
  return at::linalg_eigvalsh(at::eye(n, at::kDouble) - norm.unsqueeze(1) * adjacency * norm)
      .max()
      .item<double>();
}

TEST(LaplacianLambdaMax, GivesKnownSpectra) {
  EXPECT_NEAR(largest(ring(5)), 1.809016994374948, 1e-9);  // the example of DGL's documentation
  EXPECT_NEAR(largest(ring(6)), 2, 1e-9);                  // bipartite
  EXPECT_NEAR(largest(ring(301)), 1 + std::cos(M_PI / 301), 1e-7);
  EXPECT_NEAR(largest(graph({0}, {0})), 0, 1e-12);
  const at::Tensor ids = at::empty({0}, at::kLong);
  EXPECT_NEAR(largest(graph(ids, ids, {.num_nodes = 3})), 1, 1e-12);
  EXPECT_EQ(largest(graph(ids, ids)), 0);
}

TEST(LaplacianLambdaMax, AgreesWithTheDenseSpectrumOfRandomGraphs) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto nodes = static_cast<std::int64_t>(1 + seed * 4);
    const AdjacencyPtr edges =
        random_edges(seed, {.num_src = nodes, .num_dst = nodes, .num_edges = nodes * 2});
    const Graph graph = both_ways(nodes, edges->coo().src, edges->coo().dst);
    EXPECT_NEAR(largest(graph), largest_of_dense(graph), 1e-7) << "seed " << seed;
    EXPECT_EQ(largest(graph.to_int32()), largest(graph));
  }
}

TEST(LaplacianLambdaMax, GivesOneValueForEachGraphOfABatch) {
  const at::Tensor ids = at::empty({0}, at::kLong);
  const std::vector<Graph> graphs = {ring(5), graph(ids, ids), graph({0}, {0}), ring(4), ring(33)};
  const at::Tensor together = laplacian_lambda_max(batch(graphs));
  ASSERT_EQ(together.sizes(), (std::vector<std::int64_t>{5}));
  for (std::size_t i = 0; i < graphs.size(); ++i) {
    EXPECT_NEAR(together[static_cast<std::int64_t>(i)].item<double>(), largest(graphs[i]), 1e-7);
  }
}

TEST(LaplacianLambdaMax, RefusesWhatHasNoSymmetricLaplacian) {
  EXPECT_ERROR(laplacian_lambda_max(graph({0, 1}, {1, 2})), "laplacian_lambda_max", "bi-directed");
  EXPECT_ERROR(laplacian_lambda_max(graph({0, 0, 1}, {1, 1, 0})), "bi-directed");
  EXPECT_ERROR(laplacian_lambda_max(create_block(at::arange(1), at::arange(1), 1, 1)),
               "laplacian_lambda_max", "block");
}

}  // namespace
}  // namespace grapevine
