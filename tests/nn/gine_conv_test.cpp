#include "grapevine/nn/gine_conv.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;
using torch::nn::AnyModule;
using torch::nn::Linear;

TEST(GINEConv, GivesDGLsNumbers) {
  expect_as_recorded("gine_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    GINEConv conv(AnyModule(Linear(5, 3)),
                  GINEConvOptions{.init_eps = c.option("init_eps", 0.0),
                                  .learn_eps = c.option("learn_eps", false)});
    load_parameters(*conv, c);
    return {conv->forward(c.graph, node_features(c), c.input("edge_feat"))};
  });
}

TEST(GINEConv, AddsRectifiedMessages) {
  GINEConv conv;
  const Graph graph = grapevine::graph({0, 1, 1}, {2, 2, 0}, {.num_nodes = 3});
  const at::Tensor feat = at::tensor({1.0F, -2.0F, 4.0F}).unsqueeze(1);
  const at::Tensor edge_feat = at::tensor({0.5F, 1.0F, 3.0F}).unsqueeze(1);
  // Messages: 1.5 and max(-1, 0) to 2, 1 to 0.
  EXPECT_TRUE(all_close(conv->forward(graph, feat, edge_feat),
                        at::tensor({2.0F, -2.0F, 5.5F}).unsqueeze(1)));
  EXPECT_EQ(edge_feat[1].item<float>(), 1);
}

TEST(GINEConv, NeedsEdgeFeaturesOfTheWidthOfNodes) {
  GINEConv conv{AnyModule(Linear(4, 3))};
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_ERROR(conv(layer_graph(), feat), "GINEConv", "edge features", "undefined");
  EXPECT_ERROR(conv->forward(layer_graph(), feat, at::randn({9, 3})), "GINEConv", "edge features",
               "4 features", "[9, 3]");
  EXPECT_ERROR(GINEConv(AnyModule(), GINEConvOptions{.edge_projection = {.edge_feats = 2}}),
               "node_feats", "0");
}

TEST(GINEConv, IsKnownByName) {
  const auto conv = make_conv(
      "gine", {.in_feats = 4, .out_feats = 3, .edge_feats = 2, .options = {{"learn_eps", "true"}}});
  const auto gine = std::dynamic_pointer_cast<GINEConvImpl>(conv);
  ASSERT_NE(gine, nullptr);
  EXPECT_EQ(gine->named_parameters()["fc_edge.weight"].sizes(), (std::vector<std::int64_t>{4, 2}));
  EXPECT_TRUE(gine->options.learn_eps);
  EXPECT_EQ(conv->forward(layer_graph(), at::randn({6, 4}), at::randn({9, 2})).size(1), 3);
  EXPECT_ERROR(make_conv("gine", {.in_feats = 4}), "GINEConv", "edge features");
}

}  // namespace
}  // namespace grapevine::nn
