#include "grapevine/graph/transform/reorder_graph.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

/// 0 -> 2, 1 -> 2, 2 -> 3, 3 -> 2, 4 -> 3.
Graph two_hubs(at::ScalarType idtype = at::kLong) {
  Graph g = graph(ids({0, 1, 2, 3, 4}, idtype), ids({2, 2, 3, 2, 3}, idtype));
  g.ndata()["h"] = at::arange(5);
  g.edata()["w"] = at::arange(5);
  return g;
}

TEST(ReorderGraph, PutsNeighborsNearEachOther) {
  const Graph near = reorder_graph(two_hubs(), {.node_permute = NodePermutation::kRcmk});
  EXPECT_EQ(list(near.ndata()[NID]), (Ids{4, 3, 1, 2, 0}));
  EXPECT_EQ(list(near.ndata()["h"]), (Ids{4, 3, 1, 2, 0}));
  EXPECT_EQ(list(near.edata()[EID]), (Ids{4, 3, 1, 2, 0}));
  EXPECT_EQ(list(near.edata()["w"]), (Ids{4, 3, 1, 2, 0}));
  EXPECT_EQ(list(near.edges().uv().src), (Ids{0, 1, 2, 3, 4}));
  EXPECT_EQ(list(near.edges().uv().dst), (Ids{1, 3, 3, 1, 3}));
}

TEST(ReorderGraph, NarrowsTheBandOfAShuffledPath) {
  const Ids order = {5, 0, 7, 2, 8, 4, 1, 9, 3, 6};
  const Graph path =
      graph(Ids(order.begin(), order.end() - 1), Ids(order.begin() + 1, order.end()));
  const Graph near = reorder_graph(path, {.node_permute = NodePermutation::kRcmk});
  const Ids src = list(near.edges().uv().src);
  const Ids dst = list(near.edges().uv().dst);
  for (std::size_t edge = 0; edge < src.size(); ++edge) {
    EXPECT_EQ(std::abs(src[edge] - dst[edge]), 1);
  }
}

TEST(ReorderGraph, PutsTheNodesOfAPartTogether) {
  // The even nodes are one triangle, the odd ones the other.
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    Graph g = graph(ids({0, 2, 4, 1, 3, 5, 0}, idtype), ids({2, 4, 0, 3, 5, 1, 1}, idtype));
    g.ndata()["h"] = at::arange(6);
    const Graph near = reorder_graph(g, {.node_permute = NodePermutation::kMetis, .k = 2});
    const Ids order = list(near.ndata()[NID]);
    EXPECT_EQ(near.ndata()[NID]->scalar_type(), idtype);
    EXPECT_EQ(order, list(near.ndata()["h"]));
    EXPECT_TRUE((order == Ids{0, 2, 4, 1, 3, 5} || order == Ids{1, 3, 5, 0, 2, 4}));
    const EdgePair ends = g.find_edges(near.edata()[EID]);
    EXPECT_TRUE(near.ndata()[NID]->index_select(0, near.edges().uv().src).equal(ends.src));
  }
}

TEST(ReorderGraph, SortsEdgesBySourceByDefault) {
  const Graph g = graph({2, 0, 1, 0}, {0, 1, 2, 0});
  const Graph by_src = reorder_graph(g);
  EXPECT_EQ(list(by_src.edata()[EID]), (Ids{1, 3, 2, 0}));
  EXPECT_EQ(list(by_src.edges().uv().dst), (Ids{1, 0, 2, 0}));
  EXPECT_FALSE(by_src.ndata().contains(NID));
  const Graph by_dst = reorder_graph(g, {.edge_permute = EdgePermutation::kDst});
  EXPECT_EQ(list(by_dst.edata()[EID]), (Ids{0, 3, 1, 2}));
}

