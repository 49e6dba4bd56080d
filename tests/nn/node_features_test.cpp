#include "grapevine/nn/node_features.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>
#include <torch/utils.h>

#include <map>
#include <string>

#include "grapevine/nn/conv_registry.h"
#include "grapevine/nn/conv_stack.h"
#include "grapevine/nn/detail/multiply_first.h"
#include "grapevine/sampling/neighbor_sampler.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

/// A random graph with features of nodes and edges.
Graph featured_graph(at::ScalarType idtype, std::int64_t width) {
  torch::manual_seed(3);
  Graph g =
      graph(at::randint(60, {400}, idtype), at::randint(60, {400}, idtype), {.num_nodes = 60});
  g.ndata()["feat"] = at::randn({60, width});
  g.edata()["weight"] = at::rand({400, 1});
  return g;
}

sampling::MiniBatch sample(const Graph& g, std::int64_t layers) {
  const at::Tensor seeds = at::arange(10, 30, at::TensorOptions(g.idtype()));
  return sampling::NeighborSampler(std::vector<std::int64_t>(static_cast<std::size_t>(layers), 4))
      .sample(g, seeds, RandomKey(5));
}

bool is_gathered(const Graph& block) { return !block.srcdata()["feat"].column()->is_lazy(); }

TEST(NodeFeatures, GiveEveryLayerTheRowsOfABlockWhetherGatheredOrNot) {
  using Options = std::map<std::string, std::string>;
  for (const at::ScalarType idtype : {at::kInt, at::kLong}) {
    const Graph g = featured_graph(idtype, 6);
    for (const auto& [name, options] :
         std::vector<std::pair<std::string, Options>>{{"sage", {{"aggregator", "mean"}}},
                                                      {"sage", {{"aggregator", "gcn"}}},
                                                      {"sage", {{"aggregator", "pool"}}},
                                                      {"sage", {{"aggregator", "lstm"}}},
                                                      {"gin", {}},
                                                      {"gcn", {}},
                                                      {"gat", {}},
                                                      {"mlp", {}}}) {
      for (const std::int64_t out : {3, 9}) {
        const auto conv = make_conv(name, {.in_feats = 6, .out_feats = out, .options = options});
        const Graph lazy = sample(g, 1).blocks.front();
        const Graph gathered = sample(g, 1).blocks.front();
        const at::Tensor feat = gathered.srcdata()["feat"];
        EXPECT_TRUE(conv->forward(lazy, lazy.srcdata()["feat"])
                        .allclose(conv->forward(gathered, feat), 1e-5, 1e-6))
            << name << " to " << out;
      }
    }
  }
}

TEST(NodeFeatures, StayUngatheredWhereALayerSumsOverThem) {
  const Graph g = featured_graph(at::kInt, 6);
  ConvStack model(6, 3, ConvStackOptions{.conv = "sage", .layers = 2, .hidden = 8});
  EXPECT_TRUE(model->reads_in_place());
  const sampling::MiniBatch batch = sample(g, 2);
  const at::Tensor scores = model(batch.blocks, batch.blocks.front().srcdata()["feat"]);
  EXPECT_FALSE(is_gathered(batch.blocks.front()));
  const at::Tensor rows = g.ndata()["feat"]->index_select(0, batch.input_nodes.tensor());
  EXPECT_TRUE(at::equal(scores, model(batch.blocks, rows)));
}

TEST(NodeFeatures, AreGatheredWhereTheyAreChangedFirst) {
  const Graph g = featured_graph(at::kLong, 6);
  ConvStack dropping(6, 3, ConvStackOptions{.hidden = 8, .input_dropout = 0.5});
  EXPECT_FALSE(dropping->reads_in_place());
  dropping->eval();
  EXPECT_TRUE(dropping->reads_in_place());
  EXPECT_FALSE(ConvStack(6, 3, ConvStackOptions{.conv = "gat", .hidden = 8})->reads_in_place());
}

