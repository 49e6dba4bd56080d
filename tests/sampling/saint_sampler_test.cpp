#include "grapevine/sampling/saint_sampler.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "grapevine/dataloading/data_loader.h"
#include "grapevine/graph/transform/node_subgraph.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using namespace testing_support;

constexpr int kBatches = 6000;

/// Out-degrees 3, 2, 1, 0, 0; the last node has no edges at all.
Graph small_graph() { return graph({0, 0, 0, 1, 1, 2}, {1, 2, 3, 2, 0, 2}, {.num_nodes = 5}); }

/// How often each set of nodes makes a batch, one draw a batch.
std::map<std::vector<std::int64_t>, double> count_batches(const Graph& g,
                                                          const SAINTOptions& options) {
  std::map<std::vector<std::int64_t>, double> seen;
  const SAINTSampler sampler(options);
  for (int i = 0; i < kBatches; ++i) {
    const MiniBatch batch = sampler.sample(g, {}, RandomKey(3).fold_in(i));
    seen[list(batch.input_nodes)] += 1;
  }
  return seen;
}

void expect_distribution(const std::map<std::vector<std::int64_t>, double>& seen,
                         const std::map<std::vector<std::int64_t>, double>& chances, double bound) {
  std::vector<double> observed;
  std::vector<double> expected;
  double total = 0;
  for (const auto& [nodes, chance] : chances) {
    total += chance;
  }
  for (const auto& [nodes, chance] : chances) {
    observed.push_back(seen.contains(nodes) ? seen.at(nodes) : 0);
    expected.push_back(chance * kBatches / total);
  }
  EXPECT_EQ(seen.size(), chances.size());
  EXPECT_LT(chi_square(observed, expected), bound);
}

TEST(SAINTSampler, DrawsNodesByOutDegree) {
  for (const Graph& g : {small_graph(), small_graph().to_int32()}) {
    expect_distribution(count_batches(g, {.mode = SAINTMode::kNode, .budget = 1}),
                        {{{0}, 3}, {{1}, 2}, {{2}, 1}, {{3}, 1}, {{4}, 1}}, 18.5);  // p = 0.001
  }
}

// An edge u -> v has the chance 1 / out-degree(u) + 1 / in-degree(v); in-degrees are 1, 1, 3, 1, 0.
TEST(SAINTSampler, DrawsEdgesByInverseDegrees) {
  const double third = 1.0 / 3;
  for (const Graph& g : {small_graph(), small_graph().to_int32()}) {
    expect_distribution(count_batches(g, {.mode = SAINTMode::kEdge, .budget = 1}),
                        {{{0, 1}, third + 1 + 0.5 + 1},  // 0 -> 1 and 1 -> 0
                         {{0, 2}, third + third},
                         {{0, 3}, third + 1},
                         {{1, 2}, 0.5 + third},
                         {{2}, 1 + third}},
                        18.5);  // p = 0.001, 4 degrees
  }
}

TEST(SAINTSampler, WalksFromUniformRoots) {
  const Graph g = graph({0, 1, 1, 2}, {1, 2, 3, 3}, {.num_nodes = 4});
  expect_distribution(
      count_batches(g, {.mode = SAINTMode::kWalk, .budget = 1, .walk_length = 2}),
      {{{0, 1, 2}, 0.5}, {{0, 1, 3}, 0.5}, {{1, 2, 3}, 0.5}, {{1, 3}, 0.5}, {{2, 3}, 1}, {{3}, 1}},
      20.5);  // p = 0.001, 5 degrees
  expect_distribution(count_batches(g, {.mode = SAINTMode::kWalk, .budget = 1}),
                      {{{0}, 1}, {{1}, 1}, {{2}, 1}, {{3}, 1}}, 16.3);
}

const std::vector<SAINTOptions>& all_options() {
  static const std::vector<SAINTOptions> options = {
      {.mode = SAINTMode::kNode, .budget = 40},
      {.mode = SAINTMode::kEdge, .budget = 20},
      {.mode = SAINTMode::kWalk, .budget = 10, .walk_length = 4}};
  return options;
}

TEST(SAINTSampler, GivesTheSubgraphOfItsNodes) {
  const Graph g = random_graph(200, 1500);
  for (const SAINTOptions& options : all_options()) {
    const MiniBatch batch = SAINTSampler(options).sample(g, ids({0}), RandomKey(1));
    const std::vector<std::int64_t> nodes = list(batch.input_nodes);
    EXPECT_GT(nodes.size(), 10U);
    EXPECT_TRUE(std::is_sorted(nodes.begin(), nodes.end()));
    EXPECT_EQ(std::adjacent_find(nodes.begin(), nodes.end()), nodes.end());
    expect_same_ids(batch.input_nodes, batch.output_nodes);
    ASSERT_EQ(batch.blocks.size(), 1U);
    const Graph expected = node_subgraph(g, batch.input_nodes);
    EXPECT_TRUE(at::equal(batch.blocks[0].edata()[EID], expected.edata()[EID]));
    EXPECT_TRUE(at::equal(batch.blocks[0].ndata()[NID], expected.ndata()[NID]));
    EXPECT_TRUE(at::equal(batch.blocks[0].ndata()["x"], expected.ndata()["x"]));
  }
}

TEST(SAINTSampler, ExcludedEdgesAreNotInTheSubgraph) {
  const Graph g = random_graph(200, 1500);
  const SAINTSampler sampler({.mode = SAINTMode::kNode, .budget = 100});
  const MiniBatch whole = sampler.sample(g, ids({0}), RandomKey(1));
  const at::Tensor gone = whole.blocks[0].edata()[EID]->narrow(0, 0, 3);
  const MiniBatch batch = sampler.sample_excluding(g, ids({0}), gone, RandomKey(1));
  expect_same_ids(batch.input_nodes, whole.input_nodes);
  EXPECT_EQ(batch.blocks[0].num_edges(), whole.blocks[0].num_edges() - 3);
}

TEST(SAINTSampler, BatchesOfALoaderDependOnTheSeedAlone) {
  const Graph g = random_graph(200, 1500);
  for (const SAINTOptions& options : all_options()) {
    std::vector<std::vector<std::int64_t>> runs[2];
    for (const int workers : {0, 2}) {
      dataloading::DataLoader loader(g, at::arange(6, at::kLong), SAINTSampler(options),
                                     {.batch_size = 1, .num_workers = workers, .seed = 4});
      for (auto& [input_nodes, output_nodes, blocks] : loader) {
        runs[workers / 2].push_back(list(input_nodes));
      }
    }
    EXPECT_EQ(runs[0], runs[1]);
    ASSERT_EQ(runs[0].size(), 6U);
    EXPECT_NE(runs[0][0], runs[0][1]);
  }
}

TEST(SAINTSampler, RefusesBadArguments) {
  EXPECT_ERROR(SAINTSampler({.budget = 0}), "budget", "1 or more", "0");
  EXPECT_ERROR(SAINTSampler({.mode = SAINTMode::kWalk, .budget = 1, .walk_length = -1}),
               "walk_length", "-1");
  const SAINTSampler edges({.mode = SAINTMode::kEdge, .budget = 1});
  EXPECT_ERROR(edges.sample(graph({}, {}, {.num_nodes = 3}), {}, RandomKey(0)), "with edges");
  EXPECT_ERROR(edges.sample(graph({}, {}), {}, RandomKey(0)), "with nodes");
  EXPECT_ERROR(edges.sample(typed_graph(), {}, RandomKey(0)), "homogeneous", "3 node types");
}

}  // namespace
}  // namespace grapevine::sampling
