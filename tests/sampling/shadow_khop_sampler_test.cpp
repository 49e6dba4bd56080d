#include "grapevine/sampling/shadow_khop_sampler.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <gtest/gtest.h>

#include <map>

#include "grapevine/dataloading/data_loader.h"
#include "grapevine/graph/transform/node_subgraph.h"
#include "grapevine/graph/transform/to_block.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using namespace testing_support;

const RandomKey kShadowKey(42);

/// DGL's recipe, for a graph of one node type and one relation.
MiniBatch recipe(const Graph& graph, const at::Tensor& seeds, const std::vector<Fanout>& fanouts,
                 const NeighborSamplerOptions& options) {
  at::Tensor nodes = seeds;
  for (std::size_t hop = 0; hop < fanouts.size(); ++hop) {
    const Fanout& fanout = fanouts[fanouts.size() - 1 - hop];
    const Graph frontier = sample_neighbors(graph, nodes, fanout, options, kShadowKey.fold_in(hop));
    nodes = to_block(frontier, nodes).srcdata()[NID];
  }
  return {.input_nodes = nodes, .output_nodes = seeds, .blocks = {node_subgraph(graph, nodes)}};
}

/// Expects the nodes of each type under `NID` with the seeds first and no node twice, and exactly
/// the parent's edges between them, with their features.
void expect_induced(const MiniBatch& batch, const Graph& parent) {
  ASSERT_EQ(batch.blocks.size(), 1U);
  const Graph& sub = batch.blocks[0];
  EXPECT_FALSE(sub.is_block());
  EXPECT_EQ(sub.ntypes(), parent.ntypes());
  EXPECT_EQ(sub.idtype(), parent.idtype());
  std::map<std::string, std::set<std::int64_t>> kept;
  for (const auto& [type, ids] : batch.input_nodes.map()) {
    const std::string ntype = type.empty() ? parent.ntypes().front() : type;
    EXPECT_TRUE(at::equal(sub.nodes(ntype).data[NID], ids));
    const std::vector<std::int64_t> nodes = list(ids);
    kept[ntype] = {nodes.begin(), nodes.end()};
    EXPECT_EQ(kept[ntype].size(), nodes.size());
    if (batch.output_nodes.contains(type)) {
      const at::Tensor& seeds = batch.output_nodes[type];
      EXPECT_TRUE(at::equal(ids.narrow(0, 0, seeds.numel()), seeds));
    }
  }
  for (const CanonicalEtype& etype : parent.canonical_etypes()) {
    const EdgePair all = parent.edges(etype).uv();
    const std::vector<std::int64_t> src = list(all.src);
    const std::vector<std::int64_t> dst = list(all.dst);
    std::set<std::int64_t> expected;
    for (std::size_t edge = 0; edge < src.size(); ++edge) {
      if (kept[etype.src].contains(src[edge]) && kept[etype.dst].contains(dst[edge])) {
        expected.insert(static_cast<std::int64_t>(edge));
      }
    }
    const EdgeView edges = sub.edges(etype);
    const at::Tensor parent_edges = edges.data[EID];
    const std::vector<std::int64_t> got = list(parent_edges);
    EXPECT_EQ(got.size(), expected.size());
    EXPECT_EQ(std::set<std::int64_t>(got.begin(), got.end()), expected);
    const EdgePair ends = parent.find_edges(parent_edges, etype);
    EXPECT_TRUE(
        at::equal(sub.nodes(etype.src).data[NID]->index_select(0, edges.uv().src), ends.src));
    EXPECT_TRUE(
        at::equal(sub.nodes(etype.dst).data[NID]->index_select(0, edges.uv().dst), ends.dst));
  }
}

TEST(ShaDowKHopSampler, GivesTheSubgraphOfTheNodesReached) {
  const Graph g = random_graph(200, 800);
  const at::Tensor seeds = ids({5, 17, 3, 199});
  const MiniBatch batch = ShaDowKHopSampler({2, 2}).sample(g, seeds, kShadowKey);
  EXPECT_TRUE(at::equal(batch.output_nodes, seeds));
  expect_induced(batch, g);
  const Graph& sub = batch.blocks[0];
  EXPECT_TRUE(sub.ndata().frame()->columns().at("x")->is_lazy());
  EXPECT_TRUE(at::equal(sub.ndata()["x"], g.ndata()["x"]->index_select(0, batch.input_nodes)));
  EXPECT_TRUE(
      at::equal(sub.edata()["weight"], g.edata()["weight"]->index_select(0, sub.edata()[EID])));
}

