#include "grapevine/nn/appnp_conv.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

TEST(APPNPConv, GivesWhatDGLGives) {
  expect_as_recorded("appnp_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    APPNPConv conv(c.options["k"].get<std::int64_t>(), c.options["alpha"].get<double>());
    return {conv->forward(c.graph, node_features(c), c.input("edge_weight"))};
  });
}

TEST(APPNPConv, TakesFeaturesOfAnyShape) {
  APPNPConv conv(3, 0.3);
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor expected = conv(layer_graph(), feat);
  EXPECT_TRUE(all_close(conv(layer_graph(), feat.view({6, 2, 2})), expected.view({6, 2, 2})));
  EXPECT_TRUE(all_close(conv(layer_graph(), feat.select(1, 2)), expected.select(1, 2)));
}

TEST(APPNPConv, GivesItsInputWithoutHopsAndWithoutTheRestOfTheGraph) {
  const at::Tensor feat = at::randn({6, 4});
  APPNPConv no_hops(0, 0.3);
  EXPECT_TRUE(all_close(no_hops(layer_graph(), feat), feat));
  APPNPConv all_teleport(2, 1);
  EXPECT_TRUE(all_close(all_teleport(layer_graph(), feat), feat));
}

TEST(APPNPConv, DropsEdgesWhileTraining) {
  const Graph graph = grapevine::graph({0, 1, 2, 3}, {1, 2, 3, 0});
  APPNPConv conv(1, 0.5, APPNPConvOptions{.edge_drop = 0.5});
  const at::Tensor feat = at::ones({4, 1});
  bool dropped = false;
  for (int trial = 0; trial < 50; ++trial) {
    const at::Tensor h = conv(graph, feat);
    // An edge is gone, or counts twice.
    EXPECT_TRUE((h.eq(0.5) | h.eq(1.5)).all().item<bool>()) << h;
    dropped = dropped || h.eq(0.5).any().item<bool>();
  }
  EXPECT_TRUE(dropped);
  conv->eval();
  EXPECT_TRUE(all_close(conv(graph, feat), feat));
}

TEST(APPNPConv, ClonesWithItsOptions) {
  APPNPConv conv(3, 0.3, APPNPConvOptions{.edge_drop = 0.2});
  const auto copy = std::dynamic_pointer_cast<APPNPConvImpl>(conv->clone());
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->k, 3);
  EXPECT_EQ(copy->alpha, 0.3);
  EXPECT_EQ(copy->options.edge_drop, 0.2);
  EXPECT_TRUE(conv->parameters().empty());
}

TEST(APPNPConv, RejectsOptionsOutOfRange) {
  EXPECT_ERROR(APPNPConv(-1, 0.1), "APPNPConv", "k", "-1");
  EXPECT_ERROR(APPNPConv(1, 1.5), "APPNPConv", "alpha", "1.5");
  EXPECT_ERROR(APPNPConv(1, 0.1, APPNPConvOptions{.edge_drop = 1}), "APPNPConv", "edge_drop");
}

}  // namespace
}  // namespace grapevine::nn