TEST(ReorderGraph, TakesPermutationsOfTheCaller) {
  const Graph turned = reorder_graph(two_hubs(), {.node_permute = NodePermutation::kCustom,
                                                  .edge_permute = EdgePermutation::kCustom,
                                                  .nodes_perm = ids({3, 2, 0, 4, 1}),
                                                  .edges_perm = ids({4, 0, 1, 3, 2})});
  EXPECT_EQ(list(turned.ndata()["h"]), (Ids{3, 2, 0, 4, 1}));
  EXPECT_EQ(list(turned.edata()["w"]), (Ids{4, 0, 1, 3, 2}));
  EXPECT_EQ(list(turned.edges().uv().src), (Ids{3, 2, 4, 0, 1}));
  EXPECT_EQ(list(turned.edges().uv().dst), (Ids{0, 1, 1, 1, 0}));
}

TEST(ReorderGraph, MayLeaveEdgesAndIdsOut) {
  const Graph turned = reorder_graph(two_hubs(), {.node_permute = NodePermutation::kCustom,
                                                  .edge_permute = EdgePermutation::kNone,
                                                  .store_ids = false,
                                                  .nodes_perm = ids({4, 3, 2, 1, 0})});
  EXPECT_EQ(list(turned.edges().uv().src), (Ids{4, 3, 2, 1, 0}));
  EXPECT_EQ(list(turned.edata()["w"]), (Ids{0, 1, 2, 3, 4}));
  EXPECT_FALSE(turned.ndata().contains(NID));
  EXPECT_FALSE(turned.edata().contains(EID));
}

TEST(ReorderGraph, KeepsEveryEdgeOfRandomGraphs) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const Graph g = random_graph(seed, 20, static_cast<std::int64_t>(seed) * 4, idtype);
      const Graph near = reorder_graph(
          g, {.node_permute = NodePermutation::kRcmk, .edge_permute = EdgePermutation::kDst});
      const at::Tensor nodes = near.ndata()[NID];
      EXPECT_EQ(nodes.scalar_type(), idtype);
      const Ids order = list(nodes);
      EXPECT_EQ(std::set<std::int64_t>(order.begin(), order.end()).size(), 20);
      const Ids dst = list(near.edges().uv().dst);
      EXPECT_TRUE(std::is_sorted(dst.begin(), dst.end()));
      const EdgePair ends = g.find_edges(near.edata()[EID]);
      EXPECT_TRUE(nodes.index_select(0, near.edges().uv().src).equal(ends.src));
      EXPECT_TRUE(nodes.index_select(0, near.edges().uv().dst).equal(ends.dst));
    }
  }
}

TEST(ReorderGraph, RefusesWhatIsNoPermutation) {
  const auto by_nodes = [](const at::Tensor& perm) {
    return reorder_graph(two_hubs(),
                         {.node_permute = NodePermutation::kCustom, .nodes_perm = perm});
  };
  EXPECT_ERROR(by_nodes({}), "reorder_graph: nodes_perm", "undefined");
  EXPECT_ERROR(by_nodes(ids({0, 1, 2, 3})), "reorder_graph: nodes_perm", "5", "4");
  EXPECT_ERROR(by_nodes(ids({0, 1, 1, 3, 4})), "reorder_graph: nodes_perm", "node 2");
  EXPECT_ERROR(by_nodes(ids({0, 1, 5, 3, 4})), "reorder_graph: nodes_perm", "5", "out of range");
  EXPECT_ERROR(reorder_graph(two_hubs(), {.edge_permute = EdgePermutation::kCustom,
                                          .edges_perm = ids({0, 0, 1, 2, 3})}),
               "reorder_graph: edges_perm");
  EXPECT_ERROR(reorder_graph(two_hubs(), {.node_permute = NodePermutation::kMetis}),
               "reorder_graph: k", "0");
  EXPECT_ERROR(reorder_graph(two_hubs(), {.node_permute = NodePermutation::kMetis, .k = 6}),
               "k:", "5", "6");
  EXPECT_ERROR(reorder_graph(social()), "reorder_graph", "one node type");
  EXPECT_ERROR(reorder_graph(tiny_block()), "reorder_graph", "block");
}

}  // namespace
}  // namespace grapevine