TEST(ShaDowKHopSampler, KeepsEdgesThatNoHopPicked) {
  // 0 and 1 send to 2, and to each other; a hop to 2 picks both and never looks at their edges.
  const Graph g = graph({0, 1, 0, 1}, {2, 2, 1, 0});
  const MiniBatch batch = ShaDowKHopSampler({-1}).sample(g, ids({2}), kShadowKey);
  EXPECT_EQ(list(batch.input_nodes), (std::vector<std::int64_t>{2, 0, 1}));
  EXPECT_EQ(batch.blocks[0].num_edges(), 4);
}

TEST(ShaDowKHopSampler, UsesTheLastFanoutForTheSeeds) {
  // Nodes 1 to 10 send to node 0, and each of them has one in-neighbour.
  const at::Tensor near = at::arange(1, 11, at::kLong);
  const Graph g = graph(at::cat({near, near + 10}), at::cat({near * 0, near}));
  EXPECT_EQ(ShaDowKHopSampler({2, -1}).sample(g, ids({0}), kShadowKey).input_nodes.num_ids(), 21);
  EXPECT_EQ(ShaDowKHopSampler({-1, 2}).sample(g, ids({0}), kShadowKey).input_nodes.num_ids(), 13);
}

TEST(ShaDowKHopSampler, FollowsDglsRecipe) {
  const Graph g = random_graph(200, 800);
  const at::Tensor seeds = ids({5, 17, 3, 199, 60});
  for (const NeighborSamplerOptions& options : {NeighborSamplerOptions{},
                                                {.prob = "weight"},
                                                {.mask = "mask"},
                                                {.prob = "weight", .replace = true}}) {
    for (const std::vector<Fanout>& fanouts : std::vector<std::vector<Fanout>>{{1}, {-1, 3, 2}}) {
      const ShaDowKHopSampler sampler(fanouts, options);
      expect_same_batch(sampler.sample(g, seeds, kShadowKey), recipe(g, seeds, fanouts, options));
      const Graph narrow = g.to_int32();
      const at::Tensor narrow_seeds = seeds.to(at::kInt);
      expect_same_batch(sampler.sample(narrow, narrow_seeds, kShadowKey),
                        recipe(narrow, narrow_seeds, fanouts, options));
    }
  }
}

TEST(ShaDowKHopSampler, SamplesATypedGraph) {
  const Graph g = typed_graph();
  const ShaDowKHopSampler sampler(
      {Fanout{{"follows", 2}, {"liked-by", 2}, {"buys", 0}}, Fanout(3)});
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph typed = idtype == at::kInt ? g.to_int32() : g;
    const NodeIds seeds = {{"item", ids({3, 1}, idtype)}, {"user", ids({9}, idtype)}};
    const MiniBatch batch = sampler.sample(typed, seeds, kShadowKey);
    EXPECT_EQ(batch.input_nodes.map().size(), 3U);
    EXPECT_EQ(batch.blocks[0].num_nodes("shop"), 0);
    EXPECT_GT(batch.blocks[0].num_edges("buys"), 0);
    expect_induced(batch, typed);
  }
}

