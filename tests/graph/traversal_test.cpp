#include "grapevine/graph/traversal.h"

#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

#include "tests/support/expect_error.h"
#include "tests/support/graphs.h"
#include "tests/support/ids.h"

namespace grapevine {
namespace {

using namespace grapevine::testing_support;
using Frontiers = std::vector<std::vector<std::int64_t>>;

Frontiers lists(const std::vector<at::Tensor>& frontiers, at::ScalarType idtype = at::kLong) {
  Frontiers result;
  for (const at::Tensor& frontier : frontiers) {
    EXPECT_EQ(frontier.scalar_type(), idtype);
    const at::Tensor wide = frontier.to(at::kLong);
    const auto* data = wide.const_data_ptr<std::int64_t>();
    result.emplace_back(data, data + wide.numel());
  }
  return result;
}

using testing_support::ids;

/// 0 -> 1 -> {2, 3}, 2 -> {3, 4}, 3 -> 5.
Graph dag() { return graph({0, 1, 1, 2, 2, 3}, {1, 2, 3, 3, 4, 5}); }

Graph graph_to_walk(std::uint64_t seed, at::ScalarType idtype) {
  const AdjacencyPtr edges = random_edges(seed, {30, 30, 45}, idtype);
  return graph(edges->coo().src, edges->coo().dst, {.num_nodes = 30});
}

TEST(Traversal, TopologicalOrderOfASmallGraph) {
  EXPECT_EQ(lists(topological_nodes_generator(dag())), (Frontiers{{0}, {1}, {2}, {3, 4}, {5}}));
  EXPECT_EQ(lists(topological_nodes_generator(dag(), {.reverse = true})),
            (Frontiers{{4, 5}, {3}, {2}, {1}, {0}}));
  EXPECT_EQ(lists(topological_nodes_generator(dag().to_int32()), at::kInt),
            (Frontiers{{0}, {1}, {2}, {3, 4}, {5}}));
  EXPECT_TRUE(topological_nodes_generator(Graph(graph({}, {}))).empty());
}

TEST(Traversal, BreadthFirstFrontiersOfASmallGraph) {
  EXPECT_EQ(lists(bfs_nodes_generator(dag(), ids({0}))), (Frontiers{{0}, {1}, {2, 3}, {4, 5}}));
  EXPECT_EQ(lists(bfs_edges_generator(dag(), ids({0}))), (Frontiers{{0}, {1, 2}, {4, 5}}));
  EXPECT_EQ(lists(bfs_nodes_generator(dag(), ids({3, 2, 3}))), (Frontiers{{3, 2}, {5, 4}}));
  EXPECT_EQ(lists(bfs_nodes_generator(dag(), ids({4}), {.reverse = true})),
            (Frontiers{{4}, {2}, {1}, {0}}));
  EXPECT_EQ(lists(bfs_edges_generator(dag(), ids({4}), {.reverse = true})),
            (Frontiers{{4}, {1}, {0}}));
  EXPECT_TRUE(bfs_nodes_generator(dag(), ids({})).empty());
}

TEST(Traversal, DepthFirstEdgesOfASmallGraph) {
  EXPECT_EQ(lists(dfs_edges_generator(dag(), ids({0}))), (Frontiers{{0}, {1}, {3}, {5}, {4}}));
  EXPECT_EQ(lists(dfs_edges_generator(dag(), ids({0, 2}))),
            (Frontiers{{0, 3}, {1, 5}, {3, 4}, {5}, {4}}));
  EXPECT_EQ(lists(dfs_edges_generator(dag(), ids({5}), {.reverse = true})),
            (Frontiers{{5}, {2}, {0}, {3}}));
}

// One search has one edge in each frontier.
std::vector<std::pair<std::int64_t, DfsLabel>> labeled(const Graph& g, std::int64_t source,
                                                       const LabeledDfsOptions& options) {
  const LabeledEdges found =
      dfs_labeled_edges_generator(g, at::tensor({source}, at::TensorOptions(g.idtype())), options);
  const Frontiers edges = lists(found.edges, g.idtype());
  const Frontiers labels = lists(found.labels);
  std::vector<std::pair<std::int64_t, DfsLabel>> result;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    EXPECT_EQ(edges[i].size(), 1U);
    result.emplace_back(edges[i].at(0), static_cast<DfsLabel>(labels.at(i).at(0)));
  }
  return result;
}

TEST(Traversal, DepthFirstSearchLabelsWhatItMeets) {
  using enum DfsLabel;
  using Labeled = std::vector<std::pair<std::int64_t, DfsLabel>>;
  const Graph g = graph({0, 0, 1, 1}, {1, 2, 2, 0});
  const Labeled all = {{0, kForward}, {2, kForward}, {2, kReverse},
                       {3, kNonTree}, {0, kReverse}, {1, kNonTree}};
  EXPECT_EQ(labeled(g, 0, {.reverse_edges = true, .nontree_edges = true}), all);
  EXPECT_EQ(labeled(g.to_int32(), 0, {.reverse_edges = true, .nontree_edges = true}), all);
  EXPECT_EQ(labeled(g, 0, {}), (Labeled{{0, kForward}, {2, kForward}}));
  EXPECT_EQ(labeled(g, 0, {.nontree_edges = true}),
            (Labeled{{0, kForward}, {2, kForward}, {3, kNonTree}, {1, kNonTree}}));
  EXPECT_EQ(labeled(g, 2, {.reverse = true, .reverse_edges = true}),
            (Labeled{{1, kForward}, {3, kForward}, {3, kReverse}, {1, kReverse}}));
}

TEST(Traversal, LabelsOfSeveralSearchesStandBesideTheirEdges) {
  const LabeledEdges found =
      dfs_labeled_edges_generator(dag(), ids({3, 2, 4}), {.reverse_edges = true});
  EXPECT_EQ(lists(found.edges), (Frontiers{{5, 3}, {5, 5}, {5}, {3}, {4}, {4}}));
  EXPECT_EQ(lists(found.labels), (Frontiers{{0, 0}, {1, 0}, {1}, {1}, {0}, {1}}));
}

TEST(Traversal, EveryEdgeLeadsToALaterTopologicalFrontier) {
  const AdjacencyPtr edges = random_edges(3, {40, 40, 90});
  const at::Tensor low = edges->coo().src.minimum(edges->coo().dst);
  const at::Tensor high = edges->coo().src.maximum(edges->coo().dst);
  const at::Tensor kept = low.ne(high).nonzero().flatten();
  const Graph g = graph(low.index_select(0, kept), high.index_select(0, kept), {.num_nodes = 40});
  std::map<std::int64_t, std::size_t> level;
  const Frontiers frontiers = lists(topological_nodes_generator(g));
  for (std::size_t i = 0; i < frontiers.size(); ++i) {
    for (const std::int64_t node : frontiers[i]) {
      EXPECT_TRUE(level.emplace(node, i).second);
    }
  }
  EXPECT_EQ(level.size(), 40U);
  const EdgePair ends = g.edges().uv();
  for (std::int64_t i = 0; i < g.num_edges(); ++i) {
    EXPECT_LT(level[ends.src[i].item<std::int64_t>()], level[ends.dst[i].item<std::int64_t>()]);
  }
}

TEST(Traversal, BreadthFirstFrontiersAreDistances) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph g = graph_to_walk(4, idtype);
    const EdgePair ends = g.edges().uv();
    // Distances by relaxing every edge as often as there are nodes.
    constexpr std::int64_t kFar = 1000;
    std::vector<std::int64_t> distance(30, kFar);
    distance[3] = distance[8] = 0;
    for (int round = 0; round < 30; ++round) {
      for (std::int64_t i = 0; i < g.num_edges(); ++i) {
        const auto from = static_cast<std::size_t>(ends.src[i].item<std::int64_t>());
        const auto to = static_cast<std::size_t>(ends.dst[i].item<std::int64_t>());
        distance[to] = std::min(distance[to], distance[from] + 1);
      }
    }
    const at::Tensor source = ids({3, 8}).to(idtype);
    const Frontiers frontiers = lists(bfs_nodes_generator(g, source), idtype);
    std::int64_t reached = 0;
    for (std::size_t i = 0; i < frontiers.size(); ++i) {
      for (const std::int64_t node : frontiers[i]) {
        EXPECT_EQ(distance[static_cast<std::size_t>(node)], static_cast<std::int64_t>(i));
        ++reached;
      }
    }
    EXPECT_EQ(reached, std::count_if(distance.begin(), distance.end(),
                                     [](std::int64_t each) { return each < kFar; }));
    const std::vector<at::Tensor> edges = bfs_edges_generator(g, source);
    ASSERT_EQ(edges.size() + 1, frontiers.size());
    for (std::size_t i = 0; i < edges.size(); ++i) {
      EXPECT_EQ(lists({g.find_edges(edges[i]).dst}, idtype)[0], frontiers[i + 1]);
    }
  }
}

