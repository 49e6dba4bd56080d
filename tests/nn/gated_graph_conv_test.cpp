#include "grapevine/nn/gated_graph_conv.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "tests/nn/layer_checks.h"
#include "tests/support/expect_error.h"
#include "tests/support/layer_reference.h"

namespace grapevine::nn {
namespace {

using namespace testing_support;

const at::Tensor& layer_graph_types() {
  static const at::Tensor types = at::tensor({0L, 1L, 2L, 0L, 1L, 1L, 0L, 2L, 2L});
  return types;
}

TEST(GatedGraphConv, GivesWhatDGLGives) {
  expect_as_recorded("gated_graph_conv", [](const LayerCase& c) -> std::vector<at::Tensor> {
    const auto size = [&c](const char* name) { return c.options[name].get<std::int64_t>(); };
    GatedGraphConv conv(size("in_feats"), size("out_feats"), size("n_steps"), size("n_etypes"),
                        GatedGraphConvOptions{.bias = c.option("bias", true)});
    load_parameters(*conv, c);
    return {conv->forward(c.graph, node_features(c), c.input("etypes"))};
  });
}

TEST(GatedGraphConv, HasDGLsInitialParameters) {
  GatedGraphConv conv(3, 4, 1, 2);
  const auto parameters = conv->named_parameters();
  EXPECT_EQ(parameters["linears.1.bias"].abs().sum().item<double>(), 0);
  EXPECT_LE(parameters["gru.weight_ih"].abs().max().item<double>(), 0.5);
}

TEST(GatedGraphConv, GivesTheSameOnInt32GraphsWithInt32Types) {
  GatedGraphConv conv(3, 4, 2, 3);
  const at::Tensor feat = at::randn({6, 3});
  EXPECT_TRUE(
      all_close(conv->forward(layer_graph().to_int32(), feat, layer_graph_types().to(at::kInt)),
                conv->forward(layer_graph(), feat, layer_graph_types())));
}

TEST(GatedGraphConv, HasCorrectGradientsForEachType) {
  GatedGraphConv conv(3, 4, 2, 3);
  EXPECT_TRUE(
      layer_gradcheck(*conv, {at::randn({6, 3})}, [&](const std::vector<at::Tensor>& inputs) {
        return conv->forward(layer_graph(), inputs[0], layer_graph_types());
      }));
}

TEST(GatedGraphConv, ClonesSavesAndLearns) {
  GatedGraphConv conv(4, 4, 2, 1);
  GatedGraphConv other(4, 4, 2, 1);
  expect_gradients(conv, layer_graph(), at::randn({6, 4}));
  expect_round_trip(conv, other, layer_graph(), at::randn({6, 4}));
  expect_independent_clone(conv, layer_graph(), at::randn({6, 4}));
}

TEST(GatedGraphConv, RejectsEdgeTypesThatDoNotFit) {
  GatedGraphConv conv(4, 4, 2, 3);
  const at::Tensor feat = at::randn({6, 4});
  EXPECT_ERROR(conv(layer_graph(), feat), "GatedGraphConv", "etypes", "9 rows");
  EXPECT_ERROR(conv->forward(layer_graph(), feat, at::arange(9)), "GatedGraphConv", "etypes",
               "[0, 3)", "8");
  EXPECT_ERROR(conv->forward(layer_graph(), feat, at::zeros({9})), "GatedGraphConv", "etypes",
               "int64");
  EXPECT_ERROR(conv->forward(layer_graph(), feat, at::zeros({9, 1}, at::kLong)), "GatedGraphConv",
               "etypes", "[9, 1]");
}

TEST(GatedGraphConv, RejectsOptionsOutOfRange) {
  EXPECT_ERROR(GatedGraphConv(4, 3, 2, 1), "GatedGraphConv", "out_feats", "4", "3");
  EXPECT_ERROR(GatedGraphConv(0, 3, 2, 1), "GatedGraphConv", "in_feats", "0");
  EXPECT_ERROR(GatedGraphConv(3, 3, 0, 1), "GatedGraphConv", "n_steps", "0");
  EXPECT_ERROR(GatedGraphConv(3, 3, 2, 0), "GatedGraphConv", "n_etypes", "0");
}

}  // namespace
}  // namespace grapevine::nn