TEST(ShaDowKHopSampler, WalksAlongOutEdges) {
  const Graph g = graph({0, 1, 2}, {1, 2, 3});
  const ShaDowKHopSampler sampler({-1, -1}, {.edge_dir = EdgeDirection::kOut});
  const MiniBatch batch = sampler.sample(g, ids({0}), kShadowKey);
  EXPECT_EQ(list(batch.input_nodes), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(list(batch.blocks[0].edges().uv().src), (std::vector<std::int64_t>{0, 1}));
}

TEST(ShaDowKHopSampler, TakesIsolatedNodesLoopsParallelEdgesAndNoSeeds) {
  const ShaDowKHopSampler sampler({-1, -1});
  EXPECT_EQ(sampler.sample(random_graph(20, 50), ids({19}), kShadowKey).blocks[0].num_edges(), 0);
  const Graph g = graph({0, 0, 1}, {1, 1, 1});
  expect_induced(sampler.sample(g, ids({1}), kShadowKey), g);
  EXPECT_EQ(sampler.sample(g, ids({1}), kShadowKey).blocks[0].num_edges(), 3);
  EXPECT_EQ(sampler.sample(g, ids({}), kShadowKey).blocks[0].num_nodes(), 0);
  EXPECT_EQ(
      sampler.sample(graph({}, {}, {.num_nodes = 1}), ids({0}), kShadowKey).blocks[0].num_nodes(),
      1);
}

TEST(ShaDowKHopSampler, GivesInEdgesToTheFirstOfTwoEqualSeeds) {
  const Graph g = graph({0, 1}, {1, 0});
  const MiniBatch batch = ShaDowKHopSampler({-1}).sample(g, ids({1, 1}), kShadowKey);
  EXPECT_EQ(list(batch.input_nodes), (std::vector<std::int64_t>{1, 1, 0}));
  EXPECT_EQ(list(batch.blocks[0].in_degrees()), (std::vector<std::int64_t>{1, 0, 2}));
}

TEST(ShaDowKHopSampler, DependsOnTheKeyAndNotOnThreads) {
  const Graph g = random_graph(5000, 20000);
  const at::Tensor seeds = at::arange(300, at::kLong);
  const ShaDowKHopSampler sampler({3, 3});
  const MiniBatch batch = testing_support::expect_same_for_threads(sampler, g, seeds, kShadowKey);
  const MiniBatch other = sampler.sample(g, seeds, RandomKey(1));
  EXPECT_FALSE(at::equal(batch.input_nodes, other.input_nodes));
}

TEST(ShaDowKHopSampler, PicksUniformly) {
  constexpr std::int64_t kDraws = 1000;
  const Graph g = stars(1, 5);
  std::vector<double> observed(5);
  for (std::int64_t draw = 0; draw < kDraws; ++draw) {
    const MiniBatch batch = ShaDowKHopSampler({2}).sample(
        g, ids({5}), kShadowKey.fold_in(static_cast<std::uint64_t>(draw)));
    for (const std::int64_t node : list(batch.input_nodes.tensor().narrow(0, 1, 2))) {
      ++observed[static_cast<std::size_t>(node)];
    }
  }
  // 18.5 is the 0.1 % point for 4 degrees of freedom.
  EXPECT_LT(chi_square(observed, std::vector<double>(5, kDraws * 2 / 5.0)), 18.5);
}

TEST(ShaDowKHopSampler, FeedsALoaderWithAnyNumberOfWorkers) {
  const Graph g = random_graph(300, 1500);
  const at::Tensor seeds = at::arange(100, at::kLong);
  std::vector<MiniBatch> expected;
  for (const int num_workers : {0, 2}) {
    dataloading::DataLoader loader(g, seeds, ShaDowKHopSampler({2, 3}),
                                   {.batch_size = 32,
                                    .shuffle = true,
                                    .num_workers = num_workers,
                                    .prefetch_node_feats = {"x"}});
    std::size_t index = 0;
    for (MiniBatch& batch : loader) {
      expect_induced(batch, g);
      if (num_workers == 0) {
        expected.push_back(batch);
      } else {
        expect_same_batch(batch, expected.at(index));
      }
      ++index;
    }
    EXPECT_EQ(index, 4U);
  }
}

TEST(ShaDowKHopSampler, PreparesTheFormatsItReads) {
  const Graph g = random_graph(20, 50);
  ShaDowKHopSampler({2}).prepare(g);
  EXPECT_TRUE(g.adjacency()->has_csc());
  EXPECT_TRUE(g.adjacency()->has_csr());
}

TEST(ShaDowKHopSampler, NamesBadArguments) {
  EXPECT_ERROR(ShaDowKHopSampler(std::vector<int>{}), "fanouts", "none");
  EXPECT_ERROR(ShaDowKHopSampler({2, -2}), "fanout", "-2");
  EXPECT_ERROR(ShaDowKHopSampler({2}, {.prob = "p", .mask = "m"}), "prob \"p\"", "mask \"m\"");
  const Graph g = random_graph(20, 50);
  EXPECT_ERROR(ShaDowKHopSampler({2}).sample(g, ids({20}), kShadowKey), "seeds", "20", "19");
  EXPECT_ERROR(ShaDowKHopSampler({2}).sample(g, ids({1}, at::kInt), kShadowKey), "seeds", "Int");
  EXPECT_ERROR(ShaDowKHopSampler({2}, {.prob = "p"}).prepare(g), "prob \"p\"");
  EXPECT_ERROR(
      ShaDowKHopSampler({2}).sample(create_block(ids({0}), ids({0}), 1, 1), ids({0}), kShadowKey),
      "block");
}

}  // namespace
}  // namespace grapevine::sampling
