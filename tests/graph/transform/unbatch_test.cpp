#include "grapevine/graph/transform/unbatch.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "grapevine/graph/transform/batch.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

/// DGL's example: 4, 3 and 2 nodes, 3, 4 and 1 edges; features equal the ids in the batch.
Graph example(at::ScalarType idtype = at::kLong) {
  const Graph g = batch({graph(ids({0, 1, 2}, idtype), ids({1, 2, 3}, idtype)),
                         graph(ids({0, 0, 0, 1}, idtype), ids({0, 1, 2, 0}, idtype)),
                         graph(ids({0}, idtype), ids({1}, idtype))});
  g.ndata()["h"] = at::arange(9);
  g.edata()["w"] = at::arange(8);
  return g;
}

TEST(Unbatch, GivesTheGraphsBack) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    const std::vector<Graph> parts = unbatch(example(idtype));
    ASSERT_EQ(parts.size(), 3);
    EXPECT_EQ(parts[1].num_nodes(), 3);
    EXPECT_EQ(parts[1].idtype(), idtype);
    EXPECT_EQ(parts[1].batch_size(), 1);
    EXPECT_EQ(list(parts[1].edges().uv().src), (Ids{0, 0, 0, 1}));
    EXPECT_EQ(list(parts[1].edges().uv().dst), (Ids{0, 1, 2, 0}));
    EXPECT_EQ(parts[1].edges().uv().src.scalar_type(), idtype);
    EXPECT_EQ(list(parts[1].ndata()["h"]), (Ids{4, 5, 6}));
    EXPECT_EQ(list(parts[2].edata()["w"]), (Ids{7}));
  }
}

TEST(Unbatch, TakesOtherParts) {
  const std::vector<Graph> parts = unbatch(example(), ids({4, 5}), ids({3, 5}));
  ASSERT_EQ(parts.size(), 2);
  EXPECT_EQ(parts[1].num_nodes(), 5);
  EXPECT_EQ(list(parts[1].edges().uv().src), (Ids{0, 0, 0, 1, 3}));
  EXPECT_EQ(list(parts[1].ndata()["h"]), (Ids{4, 5, 6, 7, 8}));
  EXPECT_EQ(unbatch(example(), ids({4, 3, 2}, at::kInt)).size(), 3);
  EXPECT_EQ(unbatch(example(), {}, ids({3, 4, 1}, at::kInt)).size(), 3);
}

TEST(Unbatch, SingleGraphIsItsOnlyPart) {
  const Graph g = random_graph(1, 5, 8);
  const std::vector<Graph> parts = unbatch(g);
  ASSERT_EQ(parts.size(), 1);
  EXPECT_TRUE(at::equal(parts[0].edges().uv().dst, g.edges().uv().dst));
  EXPECT_TRUE(at::equal(parts[0].edata()["w"], g.edata()["w"]));
}

TEST(Unbatch, SplitsEveryType) {
  const Graph both = batch({social(at::kInt), social(at::kInt)});
  for (const std::vector<Graph>& parts :
       {unbatch(both),
        unbatch(
            both, {{"user", ids({4, 4})}, {"item", ids({3, 3})}},
            {{{"user", "follows", "user"}, ids({4, 4})}, {{"user", "likes", "item"}, ids({4, 4})}}),
        unbatch(both, {},
                {{{"user", "follows", "user"}, ids({4, 4})},
                 {{"user", "likes", "item"}, ids({4, 4})}})}) {
    ASSERT_EQ(parts.size(), 2);
    for (const Graph& part : parts) {
      EXPECT_EQ(list(part.edges("follows").uv().dst), (Ids{1, 2, 0, 3}));
      EXPECT_EQ(list(part.edges("likes").uv().dst), (Ids{0, 0, 2, 2}));
      EXPECT_EQ(list(part.nodes("item").data["h"]), (Ids{0, 1, 2}));
      EXPECT_EQ(list(part.edges("likes").data["w"]), (Ids{0, 1, 2, 3}));
    }
  }
}

TEST(Unbatch, PassesGradientsToTheBatch) {
  const Graph g = example();
  const at::Tensor h = at::ones({9, 2}).requires_grad_();
  g.ndata()["h"] = h;
  unbatch(g)[1].ndata()["h"]->sum().backward();
  EXPECT_EQ(list(h.grad().sum(1)), (Ids{0, 0, 0, 0, 2, 2, 2, 0, 0}));
}

TEST(Unbatch, GraphsWithoutRowsAreParts) {
  const Graph empty = graph({}, {}, {.num_nodes = 0});
  const std::vector<Graph> parts = unbatch(batch({empty, graph({0}, {0}), empty}));
  ASSERT_EQ(parts.size(), 3);
  EXPECT_EQ(parts[0].num_nodes(), 0);
  EXPECT_EQ(parts[1].num_edges(), 1);
  EXPECT_EQ(parts[2].num_edges(), 0);
}

TEST(Unbatch, RefusesEdgesThatLeaveTheirPart) {
  EXPECT_ERROR(unbatch(example(), ids({3, 6}), ids({3, 5})), "unbatch", "edge 2",
               "('_N', '_E', '_N')");
  EXPECT_ERROR(unbatch(example(), ids({4, 5}), ids({2, 6})), "unbatch", "edge 2");
}

TEST(Unbatch, RefusesBadSplits) {
  const Graph g = example();
  EXPECT_ERROR(unbatch(g, ids({4, 4})), "unbatch: node_split", "9 nodes", "sum of 8");
  EXPECT_ERROR(unbatch(g, ids({10, -1})), "unbatch: node_split", "9 nodes");
  EXPECT_ERROR(unbatch(g, ids({-1, 10})), "unbatch: node_split", "-1");
  EXPECT_ERROR(unbatch(g, {}, ids({4, 5})), "unbatch: edge_split", "8 edges", "more");
  EXPECT_ERROR(unbatch(g, ids({4, 5})), "unbatch", "2 and 3");
  EXPECT_ERROR(unbatch(g, at::tensor({4.0, 5.0})), "unbatch: node_split", "Double");
  EXPECT_ERROR(unbatch(social(), ids({4})), "unbatch: node_split", "2 types");
  EXPECT_ERROR(unbatch(social(), at::Tensor(), ids({4})), "unbatch: edge_split", "2 types");
  EXPECT_ERROR(unbatch(social(), {{"user", ids({4})}}, {}), "unbatch: node_split", "\"item\"");
  EXPECT_ERROR(unbatch(social(), {{"shop", ids({4})}}, {}), "shop");
  EXPECT_ERROR(unbatch(social(), {}, {{{"user", "likes", "item"}, ids({4})}}),
               "unbatch: edge_split", "follows");
  EXPECT_ERROR(unbatch(tiny_block()), "unbatch", "block");
}

}  // namespace
}  // namespace grapevine
