#include "grapevine/nn/sg_conv.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>

#include "grapevine/graph/transform/self_loop.h"
#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

const SGConvOptions kAnyDegreeSG{.allow_zero_in_degree = true};

TEST(SGConv, GivesWhatDGLGives) {
  expect_as_recorded("sg_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    SGConv conv(c.options["in_feats"].get<std::int64_t>(),
                c.options["out_feats"].get<std::int64_t>(),
                SGConvOptions{.k = c.option<std::int64_t>("k", 1),
                              .cached = c.option("cached", false),
                              .bias = c.option("bias", true),
                              .allow_zero_in_degree = c.option("allow_zero_in_degree", false)});
    load_parameters(*conv, c);
    return {conv->forward(c.graph, node_features(c), c.input("edge_weight"))};
  });
}

TEST(SGConv, AppliesTheNormAfterTheHops) {
  SGConv conv(4, 2,
              SGConvOptions{.norm = [](const at::Tensor& h) { return h.mul(3); },
                            .allow_zero_in_degree = true});
  SGConv plain(4, 2, kAnyDegreeSG);
  plain->fc->weight.data().copy_(conv->fc->weight * 3);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(conv(layer_graph(), feat), plain(layer_graph(), feat)));
}

TEST(SGConv, KeepsTheFirstResultOfItsHopsIfCached) {
  SGConv conv(4, 2, SGConvOptions{.cached = true, .allow_zero_in_degree = true});
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor first = conv(layer_graph(), feat);
  EXPECT_TRUE(all_close(conv(layer_graph(), at::randn({6, 4})), first));
  conv->fc->bias.data().add_(1);
  EXPECT_TRUE(all_close(conv(layer_graph(), feat), first + 1));
  EXPECT_ERROR(conv(graph({0}, {1}), at::randn({2, 4})), "SGConv", "cached", "[6, 4]", "[2, 4]");
  SGConv copy(std::dynamic_pointer_cast<SGConvImpl>(conv->clone()));
  EXPECT_FALSE(copy(layer_graph(), at::randn({6, 4})).allclose(first + 1));
}

TEST(SGConv, RefusesToCacheWhatNeedsAGradient) {
  SGConv conv(4, 2, SGConvOptions{.cached = true, .allow_zero_in_degree = true});
  EXPECT_ERROR(conv(layer_graph(), at::randn({6, 4}).requires_grad_()), "SGConv", "cached",
               "gradient");
}

TEST(SGConv, RejectsNodesWithoutInEdges) {
  SGConv conv(4, 2);
  EXPECT_TRUE(conv->needs_in_edges());
  EXPECT_ERROR(conv(layer_graph(), at::randn({6, 4})), "SGConv", "1 0-in-degree");
  EXPECT_EQ(conv(add_self_loop(layer_graph()), at::randn({6, 4})).size(1), 2);
  SGConv tolerant(4, 2, kAnyDegreeSG);
  EXPECT_FALSE(tolerant->needs_in_edges());
  EXPECT_TRUE(all_close(tolerant(layer_graph(), at::randn({6, 4}))[5], at::zeros({2})));
}

TEST(SGConv, HasDGLsInitialParameters) {
  SGConv conv(300, 200);
  EXPECT_EQ(conv->fc->bias.abs().sum().item<double>(), 0);
  const double bound = std::sqrt(6.0 / 500);
  EXPECT_LE(conv->fc->weight.abs().max().item<double>(), bound);
  EXPECT_GT(conv->fc->weight.abs().max().item<double>(), 0.95 * bound);
}

TEST(SGConv, ClonesSavesAndLearns) {
  SGConv conv(4, 3, kAnyDegreeSG);
  SGConv other(4, 3, kAnyDegreeSG);
  expect_gradients(conv, layer_graph(), at::randn({6, 4}));
  expect_round_trip(conv, other, layer_graph(), at::randn({6, 4}));
  expect_independent_clone(conv, layer_graph(), at::randn({6, 4}));
}

TEST(SGConv, RejectsOptionsOutOfRange) {
  EXPECT_ERROR(SGConv(0, 3), "SGConv", "in_feats", "0");
  EXPECT_ERROR(SGConv(4, 0), "SGConv", "out_feats", "0");
  EXPECT_ERROR(SGConv(4, 3, SGConvOptions{.k = 0}), "SGConv", "k", "0");
}

TEST(SGConv, IsKnownByName) {
  const auto conv = std::dynamic_pointer_cast<SGConvImpl>(make_conv(
      "sgc", {.in_feats = 4, .out_feats = 3, .options = {{"k", "2"}, {"cached", "true"}}}));
  ASSERT_NE(conv, nullptr);
  EXPECT_EQ(conv->options.k, 2);
  EXPECT_TRUE(conv->options.cached);
}

}  // namespace
}  // namespace grapevine::nn
