#include "grapevine/sampling/neighbor_sampler.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "grapevine/graph/transform/reverse.h"
#include "grapevine/graph/transform/to_block.h"
#include "tests/sampling/sample_graphs.h"
#include "tests/support/expect_error.h"

namespace grapevine::sampling {
namespace {

using testing_support::expect_block_of;
using testing_support::expect_same_batch;
using testing_support::ids;
using testing_support::list;
using testing_support::random_graph;
using testing_support::random_ids;
using testing_support::typed_graph;

const RandomKey kKey(42);

/// What a user writes who wants a frontier of his own: DGL's recipe of sample_neighbors and
/// to_block.
class FrontierSampler : public Sampler {
 public:
  FrontierSampler(std::vector<Fanout> fanouts, NeighborSamplerOptions options)
      : fanouts_(std::move(fanouts)), options_(std::move(options)) {}

  [[nodiscard]] MiniBatch sample(const Graph& graph, const NodeIds& seeds,
                                 const RandomKey& key) const override {
    MiniBatch batch{.input_nodes = seeds, .output_nodes = seeds};
    for (std::size_t hop = 0; hop < fanouts_.size(); ++hop) {
      const Fanout& fanout = fanouts_[fanouts_.size() - 1 - hop];
      const Graph frontier =
          sample_neighbors(graph, batch.input_nodes, fanout, options_, key.fold_in(hop));
      Graph block = to_block(frontier, batch.input_nodes);
      NodeIds::Map inputs;
      for (const std::string& type : block.srctypes()) {
        inputs[type] = block.srcnodes(type).data[NID];
      }
      for (const CanonicalEtype& etype : block.canonical_etypes()) {
        block.edges(etype).data[EID] = frontier.edges(etype).data[EID];
      }
      const bool is_untyped = seeds.contains("");
      batch.input_nodes = is_untyped ? NodeIds(inputs.begin()->second) : NodeIds(inputs);
      batch.blocks.insert(batch.blocks.begin(), std::move(block));
    }
    return batch;
  }

