#include "grapevine/nn/dot_gat_conv.h"

#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/nn/attention_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

TEST(DotGatConv, GivesDGLsNumbers) {
  expect_as_recorded("dot_gat_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    DotGatConv conv(
        recorded_in_feats(c, "in_feats"), c.option<std::int64_t>("out_feats", 1),
        c.option<std::int64_t>("num_heads", 1),
        DotGatConvOptions{.allow_zero_in_degree = c.option("allow_zero_in_degree", false)});
    load_parameters(*conv, c);
    return {conv(c.graph, node_features(c))};
  });
}

TEST(DotGatConv, StartsAsLinearLayersDo) {
  DotGatConv conv(300, 20, 10);
  const double bound = 1 / std::sqrt(300.0);
  EXPECT_LE(conv->fc->weight.abs().max().item<double>(), bound);
  EXPECT_NEAR(conv->fc->weight.std().item<double>(), bound / std::sqrt(3.0), 0.02 * bound);
}

TEST(DotGatConv, RejectsEdgeFeatures) {
  DotGatConv conv(4, 3, 2);
  const Graph graph = looped_layer_graph();
  EXPECT_ERROR(conv->forward(graph, at::randn({6, 4}), at::randn({graph.num_edges(), 1})),
               "DotGatConv", "reads no edge features");
}

}  // namespace
}  // namespace grapevine::nn
