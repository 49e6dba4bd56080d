#include "grapevine/graph/transform/metapath_reachable_graph.h"

#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

TEST(MetapathReachableGraph, JoinsTheEndsOfEveryPathOnce) {
  // 0 follows 1, who likes items 0 and 2; 1 follows 2, who likes none.
  const Graph reached = metapath_reachable_graph(social(), {"follows", "likes"});
  EXPECT_EQ(reached.canonical_etypes(), (std::vector<CanonicalEtype>{{"user", "_E", "item"}}));
  EXPECT_EQ(list(reached.edges().uv().src), (Ids{0, 0, 2, 3}));
  EXPECT_EQ(list(reached.edges().uv().dst), (Ids{0, 2, 0, 2}));
  EXPECT_EQ(reached.num_nodes("user"), 4);
  EXPECT_EQ(reached.num_nodes("item"), 3);
  EXPECT_EQ(list(reached.nodes("item").data["h"]), (Ids{0, 1, 2}));
}

TEST(MetapathReachableGraph, KeepsOneNodeTypeOfARoundPath) {
  const Graph g = heterograph({{{"a", "to", "b"}, {ids({0, 1, 2}), ids({0, 0, 1})}},
                               {{"b", "back", "a"}, {ids({0, 0, 1}), ids({0, 1, 2})}}});
  const Graph reached = metapath_reachable_graph(g, {"to", "back"});
  EXPECT_EQ(reached.ntypes(), (std::vector<std::string>{"a"}));
  EXPECT_EQ(list(reached.edges().uv().src), (Ids{0, 0, 1, 1, 2}));
  EXPECT_EQ(list(reached.edges().uv().dst), (Ids{0, 1, 0, 1, 2}));
}

TEST(MetapathReachableGraph, MakesASingleRelationSimple) {
  const Graph reached = metapath_reachable_graph(graph({1, 0, 1}, {0, 1, 0}), {"_E"});
  EXPECT_EQ(list(reached.edges().uv().src), (Ids{0, 1}));
}

TEST(MetapathReachableGraph, AgreesWithProductsOfMatrices) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const Graph g = random_graph(seed, 12, 20, idtype);
      at::Tensor adjacency = at::zeros({12, 12});
      const Ids src = list(g.edges().uv().src);
      const Ids dst = list(g.edges().uv().dst);
      for (std::size_t edge = 0; edge < src.size(); ++edge) {
        adjacency[src[edge]][dst[edge]] = 1;
      }
      const at::Tensor ends = adjacency.matmul(adjacency).matmul(adjacency).nonzero();
      const Graph reached = metapath_reachable_graph(g, {"_E", "_E", "_E"});
      EXPECT_EQ(reached.idtype(), idtype);
      EXPECT_EQ(list(reached.edges().uv().src), list(ends.select(1, 0)));
      EXPECT_EQ(list(reached.edges().uv().dst), list(ends.select(1, 1)));
    }
  }
}

TEST(MetapathReachableGraph, RefusesPathsThatDoNotJoin) {
  EXPECT_ERROR(metapath_reachable_graph(social(), {}), "metapath", "at least one");
  EXPECT_ERROR(metapath_reachable_graph(social(), {"likes", "follows"}), "metapath",
               "('user', 'likes', 'item')", "\"item\"", "\"user\"");
  EXPECT_ERROR(metapath_reachable_graph(social(), {"buys"}), "buys");
  EXPECT_ERROR(metapath_reachable_graph(tiny_block(), {"_E"}), "metapath_reachable_graph", "block");
}

}  // namespace
}  // namespace grapevine
