#include "grapevine/graph/transform/compact_graphs.h"

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.h"
#include "tests/support/transform_graphs.h"

namespace grapevine {
namespace {

using namespace testing_support;

Graph with_features(Graph g) {
  g.ndata()["h"] = at::arange(g.num_nodes());
  g.edata()["w"] = at::arange(g.num_edges());
  return g;
}

/// 5 -> 3, 1 -> 2, 4 -> 5, 0 -> 4, and nodes 6 to 8 alone.
Graph sparse() { return with_features(graph({5, 1, 4, 0}, {3, 2, 5, 4}, {.num_nodes = 9})); }

TEST(CompactGraphs, NumbersNodesByFirstAppearance) {
  const Graph compact = compact_graph(sparse());
  EXPECT_EQ(list(compact.ndata()[NID]), (Ids{5, 1, 4, 0, 3, 2}));
  EXPECT_EQ(list(compact.edges().uv().src), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(list(compact.edges().uv().dst), (Ids{4, 5, 0, 2}));
  EXPECT_EQ(list(compact.ndata()["h"]), (Ids{5, 1, 4, 0, 3, 2}));
  EXPECT_EQ(list(compact.edata()["w"]), (Ids{0, 1, 2, 3}));
  EXPECT_FALSE(compact.edata().contains(EID));
}

TEST(CompactGraphs, GivesAllGraphsTheSameNodes) {
  const std::vector<Graph> compact =
      compact_graphs({sparse(), graph({7, 0}, {3, 7}, {.num_nodes = 9})});
  ASSERT_EQ(compact.size(), 2);
  EXPECT_EQ(list(compact[0].ndata()[NID]), (Ids{5, 1, 4, 0, 3, 2, 7}));
  EXPECT_EQ(list(compact[1].ndata()[NID]), (Ids{5, 1, 4, 0, 3, 2, 7}));
  EXPECT_EQ(list(compact[1].edges().uv().src), (Ids{6, 3}));
  EXPECT_EQ(list(compact[1].edges().uv().dst), (Ids{4, 6}));
  EXPECT_TRUE(compact_graphs({}).empty());
}

TEST(CompactGraphs, PutsPreservedNodesFirst) {
  const Graph compact = compact_graph(sparse(), {.always_preserve = ids({8, 4, 8})});
  EXPECT_EQ(list(compact.ndata()[NID]), (Ids{8, 4, 5, 1, 0, 3, 2}));
  EXPECT_EQ(list(compact.edges().uv().src), (Ids{2, 3, 1, 4}));
}

TEST(CompactGraphs, WorksByNodeType) {
  const Graph compact = compact_graph(social(), {.always_preserve = {{"item", ids({1})}}});
  EXPECT_EQ(list(compact.nodes("item").data[NID]), (Ids{1, 0, 2}));
  EXPECT_EQ(list(compact.nodes("user").data[NID]), (Ids{0, 1, 2, 3}));
  EXPECT_EQ(list(compact.edges("likes").uv().dst), (Ids{1, 1, 2, 2}));
  EXPECT_EQ(list(compact_graph(social()).nodes("item").data[NID]), (Ids{0, 2}));
}

TEST(CompactGraphs, CopiesFeaturesOnlyIfTold) {
  const Graph bare = compact_graph(sparse(), {.copy_ndata = false, .copy_edata = false});
  EXPECT_EQ(bare.ndata().keys(), (std::vector<std::string>{NID}));
  EXPECT_TRUE(bare.edata().empty());
  EXPECT_TRUE(compact_graph(sparse()).ndata().frame()->columns().at("h")->is_lazy());
}

TEST(CompactGraphs, KeepsInt32AndTheEndpointsOfEveryEdge) {
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const Graph g = random_graph(seed, 50, 20, idtype);
      const Graph compact = compact_graph(g);
      const at::Tensor nodes = compact.ndata()[NID];
      EXPECT_EQ(nodes.scalar_type(), idtype);
      EXPECT_TRUE(nodes.index_select(0, compact.edges().uv().src).equal(g.edges().uv().src));
      EXPECT_TRUE(nodes.index_select(0, compact.edges().uv().dst).equal(g.edges().uv().dst));
      EXPECT_GT((compact.in_degrees() + compact.out_degrees()).min().item<std::int64_t>(), 0);
    }
  }
}

TEST(CompactGraphs, RefusesGraphsThatDoNotMatch) {
  EXPECT_ERROR(compact_graphs({sparse(), graph({0}, {1})}), "compact_graphs: graphs", "[9]", "[2]",
               "graph 1");
  EXPECT_ERROR(compact_graphs({sparse(), sparse().to_int32()}), "compact_graphs: graphs", "Int");
  EXPECT_ERROR(compact_graphs({sparse(), social()}), "compact_graphs: graphs", "item, user");
  EXPECT_ERROR(compact_graph(sparse(), {.always_preserve = ids({9})}),
               "compact_graphs: always_preserve", "9");
  EXPECT_ERROR(compact_graph(tiny_block()), "compact_graphs", "block");
}

}  // namespace
}  // namespace grapevine
