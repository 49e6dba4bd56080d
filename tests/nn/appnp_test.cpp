#include "grapevine/nn/appnp.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/nn/attention_checks.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

APPNPOptions small_appnp() {
  return {.k = 3, .alpha = 0.2, .perceptron = {.conv = "appnp", .layers = 3, .hidden = 5}};
}

TEST(APPNP, PropagatesWhatThePerceptronPredicts) {
  APPNP model(4, 3, small_appnp());
  const at::Tensor feat = at::randn({6, 4});
  ASSERT_EQ(model->linears.size(), 3U);
  at::Tensor h = model->linears[0]->forward(feat).relu();
  h = model->linears[1]->forward(h).relu();
  h = APPNPConv(3, 0.2)(looped_layer_graph(), model->linears[2]->forward(h));
  EXPECT_TRUE(all_close(model(looped_layer_graph(), feat), h));
  EXPECT_EQ(h.size(1), 3);
  EXPECT_TRUE(model->wants_self_loops());
}

TEST(APPNP, ReadsEdgeWeights) {
  APPNP model(4, 3, small_appnp());
  Graph graph = looped_layer_graph();
  graph.edata()["w"] = at::randn({graph.num_edges()}).abs() + 0.1;
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_FALSE(model->forward(graph, feat, "w").allclose(model->forward(graph, feat)));
  EXPECT_ERROR(model->forward(graph, feat, "v"), "v");
}

TEST(APPNP, DropsWhileTrainingOnly) {
  APPNPOptions options = small_appnp();
  options.perceptron.input_dropout = options.perceptron.dropout = options.edge_drop = 0.5;
  APPNP model(4, 3, options);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_FALSE(model(looped_layer_graph(), feat).allclose(model(looped_layer_graph(), feat)));
  model->eval();
  EXPECT_TRUE(all_close(model(looped_layer_graph(), feat), model(looped_layer_graph(), feat)));
}

TEST(APPNP, ClonesSavesAndLearns) {
  APPNP model(4, 3, small_appnp());
  APPNP other(4, 3, small_appnp());
  expect_gradients(model, looped_layer_graph(), at::randn({6, 4}));
  expect_round_trip(model, other, looped_layer_graph(), at::randn({6, 4}));
  expect_independent_clone(model, looped_layer_graph(), at::randn({6, 4}));
}

TEST(APPNP, RejectsBlocksAndWhatIsOutOfRange) {
  APPNP model(4, 3, small_appnp());
  const Graph block = full_block(layer_graph(), at::tensor({0L}));
  EXPECT_ERROR(model(std::vector{block}, at::randn({4, 4})), "APPNP", "whole graph", "1 blocks");
  EXPECT_ERROR(model(looped_layer_graph(), at::randn({6, 5})), "APPNP: feat", "4 features",
               "[6, 5]");
  EXPECT_ERROR(model->forward_layer(1, looped_layer_graph(), at::randn({6, 4})), "layer", "1");
  EXPECT_ERROR(APPNP(4, 3, APPNPOptions{.alpha = 2}), "alpha", "2");
  EXPECT_ERROR(APPNP(4, 0), "out_feats", "0");
}

}  // namespace
}  // namespace grapevine::nn
