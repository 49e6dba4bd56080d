#include "grapevine/nn/gat_conv.h"

#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cmath>

#include "grapevine/ops/spmm.h"
#include "tests/nn/attention_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

GATConv from_case(const LayerCase& c) {
  return GATConv(recorded_in_feats(c, "in_feats"), c.option<std::int64_t>("out_feats", 1),
                 c.option<std::int64_t>("num_heads", 1),
                 GATConvOptions{.negative_slope = c.option("negative_slope", 0.2),
                                .residual = c.option("residual", false),
                                .allow_zero_in_degree = c.option("allow_zero_in_degree", false),
                                .bias = c.option("bias", true)});
}

TEST(GATConv, GivesDGLsNumbers) {
  expect_as_recorded("gat_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    GATConv conv = from_case(c);
    load_parameters(*conv, c);
    conv->eval();
    return {conv->forward(c.graph, node_features(c), c.input("edge_weight"))};
  });
}

TEST(GATConv, StartsWithDGLsValues) {
  GATConv conv(300, 20, 10, GATConvOptions{.residual = true});
  const double gain = std::sqrt(2.0);
  EXPECT_NEAR(conv->fc->weight.std().item<double>(), gain * std::sqrt(2.0 / 500), 0.002);
  EXPECT_NEAR(conv->res_fc->weight.std().item<double>(), gain * std::sqrt(2.0 / 500), 0.002);
  EXPECT_EQ(conv->res_fc->bias.abs().sum().item<double>(), 0);
  EXPECT_FALSE(conv->bias.defined());
  // A tensor [1, heads, out] has fans of heads * out and out.
  EXPECT_NEAR(conv->attn_l.std().item<double>(), gain * std::sqrt(2.0 / 220), 0.03);
  GATConv plain(300, 20, 10);
  EXPECT_EQ(plain->bias.abs().sum().item<double>(), 0);
}

TEST(GATConv, ReturnsTheAttentionThatWeighedTheMessages) {
  const Graph graph = looped_layer_graph();
  GATConv conv(4, 3, 2, GATConvOptions{.bias = false});
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor weight = at::rand({graph.num_edges()});
  for (const at::Tensor& edge_weight : {at::Tensor(), weight, weight.unsqueeze(1)}) {
    const AttentionOutput output = conv->forward_with_attention(graph, feat, edge_weight);
    EXPECT_EQ(output.attention.sizes(), (std::vector<std::int64_t>{graph.num_edges(), 2, 1}));
    EXPECT_TRUE(all_close(output.feat, conv->forward(graph, feat, edge_weight)));
    const at::Tensor expected =
        ops::gspmm(graph.adjacency(), ops::BinaryOp::kMul, ops::Reduce::kSum,
                   {ops::Target::kSrc, conv->fc->forward(feat).view({6, 2, 3})},
                   {ops::Target::kEdge, output.attention});
    EXPECT_TRUE(all_close(output.feat, expected));
  }
}

TEST(GATConv, DropsAttentionWhileTrainingOnly) {
  const Graph graph = looped_layer_graph();
  GATConv conv(4, 3, 50, GATConvOptions{.attn_drop = 0.5});
  const at::Tensor feat = at::randn({6, 4});
  const auto dropped = [&] {
    return conv->forward_with_attention(graph, feat).attention.eq(0).any().item<bool>();
  };
  EXPECT_TRUE(dropped());
  conv->eval();
  EXPECT_FALSE(dropped());
}

TEST(GATConv, AppliesTheActivationLast) {
  const Graph graph = looped_layer_graph();
  const at::Tensor feat = at::randn({6, 4});
  GATConv conv(4, 3, 2, GATConvOptions{.residual = true});
  const at::Tensor expected = conv(graph, feat).relu();
  conv->options.activation = [](const at::Tensor& h) { return h.relu(); };
  EXPECT_TRUE(all_close(conv(graph, feat), expected));
}

TEST(GATConv, TakesNegativeSlopesBelowZero) {
  GATConv conv(2, 2, 1, GATConvOptions{.negative_slope = -0.5});
  expect_layer_gradcheck(conv, looped_layer_graph(), at::randn({6, 2}));
}

TEST(GATConv, HasCorrectGradientsForEdgeWeights) {
  const Graph graph = looped_layer_graph();
  GATConv conv(3, 2, 2, GATConvOptions{.residual = true});
  EXPECT_TRUE(layer_gradcheck(*conv, {at::randn({6, 3}), at::rand({graph.num_edges()})},
                              [&](const std::vector<at::Tensor>& inputs) {
                                return conv->forward(graph, inputs[0], inputs[1]);
                              }));
}

TEST(GATConv, RejectsBadOptionsAndEdgeWeights) {
  EXPECT_ERROR(GATConv(4, 3, 0), "GATConv", "num_heads", "0");
  EXPECT_ERROR(GATConv(std::pair(4, -2), 3, 2), "GATConv", "destination", "-2");
  EXPECT_ERROR(GATConv(4, 3, 2, GATConvOptions{.feat_drop = 1.0}), "GATConv", "feat_drop", "1");
  EXPECT_ERROR(GATConv(4, 3, 2, GATConvOptions{.attn_drop = -0.5}), "attn_drop", "-0.5");
  GATConv conv(4, 3, 2);
  const Graph graph = looped_layer_graph();
  EXPECT_ERROR(conv->forward(graph, at::randn({6, 4}), at::rand({3})), "GATConv", "edge weight",
               "3");
  EXPECT_ERROR(conv->forward(graph, at::randn({6, 4}), at::rand({graph.num_edges(), 2})),
               "edge weight", "one number for each edge");
}

}  // namespace
}  // namespace grapevine::nn
