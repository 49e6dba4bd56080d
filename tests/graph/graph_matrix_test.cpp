#include <ATen/ops/equal.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "grapevine/graph/graph.h"
#include "tests/support/expect_error.h"
#include "tests/support/ids.h"

namespace grapevine {
namespace {

using testing_support::ids;

/// 0 -> 1 twice, 1 -> 1, 2 -> 0; node 3 alone.
Graph small_multigraph() { return graph({0, 1, 0, 2}, {1, 1, 1, 0}, {.num_nodes = 4}); }

TEST(AdjacencyMatrix, CountsTheEdgesOfEveryPair) {
  const at::Tensor matrix = small_multigraph().adjacency_matrix();
  EXPECT_TRUE(matrix.is_sparse());
  EXPECT_EQ(matrix._values().size(0), 4);
  EXPECT_TRUE(at::equal(
      matrix.to_dense(),
      at::tensor({0., 2., 0., 0., 0., 1., 0., 0., 1., 0., 0., 0., 0., 0., 0., 0.}, at::kFloat)
          .view({4, 4})));
}

TEST(AdjacencyMatrix, TakesItsEntriesFromAnEdgeFeatureAndPassesGradients) {
  const Graph g = small_multigraph().to_int32();
  const at::Tensor weight = at::tensor({1., 2., 3., 4.}, at::kDouble).view({4, 1}).requires_grad_();
  g.edata()["w"] = weight;
  const at::Tensor matrix = g.adjacency_matrix({}, "w");
  EXPECT_EQ(matrix.to_dense()[0][1].item<double>(), 4.0);
  matrix.to_dense()[0].sum().backward();
  EXPECT_TRUE(at::equal(weight.grad().view({4}), at::tensor({1., 0., 1., 0.}, at::kDouble)));
}

TEST(AdjacencyMatrix, OfATypedRelationHasOneRowForEachSource) {
  const Graph g = heterograph({{{"user", "buys", "item"}, {ids({0, 1}), ids({2, 0})}},
                               {{"user", "knows", "user"}, {ids({}), ids({})}}},
                              {{"user", 3}});
  EXPECT_EQ(g.adjacency_matrix("buys").sizes(), (std::vector<std::int64_t>{3, 3}));
  EXPECT_EQ(g.adjacency_matrix("knows")._values().numel(), 0);
  EXPECT_EQ(g.incidence_matrix("in", "buys").sizes(), (std::vector<std::int64_t>{3, 2}));
}

TEST(AdjacencyMatrix, SaysWhatIsWrong) {
  const Graph g = small_multigraph();
  g.edata()["wide"] = at::ones({4, 2});
  EXPECT_ERROR((void)g.adjacency_matrix({}, "wide"), "edge_weight", "'wide'", "[4, 2]");
  EXPECT_ERROR((void)g.adjacency_matrix({}, "none"), "none");
}

TEST(IncidenceMatrix, MarksWhereEdgesEnterAndLeave) {
  const Graph g = small_multigraph();
  const at::Tensor in = g.incidence_matrix("in").to_dense();
  const at::Tensor out = g.incidence_matrix("out").to_dense();
  EXPECT_TRUE(at::equal(in.sum(1), g.in_degrees().to(at::kFloat)));
  EXPECT_TRUE(at::equal(out.sum(1), g.out_degrees().to(at::kFloat)));
  EXPECT_TRUE(at::equal(g.incidence_matrix("both").to_dense(), in.sub(out)));
  EXPECT_TRUE(at::equal(at::matmul(out, in.t()), g.adjacency_matrix().to_dense()));
}

TEST(IncidenceMatrix, SaysWhatIsWrong) {
  EXPECT_ERROR((void)small_multigraph().incidence_matrix("all"), "'in', 'out' or 'both'", "'all'");
  const Graph g = heterograph({{{"user", "buys", "item"}, {ids({0}), ids({0})}}});
  EXPECT_ERROR((void)g.incidence_matrix("both"), "one node type", "buys");
}

}  // namespace
}  // namespace grapevine
