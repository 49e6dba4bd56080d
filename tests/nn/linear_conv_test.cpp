#include "grapevine/nn/linear_conv.h"

#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

TEST(LinearConv, IgnoresTheEdges) {
  LinearConv conv(4, 3);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(conv(layer_graph(), feat), conv->linear->forward(feat)));
}

TEST(LinearConv, GivesTheSameOnABlockAsOnTheWholeGraph) {
  LinearConv conv(4, 3);
  expect_block_equals_full_graph(conv, layer_graph(), at::randn({6, 4}), at::tensor({3L, 0L}));
}

TEST(LinearConv, ClonesSavesAndLearns) {
  LinearConv conv(4, 3);
  LinearConv other(4, 3);
  expect_gradients(conv, layer_graph(), at::randn({6, 4}));
  expect_round_trip(conv, other, layer_graph(), at::randn({6, 4}));
  expect_independent_clone(conv, layer_graph(), at::randn({6, 4}));
}

TEST(LinearConv, RejectsFeaturesOfTheWrongShape) {
  LinearConv conv(4, 3);
  EXPECT_ERROR(conv(layer_graph(), at::randn({6, 5})), "LinearConv", "feat", "4 features",
               "[6, 5]");
  EXPECT_ERROR(LinearConv(4, 0), "out_feats", "0");
}

TEST(LinearConv, IsKnownByName) {
  EXPECT_NE(
      std::dynamic_pointer_cast<LinearConvImpl>(make_conv("mlp", {.in_feats = 4, .out_feats = 3})),
      nullptr);
}

}  // namespace
}  // namespace grapevine::nn
