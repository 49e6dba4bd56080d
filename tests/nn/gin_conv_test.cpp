#include "grapevine/nn/gin_conv.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include <map>
#include <string>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;
using torch::nn::AnyModule;
using torch::nn::Linear;

TEST(GINConv, GivesDGLsNumbers) {
  const std::map<std::string, ops::Reduce> aggregators = {
      {"sum", ops::Reduce::kSum}, {"mean", ops::Reduce::kMean}, {"max", ops::Reduce::kMax}};
  expect_as_recorded("gin_conv", [&](const LayerCase& c) -> std::vector<at::Tensor> {
    const bool has_function = c.name != "no apply_func";
    GINConv conv(has_function ? AnyModule(Linear(5, 3)) : AnyModule(),
                 GINConvOptions{.aggregator_type =
                                    aggregators.at(c.option<std::string>("aggregator_type", "")),
                                .init_eps = c.option("init_eps", 0.0),
                                .learn_eps = c.option("learn_eps", false)});
    load_parameters(*conv, c);
    return {conv->forward(c.graph, node_features(c), c.input("edge_weight"))};
  });
}

TEST(GINConv, SumsWithoutAFunction) {
  GINConv conv(AnyModule(), GINConvOptions{.init_eps = 0.5, .activation = [](const at::Tensor& h) {
                                             return h.neg();
                                           }});
  const at::Tensor feat = at::tensor({1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F}).unsqueeze(1);
  // In-neighbours: 0 of (2, 3, 3), 1 of (0, 5), 2 of 1, 3 of (2, 5), 4 of itself, 5 of none.
  const at::Tensor expected =
      at::tensor({-12.5F, -10.0F, -6.5F, -15.0F, -12.5F, -9.0F}).unsqueeze(1);
  EXPECT_TRUE(all_close(conv(layer_graph(), feat), expected));
}

TEST(GINConv, LearnsEpsilonOnlyWhenAsked) {
  EXPECT_EQ(
      GINConv(AnyModule(), GINConvOptions{.init_eps = 2})->named_buffers()["eps"].item<float>(), 2);
  GINConv learning(AnyModule(), GINConvOptions{.init_eps = 2, .learn_eps = true});
  EXPECT_EQ(learning->named_parameters()["eps"].item<float>(), 2);
  EXPECT_TRUE(learning->named_buffers().is_empty());
}

TEST(GINConv, SharesItsFunctionWithTheCallerButNotWithItsClone) {
  Linear linear(4, 3);
  GINConv conv{AnyModule(linear)};
  const GINConv copy(std::dynamic_pointer_cast<GINConvImpl>(conv->clone()));
  linear->bias.data().fill_(7);
  EXPECT_EQ(conv->named_parameters()["apply_func.bias"][0].item<float>(), 7);
  EXPECT_NE(copy->named_parameters()["apply_func.bias"][0].item<float>(), 7);
}

TEST(GINConv, SaysWhichFeaturesItsFunctionRefuses) {
  GINConv conv{AnyModule(Linear(4, 3))};
  EXPECT_ERROR(conv(layer_graph(), at::randn({6, 5})), "GINConv: apply_func", "[6, 5]");
  const auto pair = std::pair(at::randn({6, 4}), at::randn({6, 3}));
  EXPECT_ERROR(conv(layer_graph(), pair), "GINConv", "destination", "4 features", "[6, 3]");
}

TEST(GINConv, IsKnownByName) {
  const auto conv = make_conv(
      "gin",
      {.in_feats = 4, .out_feats = 3, .options = {{"aggregator", "max"}, {"learn_eps", "true"}}});
  const auto gin = std::dynamic_pointer_cast<GINConvImpl>(conv);
  ASSERT_NE(gin, nullptr);
  EXPECT_EQ(gin->options.aggregator_type, ops::Reduce::kMax);
  EXPECT_TRUE(gin->options.learn_eps);
  EXPECT_EQ(gin->named_parameters()["apply_func.0.weight"].sizes(),
            (std::vector<std::int64_t>{3, 4}));
  GINConv layer(gin);
  expect_independent_clone(layer, layer_graph(), at::randn({6, 4}));
  EXPECT_ERROR(make_conv("gin", {.options = {{"aggregator", "gcn"}}}), "aggregator", "sum, mean",
               "gcn");
  EXPECT_ERROR(make_conv("gin", {.in_feats = 0}), "in_feats", "0");
}

}  // namespace
}  // namespace grapevine::nn
