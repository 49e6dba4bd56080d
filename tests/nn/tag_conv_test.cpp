#include "grapevine/nn/tag_conv.h"

#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

TEST(TAGConv, GivesWhatDGLGives) {
  expect_as_recorded("tag_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    TAGConv conv(
        c.options["in_feats"].get<std::int64_t>(), c.options["out_feats"].get<std::int64_t>(),
        TAGConvOptions{.k = c.option<std::int64_t>("k", 2), .bias = c.option("bias", true)});
    load_parameters(*conv, c);
    return {conv->forward(c.graph, node_features(c), c.input("edge_weight"))};
  });
}

TEST(TAGConv, HasDGLsInitialParameters) {
  TAGConv conv(100, 50, TAGConvOptions{.k = 3});
  EXPECT_EQ(conv->lin->weight.sizes(), (std::vector<std::int64_t>{50, 400}));
  const double deviation = std::sqrt(2.0) * std::sqrt(2.0 / 450);
  EXPECT_NEAR(conv->lin->weight.std().item<double>(), deviation, 0.05 * deviation);
}

TEST(TAGConv, AppliesItsActivation) {
  TAGConv conv(4, 3, TAGConvOptions{.activation = [](const at::Tensor& h) { return h.relu(); }});
  TAGConv plain(4, 3);
  plain->lin->weight.data().copy_(conv->lin->weight);
  plain->lin->bias.data().copy_(conv->lin->bias);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(conv(layer_graph(), feat), plain(layer_graph(), feat).relu()));
}

TEST(TAGConv, ClonesSavesAndLearns) {
  TAGConv conv(4, 3);
  TAGConv other(4, 3);
  expect_gradients(conv, layer_graph(), at::randn({6, 4}));
  expect_round_trip(conv, other, layer_graph(), at::randn({6, 4}));
  expect_independent_clone(conv, layer_graph(), at::randn({6, 4}));
}

TEST(TAGConv, RejectsOptionsOutOfRange) {
  EXPECT_ERROR(TAGConv(0, 3), "TAGConv", "in_feats", "0");
  EXPECT_ERROR(TAGConv(4, 0), "TAGConv", "out_feats", "0");
  EXPECT_ERROR(TAGConv(4, 3, TAGConvOptions{.k = -1}), "TAGConv", "k", "-1");
}

TEST(TAGConv, IsKnownByName) {
  const auto conv = std::dynamic_pointer_cast<TAGConvImpl>(
      make_conv("tag", {.in_feats = 4, .out_feats = 3, .options = {{"k", "3"}}}));
  ASSERT_NE(conv, nullptr);
  EXPECT_EQ(conv->options.k, 3);
}

}  // namespace
}  // namespace grapevine::nn