 private:
  std::vector<Fanout> fanouts_;
  NeighborSamplerOptions options_;
};

TEST(NeighborSampler, MakesABlockForEachLayer) {
  const Graph g = random_graph(200, 2000);
  const at::Tensor seeds = ids({5, 17, 3, 199, 60});
  auto [input_nodes, output_nodes, blocks] = NeighborSampler({3, 2}).sample(g, seeds, kKey);
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_TRUE(at::equal(output_nodes, seeds));
  EXPECT_TRUE(at::equal(blocks[1].dstdata()[NID], seeds));
  EXPECT_TRUE(at::equal(blocks[1].srcdata()[NID], blocks[0].dstdata()[NID]));
  EXPECT_TRUE(at::equal(input_nodes, blocks[0].srcdata()[NID]));
  for (const Graph& block : blocks) {
    expect_block_of(block, g);
  }
}

TEST(NeighborSampler, UsesTheLastFanoutForTheSeeds) {
  const Graph g = random_graph(200, 8000);
  const auto batch = NeighborSampler({3, 7}).sample(g, ids({5, 17}), kKey);
  EXPECT_EQ(list(batch.blocks[1].in_degrees()), (std::vector<std::int64_t>{7, 7}));
  for (const std::int64_t degree : list(batch.blocks[0].in_degrees())) {
    EXPECT_EQ(degree, 3);
  }
}

TEST(NeighborSampler, CarriesTheParentsFeaturesLazily) {
  const Graph g = random_graph(200, 2000);
  const auto batch = NeighborSampler({3, 2}).sample(g, ids({5, 17, 3}), kKey);
  const Graph& block = batch.blocks[0];
  EXPECT_TRUE(block.srcdata().frame()->columns().at("x")->is_lazy());
  EXPECT_TRUE(at::equal(block.srcdata()["x"], g.ndata()["x"]->index_select(0, batch.input_nodes)));
  EXPECT_TRUE(at::equal(batch.blocks[1].dstdata()["label"], ids({35, 119, 21})));
  EXPECT_TRUE(
      at::equal(block.edata()["weight"], g.edata()["weight"]->index_select(0, block.edata()[EID])));
}

TEST(NeighborSampler, GivesWhatSampleNeighborsAndToBlockGive) {
  const Graph g = random_graph(200, 2000);
  const at::Tensor seeds = ids({5, 17, 3, 199, 60});
  for (const NeighborSamplerOptions& options : {NeighborSamplerOptions{},
                                                {.prob = "weight"},
                                                {.mask = "mask"},
                                                {.prob = "weight", .replace = true}}) {
    const NeighborSampler sampler({-1, 3, 2}, options);
    const FrontierSampler recipe({-1, 3, 2}, options);
    expect_same_batch(sampler.sample(g, seeds, kKey), recipe.sample(g, seeds, kKey));
    const Graph narrow = g.to_int32();
    expect_same_batch(sampler.sample(narrow, seeds.to(at::kInt), kKey),
                      recipe.sample(narrow, seeds.to(at::kInt), kKey));
  }
}

TEST(NeighborSampler, GivesWhatSampleNeighborsAndToBlockGiveOnATypedGraph) {
  const Graph g = typed_graph();
  const NodeIds seeds = {{"item", ids({3, 1})}, {"user", ids({9})}};
  const MiniBatch batch = NeighborSampler({4, 2}).sample(g, seeds, kKey);
  MiniBatch expected = FrontierSampler({4, 2}, {}).sample(g, seeds, kKey);
  expect_same_batch(batch, expected);
}

TEST(NeighborSampler, SamplesATypedGraph) {
  const Graph g = typed_graph();
  const NodeIds seeds = {{"item", ids({3, 1, 20})}};
  const MiniBatch batch = NeighborSampler({2, 2}).sample(g, seeds, kKey);
  const Graph& last = batch.blocks[1];
  EXPECT_EQ(last.srctypes(), (std::vector<std::string>{"item", "shop", "user"}));
  EXPECT_EQ(last.canonical_etypes(), g.canonical_etypes());
  EXPECT_EQ(last.num_dst_nodes("item"), 3);
  EXPECT_EQ(last.num_dst_nodes("user"), 0);
  EXPECT_EQ(last.num_edges("buys"), 6);
  EXPECT_EQ(last.num_edges("follows"), 0);
  EXPECT_EQ(batch.input_nodes.map().size(), 3U);
  EXPECT_EQ(batch.output_nodes.map().size(), 1U);
  for (const Graph& block : batch.blocks) {
    expect_block_of(block, g);
  }
  const Graph& first = batch.blocks[0];
  EXPECT_GT(first.num_edges("liked-by"), 0);
  EXPECT_TRUE(at::equal(first.srcnodes("user").data["x"],
                        g.nodes("user").data["x"]->index_select(0, batch.input_nodes["user"])));
  EXPECT_TRUE(at::equal(last.dstnodes("item").data["label"], ids({3, 1, 20})));
}

TEST(NeighborSampler, TakesAFanoutForEachRelation) {
  const Graph g = typed_graph();
  const NeighborSampler sampler({Fanout{{"follows", 1}, {"liked-by", 2}, {"buys", 0}}, 3});
  const MiniBatch batch = sampler.sample(g, {{"user", ids({7})}}, kKey);
  EXPECT_EQ(batch.blocks[1].num_edges("follows"), 3);
  EXPECT_EQ(batch.blocks[1].num_edges("liked-by"), 3);
  EXPECT_EQ(batch.blocks[0].num_edges("buys"), 0);
  EXPECT_EQ(batch.blocks[0].num_edges("follows"), batch.blocks[0].num_dst_nodes("user"));
}

TEST(NeighborSampler, AggregatesOverOutEdges) {
  const Graph g = random_graph(200, 2000);
  const at::Tensor seeds = ids({5, 17, 3});
  const auto batch =
      NeighborSampler({3, 2}, {.edge_dir = EdgeDirection::kOut}).sample(g, seeds, kKey);
  const Graph& block = batch.blocks[1];
  const EdgePair parent = g.find_edges(block.edata()[EID]);
  EXPECT_TRUE(at::equal(parent.src, block.dstdata()[NID]->index_select(0, block.edges().uv().dst)));
  EXPECT_TRUE(at::equal(parent.dst, block.srcdata()[NID]->index_select(0, block.edges().uv().src)));
  const auto mirrored = NeighborSampler({3, 2}).sample(reverse(g), seeds, kKey);
  EXPECT_TRUE(at::equal(batch.input_nodes, mirrored.input_nodes));
  EXPECT_TRUE(at::equal(batch.blocks[0].edata()[EID], mirrored.blocks[0].edata()[EID]));
}

TEST(NeighborSampler, TurnsRelationsRoundForOutEdges) {
  const Graph g = typed_graph();
  const NeighborSampler sampler({2}, {.edge_dir = EdgeDirection::kOut});
  const MiniBatch batch = sampler.sample(g, {{"user", ids({7, 8})}}, kKey);
  const CanonicalEtype bought{"item", "buys", "user"};
  const Graph& block = batch.blocks[0];
  EXPECT_EQ(block.num_edges(bought), 4);
  const EdgePair parent = g.find_edges(block.edges(bought).data[EID], "buys");
  EXPECT_EQ(list(parent.src), (std::vector<std::int64_t>{7, 7, 8, 8}));
  EXPECT_TRUE(at::equal(
      parent.dst, block.srcnodes("item").data[NID]->index_select(0, block.edges(bought).uv().src)));
}

TEST(NeighborSampler, KeepsInt32) {
  const Graph g = random_graph(200, 2000);
  const at::Tensor seeds = ids({5, 17, 3});
  const auto wide = NeighborSampler({3, 2}).sample(g, seeds, kKey);
  const auto narrow = NeighborSampler({3, 2}).sample(g.to_int32(), seeds.to(at::kInt), kKey);
  EXPECT_EQ(narrow.blocks[0].idtype(), at::kInt);
  EXPECT_EQ(narrow.input_nodes.tensor().scalar_type(), at::kInt);
  EXPECT_EQ(narrow.blocks[0].edata()[EID]->scalar_type(), at::kInt);
  EXPECT_EQ(list(wide.input_nodes), list(narrow.input_nodes));
  expect_block_of(narrow.blocks[0], g.to_int32());
}

TEST(NeighborSampler, LeavesIsolatedNodesAlone) {
  const Graph g = random_graph(200, 2000);
  const auto batch = NeighborSampler({3, 2}).sample(g, ids({199}), kKey);
  EXPECT_EQ(batch.blocks[0].num_edges(), 0);
  EXPECT_EQ(list(batch.input_nodes), (std::vector<std::int64_t>{199}));
}

TEST(NeighborSampler, KeepsParallelEdgesAndSelfLoops) {
  const Graph g = graph({0, 0, 1}, {1, 1, 1});
  const auto batch = NeighborSampler({-1}).sample(g, ids({1}), kKey);
  EXPECT_EQ(list(batch.input_nodes), (std::vector<std::int64_t>{1, 0}));
  EXPECT_EQ(list(batch.blocks[0].edges().uv().src), (std::vector<std::int64_t>{1, 1, 0}));
}

TEST(NeighborSampler, SamplesADuplicateSeedForItself) {
  const Graph g =
      graph(at::arange(1000, at::kLong).remainder(999) + 1, at::arange(1000, at::kLong).mul(0));
  const auto batch = NeighborSampler({2, 5}).sample(g, ids({0, 7, 0}), kKey);
  const Graph& block = batch.blocks[1];
  EXPECT_EQ(list(block.dstdata()[NID]), (std::vector<std::int64_t>{0, 7, 0}));
  EXPECT_EQ(list(block.in_degrees()), (std::vector<std::int64_t>{5, 0, 5}));
  const std::vector<std::int64_t> edges = list(block.edata()[EID]);
  EXPECT_NE(std::vector<std::int64_t>(edges.begin(), edges.begin() + 5),
            std::vector<std::int64_t>(edges.begin() + 5, edges.end()));
  EXPECT_EQ(list(batch.blocks[0].dstdata()[NID]), list(block.srcdata()[NID]));
}

TEST(NeighborSampler, GivesASourceThatIsADuplicateSeedItsFirstRow) {
  const Graph g = graph({1, 0}, {0, 1});
  const auto batch = NeighborSampler({-1}).sample(g, ids({0, 0, 1}), kKey);
  const EdgePair uv = batch.blocks[0].edges().uv();
  EXPECT_EQ(list(uv.src), (std::vector<std::int64_t>{2, 2, 0}));
  EXPECT_EQ(list(uv.dst), (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(list(batch.input_nodes), (std::vector<std::int64_t>{0, 0, 1}));
}

TEST(NeighborSampler, MayHaveNoSeeds) {
  const auto batch = NeighborSampler({3, 2}).sample(random_graph(20, 50), ids({}), kKey);
  EXPECT_EQ(batch.input_nodes.num_ids(), 0);
  EXPECT_EQ(batch.blocks[0].num_edges(), 0);
}

TEST(NeighborSampler, DependsOnTheKeyAndNotOnThreads) {
  const Graph g = random_graph(5000, 60000);
  const at::Tensor seeds = at::arange(3000, at::kLong);
  const NeighborSampler sampler({5, 5});
  const MiniBatch batch = testing_support::expect_same_for_threads(sampler, g, seeds, kKey);
  const MiniBatch other = sampler.sample(g, seeds, RandomKey(1));
  EXPECT_FALSE(at::equal(batch.blocks[1].edata()[EID], other.blocks[1].edata()[EID]));
}

TEST(NeighborSampler, DrawsEachHopForItself) {
  // In both hops the only seed is node 0, which only it can reach.
  const Graph g = graph(at::arange(1000, at::kLong).mul(0), at::arange(1000, at::kLong).mul(0));
  const auto batch = NeighborSampler({8, 8}).sample(g, ids({0}), kKey);
  EXPECT_FALSE(at::equal(batch.blocks[0].edata()[EID], batch.blocks[1].edata()[EID]));
}

TEST(NeighborSampler, PreparesTheFormatItReads) {
  const Graph g = random_graph(20, 50);
  NeighborSampler({2}).prepare(g);
  EXPECT_TRUE(g.adjacency()->has_csc());
  EXPECT_FALSE(g.adjacency()->has_csr());
  NeighborSampler({2}, {.edge_dir = EdgeDirection::kOut}).prepare(g);
  EXPECT_TRUE(g.adjacency()->has_csr());
}

TEST(NeighborSampler, NamesBadArguments) {
  EXPECT_ERROR(NeighborSampler({}), "fanouts", "none");
  EXPECT_ERROR(NeighborSampler({2, -2}), "fanout", "-2");
  EXPECT_ERROR(NeighborSampler({2}, {.prob = "p", .mask = "m"}), "prob \"p\"", "mask \"m\"");
  EXPECT_ERROR(MultiLayerFullNeighborSampler(0), "num_layers", "0");
  const Graph g = random_graph(20, 50);
  EXPECT_ERROR(NeighborSampler({2}).sample(g, ids({20}), kKey), "seeds", "20", "19");
  EXPECT_ERROR(NeighborSampler({2}).sample(g, ids({1}).to(at::kInt), kKey), "seeds", "Int");
  EXPECT_ERROR(NeighborSampler({2}, {.prob = "p"}).sample(g, ids({1}), kKey), "prob \"p\"");
  EXPECT_ERROR(NeighborSampler({2}, {.prob = "p"}).prepare(g), "prob \"p\"");
  EXPECT_ERROR(NeighborSampler({Fanout{{"x", 2}}}).prepare(g), "\"x\"");
}

TEST(NeighborSampler, ChecksEveryProbabilityWhenPrepared) {
  const Graph g = random_graph(20, 50);
  for (const double bad : {std::nan(""), -1.0, std::numeric_limits<double>::infinity()}) {
    at::Tensor weights = at::ones({50}, at::kDouble);
    weights.data_ptr<double>()[33] = bad;
    g.edata()["p"] = weights;
    EXPECT_ERROR(NeighborSampler({2}, {.prob = "p"}).prepare(g), "prob \"p\"",
                 fmt::format("{}", bad), "edge 33");
  }
}

TEST(NeighborSampler, PicksTheSamePreparedOrNot) {
  for (const at::ScalarType idtype : {at::kLong, at::kInt}) {
    const Graph wide = random_graph(100, 3000);
    const Graph plain = idtype == at::kInt ? wide.to_int32() : wide;
    plain.edata()["double"] = plain.edata()["weight"]->to(at::kDouble);
    plain.edata()["positive"] = plain.edata()["weight"]->add(0.5);
    plain.edata()["byte"] = plain.edata()["mask"]->to(at::kByte);
    const at::Tensor seeds = at::arange(100, idtype);
    for (const NeighborSamplerOptions& options :
         {NeighborSamplerOptions{.prob = "weight"},
          {.prob = "double"},
          {.prob = "positive"},
          {.mask = "mask"},
          {.mask = "byte"},
          {.prob = "weight", .replace = true},
          {.edge_dir = EdgeDirection::kOut, .prob = "weight"}}) {
      const NeighborSampler sampler({3, 5}, options);
      const Graph prepared = plain.clone();
      sampler.prepare(prepared);
      expect_same_batch(sampler.sample(prepared, seeds, kKey), sampler.sample(plain, seeds, kKey));
    }
  }
}

TEST(NeighborSampler, SeesProbabilitiesThatChangedSinceItWasPrepared) {
  const Graph g = random_graph(100, 3000);
  const NeighborSampler sampler({3}, {.prob = "weight"});
  const at::Tensor seeds = at::arange(99, at::kLong);
  const auto picks_only_marked = [&] {
    const Graph block = sampler.sample(g, seeds, kKey).blocks[0];
    const at::Tensor weight = block.edata()["weight"];
    return block.num_edges() > 100 && weight.min().item<float>() > 5;
  };
  sampler.prepare(g);
  EXPECT_FALSE(picks_only_marked());
  const at::Tensor marked = random_ids(3000, 2, 9).to(at::kFloat) * 9;
  g.edata()["weight"]->copy_(marked);
  EXPECT_TRUE(picks_only_marked());
  g.edata()["weight"] = at::ones({3000});
  EXPECT_FALSE(picks_only_marked());
  sampler.prepare(g);
  g.edata()["weight"] = marked;
  EXPECT_TRUE(picks_only_marked());
}

TEST(NeighborSampler, TakesFanoutsInAnyIntegerType) {
  EXPECT_EQ(NeighborSampler(std::vector<std::int64_t>{4, 4}).fanouts().size(), 2U);
  EXPECT_EQ(NeighborSampler(std::vector<int>{4}).fanouts().size(), 1U);
  EXPECT_EQ(MultiLayerNeighborSampler({4}).fanouts().size(), 1U);
}

TEST(MultiLayerFullNeighborSampler, TakesEveryEdge) {
  const Graph g = random_graph(50, 400);
  const auto batch = MultiLayerFullNeighborSampler(2).sample(g, at::arange(50, at::kLong), kKey);
  ASSERT_EQ(batch.blocks.size(), 2U);
  EXPECT_EQ(batch.blocks[0].num_edges(), 400);
  EXPECT_EQ(batch.blocks[1].num_edges(), 400);
  EXPECT_TRUE(at::equal(batch.blocks[1].in_degrees(), g.in_degrees()));
}

}  // namespace
}  // namespace grapevine::sampling
