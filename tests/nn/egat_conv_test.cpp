#include "grapevine/nn/egat_conv.h"

#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/attention_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/graphs.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

/// Binds edge features, so that the checks of layers without any apply.
class WithEdgeFeatures {
 public:
  using ContainedType = EGATConvImpl;
  explicit WithEdgeFeatures(EGATConv conv) : conv_(std::move(conv)) {}
  explicit WithEdgeFeatures(std::shared_ptr<EGATConvImpl> conv) : conv_(std::move(conv)) {}
  at::Tensor operator()(const Graph& graph, const at::Tensor& feat) {
    return conv_->forward(graph, feat, edge_features(graph));
  }
  EGATConvImpl* operator->() { return conv_.get(); }
  static at::Tensor edge_features(const Graph& graph) {
    return random_values(7, {graph.num_edges(), 4}, at::kFloat);
  }

 private:
  EGATConv conv_;
};

TEST(EGATConv, GivesDGLsNumbers) {
  expect_as_recorded("egat_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    EGATConv conv(recorded_in_feats(c, "in_node_feats"), c.option<std::int64_t>("in_edge_feats", 1),
                  c.option<std::int64_t>("out_node_feats", 1),
                  c.option<std::int64_t>("out_edge_feats", 1),
                  EGATConvOptions{.num_heads = c.option<std::int64_t>("num_heads", 1)});
    load_parameters(*conv, c);
    const EGATOutput output = conv->forward_with_edges(c.graph, node_features(c), c.input("efeats"),
                                                       c.input("edge_weight"));
    return {output.nodes, output.edges};
  });
}

TEST(EGATConv, StartsWithDGLsValues) {
  EGATConv conv(300, 100, 20, 30, EGATConvOptions{.num_heads = 10});
  const auto deviation = [](double fans) { return std::sqrt(2.0) * std::sqrt(2.0 / fans); };
  EXPECT_NEAR(conv->fc_node_src->weight.std().item<double>(), deviation(500), 0.002);
  EXPECT_NEAR(conv->fc_ni->weight.std().item<double>(), deviation(600), 0.002);
  EXPECT_NEAR(conv->fc_nj->weight.std().item<double>(), deviation(600), 0.002);
  EXPECT_NEAR(conv->fc_fij->weight.std().item<double>(), deviation(400), 0.002);
  EXPECT_EQ(conv->bias.abs().sum().item<double>(), 0);
}

TEST(EGATConv, GivesTheSameOnABlockAsOnTheWholeGraph) {
  const Graph graph = looped_layer_graph();
  EGATConv conv(5, 4, 3, 2, EGATConvOptions{.num_heads = 2});
  const at::Tensor feat = at::randn({6, 5});
  const at::Tensor edge_feat = at::randn({graph.num_edges(), 4});
  const EGATOutput expected = conv->forward_with_edges(graph, feat, edge_feat);
  const at::Tensor nodes = at::tensor({3L, 0L, 5L});
  const Graph block = full_block(graph, nodes);
  const at::Tensor edge_ids = block.edata()[EID];
  const at::Tensor inputs = feat.index_select(0, block.srcdata()[NID].tensor());
  const at::Tensor edge_inputs = edge_feat.index_select(0, edge_ids);
  for (const NodeFeatures& given :
       {NodeFeatures(inputs), NodeFeatures(inputs, feat.index_select(0, nodes))}) {
    const EGATOutput output = conv->forward_with_edges(block, given, edge_inputs);
    EXPECT_TRUE(all_close(output.nodes, expected.nodes.index_select(0, nodes)));
    EXPECT_TRUE(all_close(output.edges, expected.edges.index_select(0, edge_ids)));
    EXPECT_TRUE(all_close(output.attention, expected.attention.index_select(0, edge_ids)));
  }
}

TEST(EGATConv, MultipliesAttentionByEdgeWeights) {
  const Graph graph = looped_layer_graph();
  EGATConv conv(5, 4, 3, 2, EGATConvOptions{.num_heads = 2, .bias = false});
  const at::Tensor feat = at::randn({6, 5});
  const at::Tensor edge_feat = at::randn({graph.num_edges(), 4});
  const at::Tensor weight = at::rand({graph.num_edges()});
  const EGATOutput plain = conv->forward_with_edges(graph, feat, edge_feat);
  const EGATOutput weighed = conv->forward_with_edges(graph, feat, edge_feat, weight);
  EXPECT_TRUE(all_close(weighed.attention, plain.attention * weight.view({-1, 1, 1})));
  EXPECT_TRUE(all_close(weighed.edges, plain.edges));
  EXPECT_EQ(plain.attention.sizes(), (std::vector<std::int64_t>{graph.num_edges(), 2, 1}));
}

