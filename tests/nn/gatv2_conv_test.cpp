#include "grapevine/nn/gatv2_conv.h"

#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>

#include "grapevine/ops/spmm.h"
#include "tests/nn/attention_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

TEST(GATv2Conv, GivesDGLsNumbers) {
  expect_as_recorded("gatv2_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    const bool share_weights = c.option("share_weights", false);
    GATv2Conv conv(recorded_in_feats(c, "in_feats"), c.option<std::int64_t>("out_feats", 1),
                   c.option<std::int64_t>("num_heads", 1),
                   GATv2ConvOptions{.residual = c.option("residual", false),
                                    .allow_zero_in_degree = c.option("allow_zero_in_degree", false),
                                    .bias = c.option("bias", true),
                                    .share_weights = share_weights});
    LayerCase own = c;
    if (share_weights) {
      own.parameters.erase("fc_dst.weight");
      own.parameters.erase("fc_dst.bias");
    }
    load_parameters(*conv, own);
    conv->eval();
    return {conv(c.graph, node_features(c))};
  });
}

TEST(GATv2Conv, StartsWithDGLsValues) {
  GATv2Conv conv(300, 20, 10, GATv2ConvOptions{.residual = true});
  const double deviation = std::sqrt(2.0) * std::sqrt(2.0 / 500);
  for (const torch::nn::Linear& linear : {conv->fc_src, conv->fc_dst, conv->res_fc}) {
    EXPECT_NEAR(linear->weight.std().item<double>(), deviation, 0.002);
    EXPECT_EQ(linear->bias.abs().sum().item<double>(), 0);
  }
  EXPECT_NEAR(conv->attn.std().item<double>(), std::sqrt(2.0) * std::sqrt(2.0 / 220), 0.03);
}

TEST(GATv2Conv, ReturnsTheAttentionThatWeighedTheMessages) {
  const Graph graph = looped_layer_graph();
  GATv2Conv conv(4, 3, 2);
  const at::Tensor feat = at::randn({6, 4});
  const AttentionOutput output = conv->forward_with_attention(graph, feat);
  EXPECT_EQ(output.attention.sizes(), (std::vector<std::int64_t>{graph.num_edges(), 2, 1}));
  EXPECT_TRUE(all_close(output.feat, conv(graph, feat)));
  const at::Tensor expected =
      ops::gspmm(graph.adjacency(), ops::BinaryOp::kMul, ops::Reduce::kSum,
                 {ops::Target::kSrc, conv->fc_src->forward(feat).view({6, 2, 3})},
                 {ops::Target::kEdge, output.attention});
  EXPECT_TRUE(all_close(output.feat, expected));
}

TEST(GATv2Conv, SharesOneMatrixBetweenBothSides) {
  GATv2Conv conv(4, 3, 2, GATv2ConvOptions{.share_weights = true});
  EXPECT_EQ(conv->named_parameters().size(), 3U);  // fc_src.weight, fc_src.bias, attn
  const Graph graph = looped_layer_graph();
  const at::Tensor feat = at::randn({6, 4});
  expect_independent_clone(conv, graph, feat);
  expect_layer_gradcheck(conv, graph, feat);
  EXPECT_ERROR(GATv2Conv(std::pair(4, 5), 3, 2, GATv2ConvOptions{.share_weights = true}),
               "GATv2Conv", "share_weights", "4", "5");
}

TEST(GATv2Conv, AppliesTheActivationLast) {
  const Graph graph = looped_layer_graph();
  const at::Tensor feat = at::randn({6, 4});
  GATv2Conv conv(4, 3, 2, GATv2ConvOptions{.residual = true});
  const at::Tensor expected = conv(graph, feat).relu();
  conv->options.activation = [](const at::Tensor& h) { return h.relu(); };
  EXPECT_TRUE(all_close(conv(graph, feat), expected));
}

TEST(GATv2Conv, TakesNegativeSlopesBelowZero) {
  GATv2Conv conv(2, 2, 1, GATv2ConvOptions{.negative_slope = -0.5});
  expect_layer_gradcheck(conv, looped_layer_graph(), at::randn({6, 2}));
}

TEST(GATv2Conv, RejectsBadOptionsAndEdgeFeatures) {
  EXPECT_ERROR(GATv2Conv(4, 0, 2), "GATv2Conv", "out_feats", "0");
  EXPECT_ERROR(GATv2Conv(4, 3, 2, GATv2ConvOptions{.feat_drop = 1.0}), "feat_drop", "1");
  EXPECT_ERROR(GATv2Conv(4, 3, 2, GATv2ConvOptions{.attn_drop = -0.5}), "attn_drop", "-0.5");
  GATv2Conv conv(4, 3, 2);
  const Graph graph = looped_layer_graph();
  EXPECT_ERROR(conv->forward(graph, at::randn({6, 4}), at::randn({graph.num_edges(), 1})),
               "GATv2Conv", "reads no edge features");
}

}  // namespace
}  // namespace grapevine::nn
