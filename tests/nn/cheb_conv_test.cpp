#include "grapevine/nn/cheb_conv.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include "grapevine/graph/transform/batch.h"
#include "grapevine/nn/conv_registry.h"
#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

TEST(ChebConv, GivesWhatDGLGives) {
  expect_as_recorded("cheb_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    ChebConv conv(c.options["in_feats"].get<std::int64_t>(),
                  c.options["out_feats"].get<std::int64_t>(), c.options["k"].get<std::int64_t>(),
                  ChebConvOptions{.bias = c.option("bias", true)});
    load_parameters(*conv, c);
    if (c.name.find("default") != std::string::npos) {
      return {conv(c.graph, node_features(c))};
    }
    const double lambda_max = c.name.find("1.5") == std::string::npos ? 2.0 : 1.5;
    return {conv->forward_with_lambda_max(c.graph, node_features(c), at::tensor({lambda_max}))};
  });
}

TEST(ChebConv, ScalesEachGraphOfABatchByItsOwnEigenvalue) {
  const Graph first = graph({0, 1, 2, 0}, {1, 0, 2, 2});
  const Graph second = graph({0, 1}, {1, 1});
  const Graph both = batch({first, second});
  const at::Tensor feat = at::randn({5, 4});
  for (const std::int64_t out : {3, 5}) {
    ChebConv conv(4, out, 3, ChebConvOptions{.activation = {}});
    const at::Tensor expected =
        at::cat({conv->forward_with_lambda_max(first, feat.narrow(0, 0, 3), at::tensor({1.5})),
                 conv->forward_with_lambda_max(second, feat.narrow(0, 3, 2), at::tensor({1.1}))});
    const at::Tensor lambda_max = at::tensor({1.5, 1.1});
    EXPECT_TRUE(all_close(conv->forward_with_lambda_max(both, feat, lambda_max), expected));
    EXPECT_TRUE(all_close(
        conv->forward_with_lambda_max(both.to_int32(), feat, lambda_max.unsqueeze(1)), expected));
  }
}

TEST(ChebConv, TakesItsEigenvalueFromTheOptions) {
  ChebConv conv(4, 3, 3, ChebConvOptions{.lambda_max = 1.25});
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_TRUE(all_close(conv(layer_graph(), feat),
                        conv->forward_with_lambda_max(layer_graph(), feat, at::tensor({1.25}))));
}

TEST(ChebConv, RejectsEigenvaluesThatDoNotFitTheBatch) {
  ChebConv conv(4, 3, 2);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_ERROR(conv->forward_with_lambda_max(layer_graph(), feat, at::tensor({1.0, 2.0})),
               "ChebConv", "lambda_max", "1 rows");
  EXPECT_ERROR(conv->forward_with_lambda_max(layer_graph(), feat, at::tensor({0.0})), "ChebConv",
               "lambda_max", "positive");
  EXPECT_ERROR(conv->forward_with_lambda_max(layer_graph(), feat, at::randn({1, 2})), "ChebConv",
               "lambda_max", "[1, 2]");
}

TEST(ChebConv, ClonesSavesAndLearns) {
  const ChebConvOptions linear{.activation = {}};
  ChebConv conv(4, 3, 3, linear);
  ChebConv other(4, 3, 3, linear);
  expect_gradients(conv, layer_graph(), at::randn({6, 4}));
  expect_round_trip(conv, other, layer_graph(), at::randn({6, 4}));
  expect_independent_clone(conv, layer_graph(), at::randn({6, 4}));
}

TEST(ChebConv, RejectsOptionsOutOfRange) {
  EXPECT_ERROR(ChebConv(0, 3, 2), "ChebConv", "in_feats", "0");
  EXPECT_ERROR(ChebConv(4, 0, 2), "ChebConv", "out_feats", "0");
  EXPECT_ERROR(ChebConv(4, 3, 0), "ChebConv", "k", "0");
  EXPECT_ERROR(ChebConv(4, 3, 2, ChebConvOptions{.lambda_max = 0}), "ChebConv", "lambda_max", "0");
}

TEST(ChebConv, IsKnownByNameWithoutAnActivation) {
  const auto conv = std::dynamic_pointer_cast<ChebConvImpl>(
      make_conv("cheb", {.in_feats = 4, .out_feats = 3, .options = {{"k", "3"}}}));
  ASSERT_NE(conv, nullptr);
  EXPECT_EQ(conv->k, 3);
  EXPECT_LT(conv->forward(layer_graph(), at::randn({6, 4})).min().item<double>(), 0);
}

}  // namespace
}  // namespace grapevine::nn
