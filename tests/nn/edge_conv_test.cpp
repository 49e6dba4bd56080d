#include "grapevine/nn/edge_conv.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

TEST(EdgeConv, GivesDGLsNumbers) {
  expect_as_recorded("edge_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    EdgeConv conv(c.option<std::int64_t>("in_feat", 0), c.option<std::int64_t>("out_feat", 0),
                  EdgeConvOptions{.batch_norm = c.option("batch_norm", false),
                                  .allow_zero_in_degree = c.option("allow_zero_in_degree", false)});
    load_parameters(*conv, c);
    conv->eval();
    return {conv(c.graph, node_features(c))};
  });
}

TEST(EdgeConv, NormalisesMessagesOverAllEdgesWhileTraining) {
  const Graph graph = grapevine::graph({0, 1, 2}, {1, 2, 0}, {.num_nodes = 3});
  EdgeConv conv(4, 2, EdgeConvOptions{.batch_norm = true});
  const at::Tensor feat = at::randn({3, 4});
  const at::Tensor result = conv(graph, feat);
  EXPECT_TRUE(all_close(result.mean(0), at::zeros({2})));
  EXPECT_EQ(conv->bn->num_batches_tracked.item<std::int64_t>(), 1);
  const at::Tensor messages =
      conv->theta->forward(feat - feat.roll(1, 0)) + conv->phi->forward(feat);
  EXPECT_TRUE(all_close(conv->bn->running_mean, messages.mean(0) * 0.1));
}

TEST(EdgeConv, KeepsMiddleDimensions) {
  EdgeConv conv(4, 3, EdgeConvOptions{.allow_zero_in_degree = true});
  const at::Tensor feat = at::randn({6, 2, 4});
  const at::Tensor result = conv(layer_graph(), feat);
  EXPECT_TRUE(all_close(result.select(1, 1), conv(layer_graph(), feat.select(1, 1).contiguous())));
}

TEST(EdgeConv, RejectsNodesWithoutInEdges) {
  EdgeConv conv(4, 3);
  EXPECT_ERROR(conv(layer_graph(), at::randn({6, 4})), "EdgeConv", "1 0-in-degree");
  EXPECT_TRUE(conv->needs_in_edges());
  EdgeConv tolerant(4, 3, EdgeConvOptions{.allow_zero_in_degree = true});
  EXPECT_TRUE(all_close(tolerant(layer_graph(), at::randn({6, 4}))[5], at::zeros({3})));
}

TEST(EdgeConv, RejectsWhatItCannotNormalise) {
  EdgeConv conv(4, 3, EdgeConvOptions{.batch_norm = true, .allow_zero_in_degree = true});
  const Graph one_edge = graph({0}, {1}, {.num_nodes = 6});
  EXPECT_ERROR(conv(one_edge, at::randn({6, 4})), "EdgeConv", "more than one edge");
  EXPECT_ERROR(conv(layer_graph(), at::randn({6, 2, 4})), "EdgeConv", "[6, 2, 4]");
  conv->eval();
  EXPECT_NO_THROW(conv(one_edge, at::randn({6, 4})));
}

TEST(EdgeConv, RejectsEdgeFeaturesAndImpossibleSizes) {
  EdgeConv conv(4, 3, EdgeConvOptions{.allow_zero_in_degree = true});
  EXPECT_ERROR(conv->forward(layer_graph(), at::randn({6, 4}), at::randn({9, 4})), "EdgeConv",
               "no edge features", "9, 4");
  EXPECT_ERROR(EdgeConv(0, 3), "EdgeConv", "in_feat", "0");
  EXPECT_ERROR(EdgeConv(4, -1), "EdgeConv", "out_feat", "-1");
}

TEST(EdgeConv, IsKnownByName) {
  const auto conv = make_conv(
      "edgeconv", {.in_feats = 4,
                   .out_feats = 3,
                   .options = {{"batch_norm", "true"}, {"allow_zero_in_degree", "true"}}});
  const auto edge_conv = std::dynamic_pointer_cast<EdgeConvImpl>(conv);
  ASSERT_NE(edge_conv, nullptr);
  EXPECT_TRUE(edge_conv->options.batch_norm);
  EXPECT_FALSE(conv->needs_in_edges());
}

}  // namespace
}  // namespace grapevine::nn
