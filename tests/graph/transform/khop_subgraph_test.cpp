#include "grapevine/graph/transform/khop_subgraph.h"

#include <gtest/gtest.h>

#include <set>

#include "grapevine/graph/transform/reverse.h"
#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

/// 0 -> 1 -> 2 -> 3 -> 4, and 0 -> 3.
Graph chain() { return graph({0, 1, 2, 3, 0}, {1, 2, 3, 4, 3}); }

TEST(KhopInSubgraph, ReachesBackByTheGivenNumberOfSteps) {
  const auto [sub, seeds] = khop_in_subgraph(chain(), ids({4, 3}), 1);
  EXPECT_EQ(list(sub.ndata()[NID]), (Ids{0, 2, 3, 4}));
  EXPECT_EQ(list(sub.edata()[EID]), (Ids{4, 2, 3}));
  EXPECT_EQ(list(seeds), (Ids{3, 2}));
}

TEST(KhopOutSubgraph, ReachesForwardByTheGivenNumberOfSteps) {
  const auto [sub, seeds] = khop_out_subgraph(chain(), ids({1}), 2);
  EXPECT_EQ(list(sub.ndata()[NID]), (Ids{1, 2, 3}));
  EXPECT_EQ(list(sub.edges().uv().src), (Ids{0, 1}));
  EXPECT_EQ(list(seeds), (Ids{0}));
}

TEST(KhopInSubgraph, KeepsOnlyTheSeedsForNoHops) {
  const auto [sub, seeds] = khop_in_subgraph(chain(), ids({3, 2, 3}), 0);
  EXPECT_EQ(list(sub.ndata()[NID]), (Ids{2, 3}));
  EXPECT_EQ(sub.num_edges(), 1);
  EXPECT_EQ(list(seeds), (Ids{1, 0, 1}));
}

TEST(KhopInSubgraph, KeepsAllNodesWithoutRelabelling) {
  const auto [sub, seeds] = khop_in_subgraph(chain(), ids({2}), 1, {.relabel_nodes = false});
  EXPECT_EQ(sub.num_nodes(), 5);
  EXPECT_EQ(list(sub.edata()[EID]), (Ids{1}));
  EXPECT_EQ(list(seeds), (Ids{2}));
}

TEST(KhopInSubgraph, FollowsAllRelations) {
  const auto [sub, seeds] = khop_in_subgraph(social(), {{"item", ids({2})}}, 2);
  EXPECT_EQ(list(sub.nodes("user").data[NID]), (Ids{0, 1, 3}));
  EXPECT_EQ(list(sub.nodes("item").data[NID]), (Ids{2}));
  EXPECT_EQ(list(seeds["item"]), (Ids{0}));
  EXPECT_FALSE(seeds.contains("user"));
}

TEST(KhopInSubgraph, TakesAMaskAndKeepsInt32) {
  const auto [sub, seeds] =
      khop_in_subgraph(chain().to_int32(), at::tensor({0, 0, 0, 0, 1}).to(at::kBool), 1);
  EXPECT_EQ(list(sub.ndata()[NID]), (Ids{3, 4}));
  EXPECT_EQ(sub.ndata()[NID]->scalar_type(), at::kInt);
  EXPECT_EQ(seeds.tensor().scalar_type(), at::kInt);
}

TEST(KhopInSubgraph, HasTheNodesOfABreadthFirstSearch) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Graph g = random_graph(seed, 30, 40);
    const std::int64_t k = static_cast<std::int64_t>(seed % 5);
    std::set<std::int64_t> expected = {3, 17};
    const Ids src = list(g.edges().uv().src);
    const Ids dst = list(g.edges().uv().dst);
    for (std::int64_t hop = 0; hop < k; ++hop) {
      const std::set<std::int64_t> before = expected;
      for (std::size_t edge = 0; edge < src.size(); ++edge) {
        if (before.contains(dst[edge])) {
          expected.insert(src[edge]);
        }
      }
    }
    const KhopSubgraph found = khop_in_subgraph(g, ids({17, 3}), k);
    EXPECT_EQ(list(found.graph.ndata()[NID]), Ids(expected.begin(), expected.end()));
    const KhopSubgraph turned = khop_out_subgraph(reverse(g), ids({17, 3}), k);
    EXPECT_EQ(list(turned.graph.ndata()[NID]), Ids(expected.begin(), expected.end()));
    EXPECT_EQ(list(found.graph.ndata()[NID]->index_select(0, found.seed_positions)), (Ids{17, 3}));
  }
}

TEST(KhopInSubgraph, StopsWhenNothingNewIsReached) {
  EXPECT_EQ(khop_in_subgraph(chain(), ids({4}), std::int64_t{1} << 60).graph.num_nodes(), 5);
}

TEST(KhopInSubgraph, RefusesBadArguments) {
  EXPECT_ERROR(khop_in_subgraph(chain(), ids({0}), -1), "khop_in_subgraph", "k", "-1");
  EXPECT_ERROR(khop_out_subgraph(chain(), ids({0}), -2), "khop_out_subgraph", "k", "-2");
  EXPECT_ERROR(khop_in_subgraph(chain(), ids({5}), 1), "khop_in_subgraph: nodes", "5");
  EXPECT_ERROR(khop_out_subgraph(tiny_block(), ids({0}), 1), "khop_out_subgraph", "block");
}

}  // namespace
}  // namespace grapevine
