#include "grapevine/graph/transform/line_graph.h"

#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

/// 0 -> 1, 1 -> 2, 2 -> 0, 1 -> 0.
Graph triangle() {
  Graph g = graph({0, 1, 2, 1}, {1, 2, 0, 0});
  g.edata()["w"] = at::arange(4);
  return g;
}

TEST(LineGraph, JoinsEdgesThatFollowEachOther) {
  const Graph line = line_graph(triangle());
  EXPECT_EQ(line.num_nodes(), 4);
  EXPECT_EQ(list(line.edges().uv().src), (Ids{0, 0, 1, 2, 3}));
  EXPECT_EQ(list(line.edges().uv().dst), (Ids{1, 3, 2, 0, 0}));
  EXPECT_TRUE(line.ndata().empty());
}

TEST(LineGraph, LeavesOutTheWayBackWithoutBacktracking) {
  const Graph line = line_graph(triangle(), {.backtracking = false});
  EXPECT_EQ(list(line.edges().uv().src), (Ids{0, 1, 2}));
  EXPECT_EQ(list(line.edges().uv().dst), (Ids{1, 2, 0}));
}

TEST(LineGraph, SharesEdgeFeaturesAsNodeFeatures) {
  EXPECT_EQ(list(line_graph(triangle(), {.shared = true}).ndata()["w"]), (Ids{0, 1, 2, 3}));
}

TEST(LineGraph, AgreesWithAllPairsOfEdges) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const bool backtracking = seed % 2 == 0;
    const at::ScalarType idtype = seed % 3 == 0 ? at::kInt : at::kLong;
    const Graph g = random_graph(seed, 6, static_cast<std::int64_t>(seed) * 2, idtype);
    const Ids src = list(g.edges().uv().src);
    const Ids dst = list(g.edges().uv().dst);
    Ids from;
    Ids to;
    for (std::size_t i = 0; i < src.size(); ++i) {
      for (std::size_t j = 0; j < src.size(); ++j) {
        if (i != j && dst[i] == src[j] && (backtracking || src[i] != dst[j])) {
          from.push_back(static_cast<std::int64_t>(i));
          to.push_back(static_cast<std::int64_t>(j));
        }
      }
    }
    const Graph line = line_graph(g, {.backtracking = backtracking});
    EXPECT_EQ(line.idtype(), idtype);
    EXPECT_EQ(line.num_nodes(), g.num_edges());
    EXPECT_EQ(list(line.edges().uv().src), from);
    EXPECT_EQ(list(line.edges().uv().dst), to);
  }
}

TEST(LineGraph, RefusesGraphsThatAreNotHomogeneous) {
  EXPECT_ERROR(line_graph(social()), "line_graph", "one node type");
  EXPECT_ERROR(line_graph(tiny_block()), "line_graph", "block");
}

}  // namespace
}  // namespace grapevine
