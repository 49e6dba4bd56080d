#include <gtest/gtest.h>

#include "grapevine/graph/transform/in_subgraph.h"
#include "grapevine/graph/transform/out_subgraph.h"
#include "grapevine/graph/transform/reverse.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

TEST(InSubgraph, RelabelsTheEndpointsWhenAsked) {
  const Graph sub = in_subgraph(social(), {{"item", ids({2, 1})}}, {.relabel_nodes = true});
  EXPECT_EQ(list(sub.nodes("user").data[NID]), (Ids{1, 3}));
  EXPECT_EQ(list(sub.nodes("item").data[NID]), (Ids{2}));
  EXPECT_EQ(list(sub.nodes("user").data["h"]), (Ids{1, 3}));
  EXPECT_EQ(list(sub.edges("likes").data[EID]), (Ids{2, 3}));
  EXPECT_EQ(sub.num_edges("follows"), 0);
}

TEST(InSubgraph, TakesAMaskAndMayStoreNoIds) {
  const Graph g = random_graph(1, 5, 20);
  const Graph sub = in_subgraph(g, at::tensor({0, 1, 0, 1, 0}).to(at::kBool));
  EXPECT_EQ(list(sub.edata()[EID]), list(in_subgraph(g, ids({1, 3})).edata()[EID]));
  EXPECT_FALSE(in_subgraph(g, ids({1}), {.store_ids = false}).edata().contains(EID));
}

TEST(OutSubgraph, KeepsTheOutEdgesOfTheNodes) {
  const Graph sub = out_subgraph(social(), {{"user", ids({3, 1})}});
  EXPECT_EQ(sub.num_nodes("user"), 4);
  EXPECT_EQ(list(sub.edges("follows").data[EID]), (Ids{3, 1}));
  EXPECT_EQ(list(sub.edges("likes").data[EID]), (Ids{3, 1, 2}));
  EXPECT_EQ(list(sub.edges("likes").data["w"]), (Ids{3, 1, 2}));
  EXPECT_EQ(list(sub.edges("likes").uv().src), (Ids{3, 1, 1}));
  EXPECT_EQ(list(sub.edges("likes").uv().dst), (Ids{2, 0, 2}));
  EXPECT_FALSE(sub.nodes("user").data.contains(NID));
}

TEST(OutSubgraph, RelabelsTheEndpointsWhenAsked) {
  const Graph sub = out_subgraph(social(), {{"user", ids({1})}}, {.relabel_nodes = true});
  EXPECT_EQ(list(sub.nodes("user").data[NID]), (Ids{1, 2}));
  EXPECT_EQ(list(sub.nodes("item").data[NID]), (Ids{0, 2}));
  EXPECT_EQ(list(sub.edges("likes").uv().src), (Ids{0, 0}));
}

TEST(OutSubgraph, IsTheInSubgraphOfTheReversedGraph) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const Graph g = random_graph(seed, 9, 30, idtype);
      const at::Tensor nodes = ids({8, 0, 4}, idtype);
      const Graph out = out_subgraph(g, nodes, {.relabel_nodes = seed % 2 == 1});
      const Graph in = in_subgraph(reverse(g), nodes, {.relabel_nodes = seed % 2 == 1});
      EXPECT_EQ(out.idtype(), idtype);
      EXPECT_TRUE(out.edata()[EID]->equal(in.edata()[EID].tensor()));
      EXPECT_EQ(out.num_nodes(), in.num_nodes());
    }
  }
}

TEST(OutSubgraph, RefusesBadNodes) {
  EXPECT_ERROR(out_subgraph(social(), {{"user", ids({4})}}), "out_subgraph: nodes", "4");
  EXPECT_ERROR(out_subgraph(social(), ids({0})), "must be named");
  EXPECT_ERROR(out_subgraph(tiny_block(), ids({0})), "out_subgraph", "block");
}

}  // namespace
}  // namespace grapevine
