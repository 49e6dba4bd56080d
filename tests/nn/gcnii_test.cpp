#include "grapevine/nn/gcnii.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "tests/nn/attention_checks.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

GCNIIOptions small_gcnii() {
  return {.alpha = 0.2, .lambda_ = 0.7, .stack = {.conv = "gcnii", .layers = 3, .hidden = 5}};
}

TEST(GCNII, GivesEveryLayerTheInitialFeatures) {
  GCNII model(4, 3, small_gcnii());
  ASSERT_EQ(model->convs.size(), 3U);
  const at::Tensor feat = at::randn({6, 4});
  const at::Tensor initial = model->input->forward(feat).relu();
  at::Tensor h = initial;
  for (std::int64_t layer = 1; layer <= 3; ++layer) {
    GCN2Conv conv(5, layer, GCN2ConvOptions{.alpha = 0.2, .lambda_ = 0.7, .bias = false});
    conv->weight1 = model->convs[static_cast<std::size_t>(layer - 1)]->weight1;
    EXPECT_LE(conv->weight1.abs().max().item<double>(), 0.4473);  // 1 / sqrt(5)
    h = conv(looped_layer_graph(), h, initial).relu();
  }
  EXPECT_TRUE(all_close(model(looped_layer_graph(), feat), model->output->forward(h)));
  EXPECT_TRUE(model->wants_self_loops());
}

TEST(GCNII, DropsWhileTrainingOnly) {
  GCNIIOptions options = small_gcnii();
  options.stack.dropout = 0.5;
  GCNII model(4, 3, options);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_FALSE(model(looped_layer_graph(), feat).allclose(model(looped_layer_graph(), feat)));
  model->eval();
  EXPECT_TRUE(all_close(model(looped_layer_graph(), feat), model(looped_layer_graph(), feat)));
}

TEST(GCNII, ClonesSavesAndLearns) {
  GCNIIOptions options = small_gcnii();
  options.stack.activation = "elu";  // so that no gradient is 0 by chance
  GCNII model(4, 3, options);
  GCNII other(4, 3, options);
  expect_gradients(model, looped_layer_graph(), at::randn({6, 4}));
  expect_round_trip(model, other, looped_layer_graph(), at::randn({6, 4}));
  expect_independent_clone(model, looped_layer_graph(), at::randn({6, 4}));
}

TEST(GCNII, RejectsBlocksAndWhatIsOutOfRange) {
  GCNII model(4, 3, small_gcnii());
  const Graph block = full_block(layer_graph(), at::tensor({0L}));
  EXPECT_ERROR(model(std::vector{block, block}, at::randn({4, 4})), "GCNII", "whole graph",
               "2 blocks");
  EXPECT_ERROR(model(looped_layer_graph(), at::randn({6, 5})), "GCNII: feat", "4 features",
               "[6, 5]");
  EXPECT_ERROR(model(layer_graph(), at::randn({6, 4})), "0-in-degree");
  EXPECT_ERROR(GCNII(4, 3, GCNIIOptions{.alpha = 2}), "alpha", "2");
  EXPECT_ERROR(GCNII(0, 3), "in_feats", "0");
}

}  // namespace
}  // namespace grapevine::nn