TEST(NodeFeatures, AreMultipliedFirstOnlyWhereThatIsLessWork) {
  const Graph g = featured_graph(at::kLong, 6);
  const ops::EdgeIndex& edges = *g.adjacency();
  EXPECT_TRUE(detail::multiply_first(edges, 600, 4));
  EXPECT_FALSE(detail::multiply_first(edges, 4, 600));
  const Graph block = sample(g, 1).blocks.front();
  EXPECT_GT(block.num_src_nodes(), 2 * block.num_dst_nodes());
  EXPECT_FALSE(detail::multiply_first(*block.adjacency(), 600, 590));
}

TEST(NodeFeatures, ReadEdgeWeightsByTheBlocksEdges) {
  const Graph g = featured_graph(at::kInt, 6);
  const auto conv = make_conv("sage", {.in_feats = 6, .out_feats = 8, .edge_feats = 1});
  const Graph block = sample(g, 1).blocks.front();
  const at::Tensor weight = block.edata()["weight"];
  const at::Tensor in_place = conv->forward(block, block.srcdata()["feat"], weight);
  EXPECT_FALSE(is_gathered(block));
  EXPECT_TRUE(in_place.allclose(conv->forward(block, block.srcdata()["feat"].tensor(), weight),
                                1e-5, 1e-6));
}

TEST(NodeFeatures, PassGradientsToFeaturesThatNeedThem) {
  Graph g = featured_graph(at::kLong, 6);
  const at::Tensor feat = g.ndata()["feat"].tensor().requires_grad_();
  const auto conv = make_conv("sage", {.in_feats = 6, .out_feats = 8});
  const Graph block = sample(g, 1).blocks.front();
  conv->forward(block, block.srcdata()["feat"]).sum().backward();
  const at::Tensor expected = feat.grad().clone();
  feat.mutable_grad() = at::Tensor();
  const Graph again = sample(g, 1).blocks.front();
  conv->forward(again, again.srcdata()["feat"].tensor()).sum().backward();
  EXPECT_TRUE(expected.allclose(feat.grad()));
  EXPECT_GT(expected.abs().sum().item<double>(), 0);
}

TEST(NodeFeatures, GradientsOfTheWeightsAreTheSame) {
  const Graph g = featured_graph(at::kInt, 6);
  ConvStack model(6, 3, ConvStackOptions{.layers = 2, .hidden = 8});
  const sampling::MiniBatch batch = sample(g, 2);
  const auto gradients = [&](const NodeFeatures& feat) {
    model->zero_grad();
    model(batch.blocks, feat).square().sum().backward();
    std::vector<at::Tensor> result;
    for (const at::Tensor& parameter : model->parameters()) {
      result.push_back(parameter.grad().clone());
    }
    return result;
  };
  const auto in_place = gradients(batch.blocks.front().srcdata()["feat"]);
  const auto gathered = gradients(batch.blocks.front().srcdata()["feat"].tensor());
  for (std::size_t i = 0; i < in_place.size(); ++i) {
    EXPECT_TRUE(in_place[i].allclose(gathered[i], 1e-5, 1e-6)) << i;
  }
}

TEST(NodeFeatures, OfAWholeGraphAndPairsAreAsTheyWere) {
  const Graph g = featured_graph(at::kLong, 6);
  const NodeFeatures whole = g.ndata()["feat"];
  EXPECT_TRUE(whole.split(g).src.is_same(g.ndata()["feat"].tensor()));
  EXPECT_TRUE(whole.dst(g).is_same(g.ndata()["feat"].tensor()));
  EXPECT_EQ(whole.in_place(g).edges, g.adjacency());
  const at::Tensor dst = at::randn({60, 2});
  const NodeFeatures pair = {g.ndata()["feat"].tensor(), dst};
  EXPECT_TRUE(pair.is_pair());
  EXPECT_TRUE(pair.dst(g).is_same(dst));
}

TEST(NodeFeatures, OfAnotherLengthOrNameAreRefused) {
  const Graph g = featured_graph(at::kLong, 6);
  const Graph block = sample(g, 1).blocks.front();
  const auto conv = make_conv("sage", {.in_feats = 6, .out_feats = 8});
  EXPECT_ERROR(conv->forward(block, block.srcdata()["h"]), "no source node feature \"h\"", "feat");
  const Graph other = sample(g, 2).blocks.front();
  EXPECT_ERROR(conv->forward(block, other.srcdata()["feat"]), "feat", "rows");
}

}  // namespace
}  // namespace grapevine::nn