TEST(EGATConv, RejectsNodesWithoutInEdgesUnlessAllowed) {
  EGATConv conv(5, 4, 3, 2);
  const Graph graph = layer_graph();
  const at::Tensor feat = at::randn({6, 5});
  const at::Tensor edge_feat = at::randn({graph.num_edges(), 4});
  EXPECT_TRUE(conv->needs_in_edges());
  EXPECT_ERROR(conv->forward(graph, feat, edge_feat), "EGATConv", "1 0-in-degree");
  EGATConv tolerant(5, 4, 3, 2, EGATConvOptions{.allow_zero_in_degree = true});
  EXPECT_FALSE(tolerant->needs_in_edges());
  EXPECT_TRUE(all_close(tolerant->forward(graph, feat, edge_feat)[5], at::zeros({1, 3})));
}

TEST(EGATConv, WorksOnInt32GraphsAndWithoutEdges) {
  EGATConv conv(5, 4, 3, 2, EGATConvOptions{.num_heads = 2, .allow_zero_in_degree = true});
  const at::Tensor feat = at::randn({6, 5});
  const at::Tensor edge_feat = at::randn({layer_graph().num_edges(), 4});
  EXPECT_TRUE(all_close(conv->forward(layer_graph().to_int32(), feat, edge_feat),
                        conv->forward(layer_graph(), feat, edge_feat)));
  const EGATOutput output =
      conv->forward_with_edges(grapevine::graph({}, {}, {.num_nodes = 6}), feat, at::zeros({0, 4}));
  EXPECT_TRUE(all_close(output.nodes, at::zeros({6, 2, 3})));
  EXPECT_EQ(output.edges.sizes(), (std::vector<std::int64_t>{0, 2, 2}));
}

TEST(EGATConv, ClonesSavesAndLoads) {
  const Graph graph = looped_layer_graph();
  const at::Tensor feat = at::randn({6, 5});
  WithEdgeFeatures conv(EGATConv(5, 4, 3, 2));
  WithEdgeFeatures other(EGATConv(5, 4, 3, 2));
  expect_round_trip(conv, other, graph, feat);
  expect_gradients(conv, graph, feat);
  expect_independent_clone(conv, graph, feat);
}

TEST(EGATConv, HasCorrectGradientsOfNodesAndEdges) {
  const Graph graph = looped_layer_graph();
  EGATConv conv(3, 2, 2, 2, EGATConvOptions{.num_heads = 2});
  EXPECT_TRUE(layer_gradcheck(
      *conv, {at::randn({6, 3}), at::randn({graph.num_edges(), 2}), at::rand({graph.num_edges()})},
      [&](const std::vector<at::Tensor>& inputs) {
        const EGATOutput output = conv->forward_with_edges(graph, inputs[0], inputs[1], inputs[2]);
        return output.nodes.sum() + output.edges.mul(output.edges).sum() +
               output.nodes.mul(output.nodes).sum();
      }));
}

TEST(EGATConv, RejectsFeaturesOfTheWrongShape) {
  const Graph graph = looped_layer_graph();
  const at::Tensor feat = at::randn({6, 5});
  const at::Tensor edge_feat = at::randn({graph.num_edges(), 4});
  EGATConv conv(5, 4, 3, 2);
  EXPECT_ERROR(conv->forward(graph, feat), "EGATConv", "edge features", "undefined");
  EXPECT_ERROR(conv->forward(graph, feat, at::randn({graph.num_edges(), 3})), "edge features",
               "4 features");
  EXPECT_ERROR(conv->forward(graph, feat, at::randn({2, 4})), "edge features", "[2, 4]");
  EXPECT_ERROR(conv->forward(graph, at::randn({6, 4}), edge_feat), "EGATConv", "source",
               "5 features", "[6, 4]");
  EXPECT_ERROR(conv->forward(graph, at::randn({6, 2, 5}), edge_feat), "two dimensions", "3");
  EXPECT_ERROR(conv->forward_with_edges(graph, feat, edge_feat, at::rand({2})), "edge weight",
               "[2]");
  EXPECT_ERROR(EGATConv(5, 0, 3, 2), "EGATConv", "in_edge_feats", "0");
  EXPECT_ERROR(EGATConv(5, 4, 3, 2, EGATConvOptions{.num_heads = 0}), "num_heads", "0");
}

TEST(EGATConv, IsMadeByName) {
  ConvArguments arguments{.in_feats = 5, .out_feats = 3, .edge_feats = 4};
  arguments.options = {{"out_heads", "2"}};
  const auto conv = std::dynamic_pointer_cast<EGATConvImpl>(make_conv("egat", arguments));
  ASSERT_NE(conv, nullptr);
  EXPECT_EQ(conv->num_heads(), 2);
  EXPECT_EQ(conv->out_edge_feats, 3);
  arguments.options["out_edge_feats"] = "7";
  EXPECT_EQ(std::dynamic_pointer_cast<EGATConvImpl>(make_conv("egat", arguments))->out_edge_feats,
            7);
  arguments.edge_feats = 0;
  EXPECT_ERROR(make_conv("egat", arguments), "egat", "edge features");
}

}  // namespace
}  // namespace grapevine::nn