TEST(Traversal, DepthFirstEdgesFormATreeOfWhatIsReached) {
  const Graph g = graph_to_walk(5, at::kLong);
  std::set<std::int64_t> reached = {3};
  for (const std::vector<std::int64_t>& frontier : lists(dfs_edges_generator(g, ids({3})))) {
    ASSERT_EQ(frontier.size(), 1U);
    const EdgePair ends = g.find_edges(ids(frontier));
    EXPECT_TRUE(reached.contains(ends.src.item<std::int64_t>()));
    EXPECT_TRUE(reached.insert(ends.dst.item<std::int64_t>()).second);
  }
  std::size_t expected = 0;
  for (const std::vector<std::int64_t>& frontier : lists(bfs_nodes_generator(g, ids({3})))) {
    expected += frontier.size();
  }
  EXPECT_EQ(reached.size(), expected);
}

TEST(Traversal, BadInputIsNamed) {
  EXPECT_ERROR(topological_nodes_generator(graph({0, 1, 2, 3}, {1, 2, 1, 0})),
               "topological_nodes_generator", "cycles", "2 of 4");
  EXPECT_ERROR(bfs_nodes_generator(dag(), ids({6})), "bfs_nodes_generator", "node id 6", "0 to 5");
  EXPECT_ERROR(bfs_edges_generator(dag(), at::tensor({0}, at::kInt)), "bfs_edges_generator", "Int");
  EXPECT_ERROR(dfs_edges_generator(dag(), {}), "dfs_edges_generator", "undefined");
  EXPECT_ERROR(dfs_labeled_edges_generator(dag(), ids({-1})), "dfs_labeled_edges_generator",
               "node id -1", "0 to 5");
  const Graph block = create_block(ids({0}), ids({0}), 1, 1);
  EXPECT_ERROR(topological_nodes_generator(block), "homogeneous", "block");
  const Graph typed = heterograph({{{"a", "r", "b"}, {ids({0}), ids({0})}}});
  EXPECT_ERROR(bfs_nodes_generator(typed, ids({0})), "homogeneous", "2 node types");
}

}  // namespace
}  // namespace grapevine
