#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "grapevine/graph/transform/add_reverse_edges.h"
#include "grapevine/graph/transform/in_subgraph.h"
#include "grapevine/graph/transform/reverse.h"
#include "grapevine/graph/transform/self_loop.h"
#include "tests/support/expect_error.h"
#include "tests/support/ids.h"

namespace grapevine {
namespace {

using testing_support::ids;
using testing_support::list;

using Ids = std::vector<std::int64_t>;

/// 0 -> 1, 1 -> 1, 1 -> 2, 0 -> 1, with a feature on nodes and edges; node 3 alone.
Graph looped() {
  const Graph g = graph({0, 1, 1, 0}, {1, 1, 2, 1}, {.num_nodes = 4});
  g.ndata()["h"] = at::arange(4);
  g.edata()["w"] = at::arange(4).to(at::kFloat);
  return g;
}

Graph bipartite() { return heterograph({{{"a", "r", "b"}, {ids({0, 1}), ids({0, 0})}}}); }

TEST(AddReverseEdges, KeepsOriginalsFirstAndLeavesSelfLoopsSingle) {
  const Graph both = add_reverse_edges(looped());
  EXPECT_EQ(list(both.edges().uv().src), (Ids{0, 1, 1, 0, 1, 2, 1}));
  EXPECT_EQ(list(both.edges().uv().dst), (Ids{1, 1, 2, 1, 0, 1, 0}));
  EXPECT_TRUE(both.ndata().contains("h"));
  EXPECT_TRUE(both.edata().empty());
}

TEST(AddReverseEdges, CopiesEdgeFeaturesWithTheOriginalsIds) {
  const Graph both = add_reverse_edges(looped(), {.copy_ndata = false, .copy_edata = true});
  EXPECT_EQ(list(both.edata()[EID]), (Ids{0, 1, 2, 3, 0, 2, 3}));
  EXPECT_EQ(list(both.edata()["w"]), (Ids{0, 1, 2, 3, 0, 2, 3}));
  EXPECT_TRUE(both.ndata().empty());
}

TEST(AddReverseEdges, MayReverseSelfLoopsToo) {
  EXPECT_EQ(add_reverse_edges(looped(), {.exclude_self = false}).num_edges(), 8);
}

TEST(AddReverseEdges, KeepsInt32) {
  const Graph both = add_reverse_edges(looped().to_int32(), {.copy_edata = true});
  EXPECT_EQ(both.idtype(), at::kInt);
  EXPECT_EQ(both.edges().uv().src.scalar_type(), at::kInt);
  EXPECT_EQ(both.edata()[EID]->scalar_type(), at::kInt);
}

TEST(AddReverseEdges, RefusesBipartiteRelationsUnlessToldToIgnoreThem) {
  EXPECT_ERROR(add_reverse_edges(bipartite()), "add_reverse_edges", "('a', 'r', 'b')",
               "ignore_bipartite");
  EXPECT_EQ(add_reverse_edges(bipartite(), {.ignore_bipartite = true}).num_edges(), 2);
  EXPECT_ERROR(add_reverse_edges(create_block(ids({0}), ids({0}), 1, 1)), "block");
}

TEST(AddReverseEdges, MakesRandomGraphsSymmetric) {
  for (int trial = 0; trial < 20; ++trial) {
    const std::int64_t num_nodes = 1 + trial;
    const std::int64_t num_edges = trial * 3;
    const Graph both = add_reverse_edges(
        graph(at::randint(num_nodes, {num_edges}, at::kLong),
              at::randint(num_nodes, {num_edges}, at::kLong), {.num_nodes = num_nodes}),
        {.exclude_self = false});
    EXPECT_TRUE(at::equal(both.in_degrees(), both.out_degrees()));
    EXPECT_EQ(both.num_edges(), 2 * num_edges);
  }
}

TEST(AddSelfLoop, AppendsOneLoopForEachNode) {
  const Graph g = add_self_loop(looped());
  EXPECT_EQ(list(g.edges().uv().src), (Ids{0, 1, 1, 0, 0, 1, 2, 3}));
  EXPECT_EQ(list(g.edges().uv().dst), (Ids{1, 1, 2, 1, 0, 1, 2, 3}));
  EXPECT_EQ(list(g.edata()["w"]), (Ids{0, 1, 2, 3, 1, 1, 1, 1}));
  EXPECT_TRUE(g.ndata().contains("h"));
}

TEST(AddSelfLoop, FillsFeaturesByAValueOrFromInEdges) {
  EXPECT_EQ(list(add_self_loop(looped(), {.fill_data = 7.0}).edata()["w"]),
            (Ids{0, 1, 2, 3, 7, 7, 7, 7}));
  // In-edges of node 1 carry 0, 1 and 3; of node 2, 2.
  EXPECT_EQ(list(add_self_loop(looped(), {.fill_data = EdgeFill::kSum}).edata()["w"]),
            (Ids{0, 1, 2, 3, 0, 4, 2, 0}));
  EXPECT_EQ(list(add_self_loop(looped(), {.fill_data = EdgeFill::kMax}).edata()["w"]),
            (Ids{0, 1, 2, 3, 0, 3, 2, 0}));
  const Graph wide = looped();
  wide.edata()["w"] = at::arange(8).to(at::kFloat).view({4, 2});
  const at::Tensor mean = add_self_loop(wide, {.fill_data = EdgeFill::kMean}).edata()["w"];
  EXPECT_FLOAT_EQ(mean[5][0].item<float>(), 8.0F / 3.0F);
  EXPECT_FLOAT_EQ(mean[5][1].item<float>(), 11.0F / 3.0F);
}

TEST(AddSelfLoop, RefusesRelationsBetweenTypes) {
  EXPECT_ERROR(add_self_loop(bipartite()), "add_self_loop", "('a', 'r', 'b')");
  EXPECT_ERROR(remove_self_loop(bipartite()), "remove_self_loop", "('a', 'r', 'b')");
}

TEST(RemoveSelfLoop, DropsLoopsAndCarriesFeatures) {
  const Graph g = remove_self_loop(looped());
  EXPECT_EQ(list(g.edges().uv().src), (Ids{0, 1, 0}));
  EXPECT_EQ(list(g.edata()["w"]), (Ids{0, 2, 3}));
  EXPECT_TRUE(g.ndata().contains("h"));
  EXPECT_EQ(remove_self_loop(add_self_loop(g)).num_edges(), 3);
}

TEST(Reverse, TurnsEdgesAndRelationsRound) {
  const Graph turned = reverse(looped(), {.copy_edata = true});
  EXPECT_EQ(list(turned.edges().uv().src), (Ids{1, 1, 2, 1}));
  EXPECT_EQ(list(turned.edges().uv().dst), (Ids{0, 1, 1, 0}));
  EXPECT_EQ(list(turned.edata()["w"]), (Ids{0, 1, 2, 3}));
  EXPECT_TRUE(turned.ndata().contains("h"));
  EXPECT_EQ(to_string(reverse(bipartite()).canonical_etypes().front()), "('b', 'r', 'a')");
  EXPECT_TRUE(reverse(looped()).edata().empty());
  EXPECT_ERROR(reverse(create_block(ids({0}), ids({0}), 1, 1)), "reverse", "block");
}

TEST(InSubgraph, KeepsTheInEdgesOfTheNodes) {
  const Graph sub = in_subgraph(looped(), ids({2, 1}));
  EXPECT_EQ(sub.num_nodes(), 4);
  EXPECT_EQ(list(sub.edges().uv().src), (Ids{1, 0, 1, 0}));
  EXPECT_EQ(list(sub.edata()[EID]), (Ids{2, 0, 1, 3}));
  EXPECT_EQ(list(sub.edata()["w"]), (Ids{2, 0, 1, 3}));
  EXPECT_EQ(list(sub.ndata()["h"]), (Ids{0, 1, 2, 3}));
}

TEST(InSubgraph, TakesNodesByType) {
  const Graph g = bipartite();
  EXPECT_EQ(in_subgraph(g, {{"b", ids({0})}}).num_edges(), 2);
  EXPECT_EQ(in_subgraph(g, {{"a", ids({0})}}).num_edges(), 0);
  EXPECT_ERROR(in_subgraph(g, {{"c", ids({0})}}), "\"c\" does not exist");
  EXPECT_ERROR(in_subgraph(g, ids({0})), "must be named");
  EXPECT_ERROR(in_subgraph(g, {{"b", ids({1})}}), "in_subgraph: nodes", "1", "out of range");
}

}  // namespace
}  // namespace grapevine
